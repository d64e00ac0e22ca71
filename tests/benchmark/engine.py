# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make bench-engine`: how long the policy engine takes over every policy that AWS manages, and over one principal.

Each figure is the median of several rounds in CPU time, and a multiple of what reading the same documents with
`json.loads` takes in the same rounds: that ratio can be compared between machines. Nothing is asserted on it.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import PERMISSION_SETS
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import Policies
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.scope import EVERYTHING
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import Observed
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.requirements import questions
from moto.iam.aws_managed_policies import aws_managed_policies_data

REPORT = Path(__file__).parents[2] / ".build" / "benchmark" / "engine.md"
ACTIONS = PERMISSION_SETS["dynamodb_restore"].actions
ROLE = Observed(Account("aws", "111122223333"), "role", "Restore", True)
WHOLE = 6144


@dataclass(frozen=True)
class Subject:
    """``principals``: each is evaluated for every action. ``texts``: the documents that are read for it, as JSON."""

    name: str
    principals: tuple[Callable[[], Policies], ...]
    texts: tuple[str, ...]

    @property
    def questions(self) -> int:
        return len(self.principals) * len(ACTIONS)

    def evaluate(self) -> None:
        for policies in self.principals:
            questions.decide(ACTIONS, ROLE, policies(), EVERYTHING)

    def read(self) -> None:
        for text in self.texts:
            json.loads(text)


@dataclass(frozen=True)
class Figures:
    """Medians in seconds of CPU time."""

    subject: Subject
    evaluating: float
    reading: float

    @property
    def cells(self) -> tuple[str, ...]:
        return (
            self.subject.name,
            str(len(self.subject.principals)),
            str(self.subject.questions),
            f"{self.evaluating * 1000:.1f}",
            f"{self.evaluating / self.subject.questions * 1e6:.0f}",
            f"{self.evaluating / self.reading:.1f}",
        )


HEADS = ("Subject", "Principals", "Questions", "Judging, ms", "Per question, µs", "Multiple of json.loads")


def statement(action: str = "*", resource: str = "*") -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
    )


def subjects() -> tuple[Subject, ...]:
    managed = {name: json.dumps(policy["Document"]) for name, policy in json.loads(aws_managed_policies_data).items()}
    stored = [StoredPolicy(name, text) for name, text in managed.items()]
    full = StoredPolicy("FullAWSAccess", statement())
    texts = tuple(managed.values())
    own = StoredPolicy("AWSBackupServiceRolePolicyForRestores", managed["AWSBackupServiceRolePolicyForRestores"])
    wildcards = "?*" * (WHOLE // 2)
    return (
        Subject("AWS-managed policies, as identity policy", tuple(_as_identity(policy) for policy in stored), texts),
        Subject("AWS-managed policies, as boundary", tuple(_as_boundary(full, policy) for policy in stored), texts),
        Subject("AWS-managed policies, as SCP", tuple(_as_scp(full, policy) for policy in stored), texts),
        Subject(
            "One principal: AWS's restore policy, a boundary, an SCP per level",
            (lambda: Policies((own,), boundary=full, scps=((full,), (full,), (full,))),),
            (str(own.document), *[str(full.document)] * 4),
        ),
        Subject(
            "One principal: 6,144 characters of ?* for a resource",
            (_as_identity(StoredPolicy("wildcards", statement(resource=wildcards))),),
            (statement(resource=wildcards),),
        ),
    )


def _as_identity(policy: StoredPolicy) -> Callable[[], Policies]:
    return lambda: Policies((policy,))


def _as_boundary(full: StoredPolicy, policy: StoredPolicy) -> Callable[[], Policies]:
    return lambda: Policies((full,), boundary=policy)


def _as_scp(full: StoredPolicy, policy: StoredPolicy) -> Callable[[], Policies]:
    return lambda: Policies((full,), scps=((policy,),))


def took(run: Callable[[], None], times: int) -> float:
    before = time.process_time()
    for _time in range(times):
        run()
    return (time.process_time() - before) / times


def measure(subject: Subject, rounds: int) -> Figures:
    # What takes microseconds is repeated until a clock can tell it from nothing.
    often = max(1, 2000 // subject.questions)
    evaluating, reading = [], []
    for _round in range(rounds):
        evaluating.append(took(subject.evaluate, often))
        reading.append(took(subject.read, often * 10))
    return Figures(subject, statistics.median(evaluating), statistics.median(reading))


def markdown(figures: Sequence[Figures], rounds: int) -> str:
    rows = [HEADS, ("---",) * len(HEADS), *(row.cells for row in figures)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    where = f"Python {platform.python_version()}, {platform.machine()}"
    return (
        f"# The policy engine, {len(ACTIONS)} actions a principal\n\nMedians of {rounds} rounds. {where}.\n\n{table}\n"
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    report = markdown([measure(subject, rounds) for subject in subjects()], rounds)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(report)
    print(report)
    print(f"Written to {REPORT.relative_to(Path.cwd()) if REPORT.is_relative_to(Path.cwd()) else REPORT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
