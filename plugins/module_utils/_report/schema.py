# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words and shapes of a report, as docs/report.schema.json publishes them; a test compares the two.

A key that is not always there is in a class of its own: beside postponed annotations NotRequired cannot be told at run time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypedDict

SCHEMA_VERSION: Final = 1

Status = Literal[
    "unreachable",
    "failed",
    "blocked",
    "drifted",
    "pending",
    "exposed",
    "accepted",
    "rolled_back",
    "converged",
    "compliant",
]

UNREACHABLE: Final = "unreachable"
FAILED: Final = "failed"
BLOCKED: Final = "blocked"
DRIFTED: Final = "drifted"
PENDING: Final = "pending"
EXPOSED: Final = "exposed"
ACCEPTED: Final = "accepted"
ROLLED_BACK: Final = "rolled_back"
CONVERGED: Final = "converged"
COMPLIANT: Final = "compliant"

# Worst first: the order in which people want to read them.
STATUSES: Final[tuple[Status, ...]] = (
    UNREACHABLE,
    FAILED,
    BLOCKED,
    DRIFTED,
    PENDING,
    EXPOSED,
    ACCEPTED,
    ROLLED_BACK,
    CONVERGED,
    COMPLIANT,
)
NOT_EXAMINED: Final[frozenset[Status]] = frozenset({UNREACHABLE, FAILED, PENDING})
NEEDS_ATTENTION: Final[frozenset[Status]] = frozenset({UNREACHABLE, FAILED, BLOCKED, DRIFTED, PENDING, EXPOSED})

Severity = Literal["high", "medium", "low"]

HIGH: Final = "high"
MEDIUM: Final = "medium"
LOW: Final = "low"
SEVERITIES: Final[tuple[Severity, ...]] = (HIGH, MEDIUM, LOW)

# What became of a problem since an earlier report.
Kind = Literal["new", "fixed", "still_open", "unknown"]
KINDS: Final[tuple[Kind, ...]] = ("new", "fixed", "still_open", "unknown")


# What has become of an accepted risk. NOT_SEEN: nothing can be said, since none of its accounts was looked at for it.
RiskState = Literal["applies", "expired", "no_longer_applies", "not_examined"]
APPLIES: Final = "applies"
EXPIRED: Final = "expired"
NO_LONGER_APPLIES: Final = "no_longer_applies"
NOT_SEEN: Final = "not_examined"


class BoundResult(TypedDict):
    """A bound of the controller: its name, its value, and where it was set."""

    bound: str
    value: str
    source: str


class Change(TypedDict):
    """An IAM operation."""

    operation: str
    target: str
    reason: str


class Decision(TypedDict):
    """A requirement that is not met. ``accepted``: by whom it is accepted, until when and why; empty if by nobody."""

    requirement: str
    subject: str
    verdict: str
    reason: str
    layer: str
    policy: str
    statement: str
    accepted: str


class Requirement(Decision):
    """A requirement, evaluated and explained. ``asked_for``: open only in the way that the user asked for. ``stated``: condition keys
    that it was decided by and that nobody read, with the values that the user stated."""

    resource: str
    places: list[str]
    conditions: list[str]
    drift: bool
    asked_for: bool
    stated: list[str]


class Finding(TypedDict):
    """``severity``: of SEVERITIES, but in a report that somebody edited. ``exposes``: whether the status is exposed by it.
    ``statement_sha256``: of what its statement says; an older result does not have it. ``accepted``: as of a decision."""

    finding: str
    severity: str
    layer: str
    policy: str
    statement: str
    message: str
    remedy: str
    statement_sha256: str
    exposes: bool
    accepted: str


class Disagreement(TypedDict):
    requirement: str
    evaluate: str
    simulate: str
    reason: str


class Diff(TypedDict):
    before_header: str
    after_header: str
    before: str
    after: str


class Snapshot(TypedDict):
    """Where the snapshot of the state before a change was written, and its digest. Empty: nowhere, or no version."""

    sha256: str
    file: str
    s3: str
    s3_version_id: str


