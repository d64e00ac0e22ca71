# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No plan without allow_widening allows a request that was refused before, other than those asked for.

Decided twice: by the engine, request by request, and by z3, which is asked for any request at all and shares no code with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, principals, trust, verdicts
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


def _verdict(document: Mapping[str, Any], who: str, context: Mapping[str, Any]) -> str:
    external_id = context["sts:ExternalId"]
    return assume.trusts(StoredPolicy("", document), trusts.ROLE_ARN, CALLERS[who], external_id, dict(context)).verdict


def _allowed(document: Mapping[str, Any], who: str, context: Mapping[str, Any]) -> bool:
    return not _verdict(document, who, context).endswith("_deny")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _restrained(before: Mapping[str, Any], desired: DesiredTrust) -> set[str]:
    """Those whom an Allow statement names themselves, under somebody's condition: whatever that refuses is not asked for."""
    found = set()
    for statement in before["Statement"]:
        if statement["Effect"] != "Allow" or not isinstance(statement["Principal"], dict):
            continue
        keys = {key.lower() for tests in statement.get("Condition", {}).values() for key in tests}
        for kind, entries in statement["Principal"].items():
            for who in _listed(entries):
                own = "sts:externalid" if desired.external_id and kind == "AWS" else ""
                own = "aws:sourceaccount" if who == desired.pinned else own
                # What a service never sends keeps it out for good; a role's own ARN says nothing more.
                idle = {"aws:principalorgid", "sts:externalid"} if kind == "Service" else set()
                # Nor does a statement whose condition leaves somebody else only.
                elsewhere = "aws:principalarn" in keys and who != trusts.APPLIANCE
                if keys - {own, "aws:principalarn", *idle} and not elsewhere:
                    found.add(principals.account_of(who) or who)
    return found


def _asked(desired: DesiredTrust, not_asked: set[str], who: str, context: Mapping[str, Any]) -> bool:
    """Whether the options ask for this very request, and nothing that restricts it was found."""
    if who in desired.services:
        pinned = who == desired.pinned
        return who not in not_asked and (not pinned or context["aws:SourceAccount"] == trusts.ACCOUNT)
    named = {who, CALLERS[who].account_id} & {*desired.appliance} - not_asked
    return bool(named) and desired.external_id in (None, context["sts:ExternalId"])


def _check(before: Mapping[str, Any], desired: DesiredTrust, change: TrustChange, *, by_z3: bool = True) -> None:
    after = change.document
    if after is None:
        return
    not_asked = {restriction.principal for restriction in change.restrictions} | _restrained(before, desired)
    for who, context in REQUESTS:
        if _allowed(after, who, context) and not _allowed(before, who, context):
            assert _asked(desired, not_asked, who, context), (who, context, after)
            assert _verdict(before, who, context) != verdicts.EXPLICIT_DENY, (who, context, after)
    if by_z3:
        assert widened(before, after, desired, not_asked, trusts.ACCOUNT) is None


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
        # With exact, and for whom a statement is shared with, that may be although the requirement is met.
        assert set(unmet) <= {restriction.principal for restriction in change.restrictions}
        assert not (widening and (unmet or change.restrictions))


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


def _in_our_form(statement: Mapping[str, Any], desired: DesiredTrust) -> bool:
    form = form_of(statement)
    keys = ("", "sts:externalid", "aws:sourceaccount")
    return form is not None and form.key in keys and desired.is_own_sid(statement.get("Sid", ""))


@settings(max_examples=100, deadline=None)
@given(trusts.documents(), trusts.desired_trusts())
def test_what_is_not_in_our_form_stays_as_it_is(before: dict[str, Any], desired: DesiredTrust):
    for change in (
        merged_trust(before, desired, trusts.ROLE_ARN, exact=True, allow_widening=True),
        without_own(before, desired),
    ):
        theirs = [statement for statement in before["Statement"] if not _in_our_form(statement, desired)]
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


def _desired(external_id: str | None = None, pinned: str = "", **named: tuple[str, ...]) -> DesiredTrust:
    appliance, services = named.get("appliance", ()), named.get("services", ())
    return DesiredTrust(
        appliance, external_id, services, trusts.SID_APPLIANCE, trusts.SID_SERVICE, pinned, trusts.SID_OTHERS
    )


BOTH, SERVICES = (trusts.APPLIANCE, trusts.COLLEAGUE), (trusts.BACKUP, trusts.EC2)
ALONE: tuple[tuple[dict[str, Any], str, tuple[DesiredTrust, ...]], ...] = (
    (
        {"AWS": trusts.APPLIANCE},
        trusts.SID_APPLIANCE,
        tuple(_desired(external_id, appliance=BOTH) for external_id in (None, trusts.IDS[0])),
    ),
    (
        {"Service": trusts.BACKUP},
        trusts.SID_SERVICE,
        tuple(_desired(pinned=pinned, services=SERVICES) for pinned in ("", trusts.BACKUP)),
    ),
)


@pytest.mark.parametrize("condition", trusts.CONDITIONS, ids=str)
def test_no_condition_of_somebodys_is_walked_around(condition: dict[str, Any]):
    """Each of them, on each principal alone, under our Sid and under another: whatever the plain request makes of it."""
    for principal, own_sid, several in ALONE:
        for sid, desired in itertools.product((own_sid, "Theirs"), several):
            body = {"Sid": sid, "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
            before = {"Version": "2012-10-17", "Statement": [{**body, "Effect": "Allow"}]}
            for exact in (False, True):
                _check(before, desired, merged_trust(before, desired, trusts.ROLE_ARN, exact=exact), by_z3=False)
            denied = {"Version": "2012-10-17", "Statement": [*desired.own(trusts.ACCOUNT), {**body, "Effect": "Deny"}]}
            for document in (before, denied):
                _check(document, desired, exclusive_trust(document, desired, trusts.ROLE_ARN), by_z3=False)


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
