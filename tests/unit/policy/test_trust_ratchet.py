# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No plan without allow_widening allows a request that was refused before, other than those asked for.

Decided twice: by the engine, request by request, and by z3, which is asked for any request at all and shares no code with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, principals, trust
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.own_trust import form_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust import DesiredTrust
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust_change import (
    TrustChange,
    exclusive_trust,
    merged_trust,
    without_own,
)
from hypothesis import assume as given_that
from hypothesis import given, settings

from tests.unit.policy import trusts
from tests.unit.policy.z3_check import widened

CALLERS = {
    trusts.APPLIANCE: principals.role(trusts.APPLIANCE),
    trusts.COLLEAGUE: principals.role(trusts.COLLEAGUE),
    trusts.STRANGER: principals.role(trusts.STRANGER),
    trusts.BACKUP: principals.service(trusts.BACKUP),
    trusts.EC2: principals.service(trusts.EC2),
}
CONTEXTS: dict[str, tuple[Any, ...]] = {
    "sts:ExternalId": (None, *trusts.IDS, "another"),
    "aws:SourceIp": ("203.0.113.7", "198.51.100.7"),
    "aws:PrincipalOrgID": (None,),
    "sts:RoleSessionName": ("restore",),
    "aws:CurrentTime": ("2028-01-01T00:00:00Z",),
    "aws:MultiFactorAuthPresent": ("true",),
    "aws:SourceAccount": (trusts.ACCOUNT, "222233334444", None),
}


def _requests() -> Iterator[tuple[str, dict[str, Any]]]:
    for who, values in itertools.product(CALLERS, itertools.product(*CONTEXTS.values())):
        context = dict(zip(CONTEXTS, values, strict=True))
        service = CALLERS[who].service
        # A service sends no external ID, and a role no account that it acts for.
        if (service and context["sts:ExternalId"]) or (not service and context["aws:SourceAccount"]):
            continue
        yield who, context


REQUESTS = tuple(_requests())


def _allowed(document: Mapping[str, Any], who: str, context: Mapping[str, Any]) -> bool:
    external_id = context["sts:ExternalId"]
    decision = assume.trusts(StoredPolicy("", document), trusts.ROLE_ARN, CALLERS[who], external_id, dict(context))
    return not decision.verdict.endswith("_deny")


def _asked(desired: DesiredTrust, change: TrustChange, who: str, context: Mapping[str, Any]) -> bool:
    """Whether the options ask for this very request, and nothing that restricts it was found."""
    blocked = {restriction.principal for restriction in change.restrictions}
    if who in desired.services:
        pinned = who == desired.pinned
        return who not in blocked and (not pinned or context["aws:SourceAccount"] == trusts.ACCOUNT)
    named = {who, CALLERS[who].account_id} & {*desired.appliance} - blocked
    return bool(named) and desired.external_id in (None, context["sts:ExternalId"])


def _check(before: Mapping[str, Any], desired: DesiredTrust, change: TrustChange) -> None:
    after = change.document
    if after is None:
        return
    for who, context in REQUESTS:
        if _allowed(after, who, context) and not _asked(desired, change, who, context):
            assert _allowed(before, who, context), (who, context, after)
    blocked = {restriction.principal for restriction in change.restrictions}
    assert widened(before, after, desired, blocked, trusts.ACCOUNT) is None


@settings(max_examples=100, deadline=None)
@given(trusts.documents(), trusts.desired_trusts())
def test_merging_widens_nothing(before: dict[str, Any], desired: DesiredTrust):
    for exact in (False, True):
        change = merged_trust(before, desired, trusts.ROLE_ARN, exact=exact)
        given_that(exact or change.document is not None or change.restrictions)
        _check(before, desired, change)