class _Previous(TypedDict, total=False):
    previous: Mapping[str, Any]
    snapshot: Snapshot
    without_session_policy: bool
    wave: int
    plan_sha256: str


class Entry(_Previous):
    """One host of the inventory, which stands for one account."""

    host: str
    account_id: str
    ou: str
    arn: str
    status: Status
    message: str
    check_mode: bool
    evaluated: bool
    changes: list[Change]
    not_done: list[Change]
    drift: list[Decision]
    unresolved: list[Decision]
    findings: list[Finding]
    left_in_place: list[str]
    missing_permissions: list[str]
    not_evaluated: list[str]
    disagreements: list[Disagreement]
    missing_permissions_policy: dict[str, Any]
    requirements: list[Requirement]
    diff: list[Diff]


class Cause(TypedDict):
    """The same reason in one or more accounts. ``cause``: a sentence; ACCOUNT stands for the account's own ID."""

    cause: str
    status: Status
    requirements: list[str]
    hosts: list[str]


Step = Literal["check", "apply", "examine"]


class Command(TypedDict):
    """``step``: what it is for. ``text``: for a shell."""

    step: Step
    text: str


class Undo(TypedDict):
    """``snapshots``: the directory of a run's snapshots, or their prefix in S3. ``commands``: first what a rollback would change, then the
    same that changes it; ``note``: what to know before, or why there are none."""

    snapshots: str
    accounts: int
    commands: list[Command]
    note: str


class RunRecord(TypedDict):
    """A run of which the accounts are. ``caller``: an ARN. ``mode``: check or apply. ``options``: what it was given, quoted for a shell, with
    parameters in place of secrets. What is not known is empty."""

    name: str
    run_id: str
    caller: str
    mode: str
    generated_at: str
    inventory: list[str]
    limit: str
    options: str
    secrets: list[str]
    plan: str
    versions: dict[str, str]
    undo: list[Undo]


class AcceptedRisk(TypedDict):
    """A risk that somebody accepts until a day, ``expires``. ``hosts``: where it applies, or would if it had not expired. ``gone``:
    where it was looked for, and there is none."""

    requirement: str
    finding: str
    subject: str
    layer: str
    policy: str
    statement: str
    statement_sha256: str
    accounts: list[str]
    reason: str
    owner: str
    expires: str
    state: RiskState
    hosts: list[str]
    gone: list[str]


class ComparedAccount(TypedDict):
    """``plan``: what a run would do now and would not have done then, ``+``, or the other way round, ``-``."""

    host: str
    account_id: str
    new: list[str]
    fixed: list[str]
    still_open: list[str]
    unknown: list[str]
    plan: list[str]


class KindCounts(TypedDict):
    new: int
    fixed: int
    still_open: int
    unknown: int


class Comparison(TypedDict):
    """What changed since an earlier report."""

    previous_generated_at: str
    summary: KindCounts
    other_plans: int
    accounts: list[ComparedAccount]
    added: list[str]
    gone: list[str]


class Counts(TypedDict):
    """How many accounts there are, and how many of each status."""

    accounts: int
    unreachable: int
    failed: int
    blocked: int
    drifted: int
    pending: int
    exposed: int
    accepted: int
    rolled_back: int
    converged: int
    compliant: int


class Moment(Counts):
    """One run of a history."""

    generated_at: str


class History(TypedDict):
    """Former reports and this one. ``runs``: the oldest first. ``causes``: for each of the report's causes when it was first seen, without a
    pause since. ``mean_seconds_to_fix``: of the ``fixed`` problems; 0 if there are none."""

    runs: list[Moment]
    causes: list[str]
    fixed: int
    mean_seconds_to_fix: int


class _Comparison(TypedDict, total=False):
    comparison: Comparison
    history: History


class Report(_Comparison):
    """``runs``: those that the accounts are of, the latest last."""

    schema_version: int
    collection_version: str
    generated_at: str
    title: str
    summary: Counts
    causes: list[Cause]
    notes: list[str]
    bounds: list[BoundResult]
    accepted_risks: list[AcceptedRisk]
    runs: list[RunRecord]
    accounts: list[Entry]
