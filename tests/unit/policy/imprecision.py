# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How often the engine answers "conditional" although every request that may be meant would get the same answer.

`python -m tests.unit.policy.imprecision --questions 4000 --seed 17` prints the share, by what would have decided it.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import Context
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import Policies, may
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.verdicts import Decision

from tests.unit.policy.simulator import (
    ACTION,
    CONCRETE,
    KEYS,
    TABLES,
    Question,
    questions,
    truths,
)

DENIED = ("implicit_deny", "explicit_deny")


def answer(question: Question) -> Decision:
    identity, *boundary = (
        StoredPolicy(name, {"Version": "2012-10-17", "Statement": layer})
        for name, layer in zip(("identity", "boundary"), question.layers, strict=False)
    )
    return may(Policies((identity,), *boundary), ACTION, question.resource, Context(question.known))


def cause(question: Question) -> str:
    """What it would have been enough to go through: the resources, one key, or several together."""
    ways: dict[str, list[Any]] = {key: [None, *KEYS[key]] for key in question.open_keys}
    if question.resource == TABLES:
        ways["the resource"] = list(CONCRETE)
    for size in range(1, len(ways) + 1):
        for names in itertools.combinations(ways, size):
            if _decides(question, names, itertools.product(*(ways[name] for name in names))):
                return _called(question, names)
    return "nothing that was tried"


def _decides(question: Question, names: tuple[str, ...], ways: Iterable[tuple[Any, ...]]) -> bool:
    for way in ways:
        known = {**question.known, **dict(zip(names, way, strict=True))}
        resource = known.pop("the resource", question.resource)
        if answer(Question(question.layers, resource, known)).verdict not in (*DENIED, "allowed"):
            return False
    return True


def _called(question: Question, names: tuple[str, ...]) -> str:
    if any(f"${{{name}}}" in str(question.layers) for name in names):
        return "a variable"
    if len(names) > 1:
        return "a set of resources, and keys" if "the resource" in names else "several keys"
    return "a set of resources" if "the resource" in names else "one key"


class Measured:
    """``conditional``: how many verdicts were; ``same``: those that need not have been, by cause; ``wrong``: those that are not
    what each request would get."""

    def __init__(self, number: int, seed: int) -> None:
        self.conditional = 0
        self.same: Counter[str] = Counter()
        self.wrong: list[Question] = []
        for question in questions(number, seed):
            self._measure(question)

    def _measure(self, question: Question) -> None:
        verdict, truth = answer(question).verdict, truths(question)
        if verdict == "conditional":
            self.conditional += 1
            if len(truth) == 1:
                self.same[cause(question)] += 1
        elif truth != {verdict == "allowed"}:
            self.wrong.append(question)

    @property
    def share(self) -> float:
        return sum(self.same.values()) / self.conditional


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--questions", type=int, default=4000)
    options.add_argument("--seed", type=int, nargs="+", default=[17])
    given = options.parse_args()
    for seed in given.seed:
        measured = Measured(given.questions, seed)
        print(
            f"seed {seed}: {given.questions} questions, {measured.conditional} conditional, {measured.share:.1%} of them the "
            f"same whatever is meant, {len(measured.wrong)} wrong"
        )
        for name, number in measured.same.most_common():
            print(f"  {name}: {number}, {number / measured.conditional:.1%}")
        for question in measured.wrong[:3]:
            print("  wrong:", question, answer(question).verdict)


if __name__ == "__main__":
    main()