@settings(max_examples=100, deadline=None)
@given(trusts.documents(), trusts.desired_trusts())
def test_merging_meets_what_is_asked_for(before: dict[str, Any], desired: DesiredTrust):
    """Or says what restricts it."""
    for exact, widening in itertools.product((False, True), repeat=2):
        change = merged_trust(before, desired, trusts.ROLE_ARN, exact=exact, allow_widening=widening)
        after = change.document or before
        decisions = trust.decide(trust.allows_only(after), desired, trusts.ROLE_ARN)
        unmet = [
            who
            for who, decision in zip((*desired.appliance, *desired.services), decisions, strict=True)
            if not decision.settled
        ]
        assert set(unmet) == {restriction.principal for restriction in change.restrictions}
        assert not (widening and unmet)


@settings(max_examples=100, deadline=None)
@given(trusts.documents(), trusts.desired_trusts())
def test_a_second_merge_changes_nothing(before: dict[str, Any], desired: DesiredTrust):
    for exact, widening in itertools.product((False, True), repeat=2):
        change = merged_trust(before, desired, trusts.ROLE_ARN, exact=exact, allow_widening=widening)
        again = merged_trust(change.document or before, desired, trusts.ROLE_ARN, exact=exact, allow_widening=widening)
        assert again.document is None
        assert {restriction.principal for restriction in again.restrictions} == {
            restriction.principal for restriction in change.restrictions
        }


@settings(max_examples=100, deadline=None)
@given(trusts.documents(), trusts.desired_trusts())
def test_what_is_not_in_our_form_stays_as_it_is(before: dict[str, Any], desired: DesiredTrust):
    for change in (
        merged_trust(before, desired, trusts.ROLE_ARN, exact=True, allow_widening=True),
        without_own(before, desired),
    ):
        theirs = [
            statement
            for statement in before["Statement"]
            if form_of(statement) is None or not desired.is_own_sid(statement.get("Sid", ""))
        ]
        after = change.document or before
        assert [statement for statement in after["Statement"] if statement in theirs] == theirs


@settings(max_examples=100, deadline=None)
@given(trusts.documents(), trusts.desired_trusts())
def test_nobody_else_is_taken_out(before: dict[str, Any], desired: DesiredTrust):
    change = merged_trust(before, desired, trusts.ROLE_ARN, exact=True, allow_widening=True)
    given_that(change.document is not None)
    assert change.document is not None
    for who, context in REQUESTS:
        named = {who, CALLERS[who].account_id} & {*desired.appliance, *desired.services}
        if not named and _allowed(before, who, context):
            assert _allowed(change.document, who, context), (who, context)


@settings(max_examples=100, deadline=None)
@given(trusts.documents(), trusts.desired_trusts())
def test_making_it_exclusive_widens_nothing(before: dict[str, Any], desired: DesiredTrust):
    given_that(desired.has_principals)
    change = exclusive_trust(before, desired, trusts.ROLE_ARN)
    _check(before, desired, change)


@settings(max_examples=100, deadline=None)
@given(trusts.documents(), trusts.desired_trusts())
def test_taking_ours_back_widens_nothing(before: dict[str, Any], desired: DesiredTrust):
    before = {**before, "Statement": [*before["Statement"], *desired.own(trusts.ACCOUNT)]}
    change = without_own(before, desired)
    given_that(change.document is not None)
    assert change.document is not None
    for who, context in REQUESTS:
        if _allowed(change.document, who, context):
            assert _allowed(before, who, context), (who, context)


def test_the_judge_finds_what_is_widened():
    """Else it would prove nothing."""
    closed = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": trusts.COLLEAGUE}, "Action": "sts:AssumeRole"}],
    }
    desired = DesiredTrust((trusts.APPLIANCE,), "id-one", (), trusts.SID_APPLIANCE, trusts.SID_SERVICE)
    for principal, condition in (
        ({"AWS": trusts.STRANGER}, None),
        ({"AWS": trusts.APPLIANCE}, None),
        ({"AWS": trusts.APPLIANCE}, {"StringEquals": {"sts:ExternalId": "id-two"}}),
        ({"Service": trusts.EC2}, None),
        ("*", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
    ):
        more = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        more |= {"Condition": condition} if condition else {}
        opened = {**closed, "Statement": [*closed["Statement"], more]}
        assert widened(closed, opened, desired, set(), trusts.ACCOUNT) is not None
        assert widened(opened, closed, desired, set(), trusts.ACCOUNT) is None
