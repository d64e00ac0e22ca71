# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The statements that grant the permission sets, as this collection writes them. Pure.

Either as the vendor's guide has it, on every resource, or narrowed to the resources of a scope and to the way in which a
restore uses them. Sources: AWS's service authorization reference (resource types, iam:PassedToService), the KMS
developer guide (kms:ViaService, kms:GrantIsForAWSResource).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..._permission_sets import catalog
from ..._policy.documents import Json, as_list
from ..._policy.own_trust import free_sid
from ..model.scope import Scope
from ..model.state import Desired, Observed
from . import known, questions

EVERY_RESOURCE = ("*",)
# What the user's own sets name resources for.
_OWN = "Own"


def own_statements(observed: Observed, desired: Desired) -> tuple[Mapping[str, Json], ...]:
    """What our policy holds for this principal: those of the permission sets, then the user's additional ones."""
    if not desired.scope.narrow:
        return desired.own_statements
    narrowed = [
        statement
        for wide in desired.statements
        for statement in narrow(str(wide["Sid"]), _actions(wide), observed, desired.scope, wide["Resource"])
    ]
    taken = [str(statement["Sid"]) for statement in desired.additional_statements]
    for statement in narrowed:
        # What x is narrowed to may be called as the set x_own, and a policy has each Sid once.
        if statement["Sid"] in taken:
            statement["Sid"] = free_sid(taken, f"{statement['Sid']}No")
        taken.append(str(statement["Sid"]))
    return (*narrowed, *desired.additional_statements)


def _actions(statement: Mapping[str, Json]) -> list[str]:
    actions = statement["Action"]
    return [str(action) for action in actions] if isinstance(actions, list) else [str(actions)]


def narrow(
    sid: str, actions: Sequence[str], observed: Observed, scope: Scope, own: Json = None
) -> Iterator[dict[str, Json]]:
    """One statement for all actions of the same resources and conditions; its Sid tells which, from run to run.

    ``own``: the resources that a set names itself. Of an action that another set names as well, that one grants its own.
    """
    groups: dict[str, list[str]] = {}
    for action in actions:
        groups.setdefault(_suffix(action, scope), []).append(action)
    for suffix, members in groups.items():
        resources: Sequence[str] = questions.resources(members[0], observed, scope)
        if suffix == _OWN and own is not None:
            resources = [str(resource) for resource in as_list(own)]
        statement = allow(sid + suffix, members, resources)
        condition = _condition(members[0], observed, scope)
        yield statement | ({"Condition": condition} if condition else {})


def allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> dict[str, Json]:
    resource: Json = resources[0] if len(resources) == 1 else list(resources)
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}


def _suffix(action: str, scope: Scope) -> str:
    if action in scope.own:
        return _OWN
    if action in _CONDITIONS:
        return action.split(":")[1]
    return "".join(_camel(kind) for kind in sorted(questions.kinds(action)))


def _camel(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("_"))


def _condition(action: str, observed: Observed, scope: Scope) -> dict[str, Json]:
    make = _CONDITIONS.get(action)
    return make(observed, scope) if make and action not in scope.own else {}


def _only_to_aws_backup(_observed: Observed, _scope: Scope) -> dict[str, Json]:
    return {"StringEquals": {"iam:PassedToService": catalog.BACKUP_SERVICE}}


def _only_for_aws_resources(_observed: Observed, _scope: Scope) -> dict[str, Json]:
    return {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def _only_through_services(observed: Observed, scope: Scope) -> dict[str, Json]:
    patterns: list[Json] = [
        name
        for service in known.SERVICES_ON_DATA
        for region in scope.regions or ("*",)
        for name in known.service_names(service, region, observed.account.partition)
    ]
    return {"StringLike": {"kms:ViaService": patterns}}


_CONDITIONS = {
    "iam:PassRole": _only_to_aws_backup,
    "kms:CreateGrant": _only_for_aws_resources,
    **dict.fromkeys(known.ON_DATA, _only_through_services),
}
# Operator and key of those conditions, in lower case: any other in a statement of ours is somebody's.
CONDITION_KEYS = frozenset(
    {
        ("stringequals", "iam:passedtoservice"),
        ("bool", "kms:grantisforawsresource"),
        ("stringlike", "kms:viaservice"),
    }
)
