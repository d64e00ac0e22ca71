# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the automation's own session may do in an account: a session policy for each AssumeRole. Pure.

It gives nothing: a session may do what both the assumed role and this policy allow. So reads are whole families of
actions, which keeps it short, and writes are those of the mode, on the principal and on this collection's policy only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._checks import matching
from .._errors import OptionError
from .._permission_sets.catalog import OperatorMode
from .._policy.arns import account_in, partition_in
from .._policy.documents import Json
from .._principal.model.own_policies import first_name
from .._principal.model.state import Desired
from .._principal.records.snapshot import Snapshot
from .account import role_arns
from .operator_policy import POLICY, PRINCIPAL, grouped, policy_resources, principal_resources
from .restore_role import POLICY_NAME

# Of the plain text; source: the STS API reference. AWS's packed form of policy and tags has a limit of its own.
LONGEST = 2048
# Nothing but reads begins like this: AWS's own IAMReadOnlyAccess and AWSOrganizationsReadOnlyAccess allow the same.
_READS = {"iam:Get": "iam:Get*", "iam:List": "iam:List*"} | {
    f"organizations:{verb}": f"organizations:{verb}*" for verb in ("Describe", "List")
}
# It gives nobody anything before it is attached, and is asked about before the policy has an ARN.
_ANYWHERE = "iam:CreatePolicy"


def of_restore_role(params: Mapping[str, Any], desired: Desired, check_mode: bool, snapshot: Snapshot | None) -> str:
    """Of one run of ``restore_role``; empty where no role is assumed. Raises OptionError."""
    modes, names = _restore_role_modes(desired, check_mode, snapshot), _own_names(desired)
    if snapshot is not None and snapshot.policy_arns:
        # What that run named is named already.
        return _text(params, modes, desired.kind, desired.name, _names(snapshot.policy_arns), shorter=False)
    return _text(params, modes, desired.kind, desired.name, names)


def _own_names(desired: Desired) -> list[str]:
    return [name for name in (desired.policy_name, desired.former_policy_name) if name]


def _restore_role_modes(desired: Desired, check_mode: bool, snapshot: Snapshot | None) -> list[OperatorMode]:
    if check_mode:
        return ["check"]
    if snapshot is not None:
        return ["present", "absent", "rollback"]
    # A list of restore roles that has become shorter may need fewer policies.
    return ["present", "restore_role_arns"] if desired.present else ["absent"]


def _names(arns: Iterable[str]) -> list[str]:
    """Of policies, each by its first part, which the resources of the others are made of: a run may have touched those only.

    A snapshot may come from anybody: no wildcards.
    """
    names = [arn.rsplit("/", 1)[-1] for arn in arns]
    for name in names:
        matching("snapshot: the name of a policy", name, *POLICY_NAME)
    firsts = dict.fromkeys(map(first_name, names))
    # One that is itself called like a part is among the parts of the other.
    return [name for name in firsts if first_name(name) == name or first_name(name) not in firsts]


def of_verify(params: Mapping[str, Any]) -> str:
    """Of ``restore_role_verify``."""
    asked: dict[OperatorMode, bool] = {
        "simulate": params["method"] != "evaluate",
        "check_key_policies": params["check_key_policies"],
        "check_vault_policies": params["check_vault_policies"],
        "resource_tags": _names_resources(params),
    }
    modes: list[OperatorMode] = ["check", *(mode for mode, is_asked in asked.items() if is_asked)]
    return _text(params, modes, params["principal_type"])


def _names_resources(params: Mapping[str, Any]) -> bool:
    """Whether there may be resources whose tags a policy can ask for; which policies there are, nobody knows beforehand."""
    named = any(params[option] for option in ("tables", "vaults", "kms_keys"))
    return named or any(own["resources"] for own in params["custom_permission_sets"])


def of_principal_policies_info(params: Mapping[str, Any]) -> str:
    """Of the module of this name."""
    return _text(params, ["principal_policies"], params["principal_type"])


def of_organization(params: Mapping[str, Any]) -> str:
    """Of ``organization_policies_info`` and the inventory."""
    return _text(params, ["organization"], "role")


def _text(
    params: Mapping[str, Any],
    modes: Sequence[OperatorMode],
    kind: str,
    name: str = "",
    names: Sequence[str] = (),
    *,
    shorter: bool = True,
) -> str:
    """``shorter``: whether other names could be chosen."""
    arns = role_arns(params)
    if not arns or not params["assume_role_session_policy"]:
        return ""
    head = f"arn:{partition_in(arns[-1])}:iam::{account_in(arns[-1])}:"
    text = session_policy(modes, kind, head, name, names)
    if len(text) > LONGEST:
        way = "Choose shorter names, or set" if shorter else "Set"
        raise OptionError(
            f"The session policy for {kind} {name} has {len(text):,} characters, but AWS accepts only {LONGEST:,}. "
            f"{way} assume_role_session_policy: false."
        )
    return text


def session_policy(
    modes: Sequence[OperatorMode], kind: str, head: str, name: str = "", names: Sequence[str] = ()
) -> str:
    """The policy of all ``modes`` as compact JSON. ``head``: what the account's ARNs begin with; ``names``: of policies."""
    anywhere: dict[str, None] = {}
    writes: dict[str, list[Json]] = {PRINCIPAL: [], POLICY: []}
    for what, actions in grouped(modes, kind).items():
        for action in actions:
            if what in writes and action != _ANYWHERE:
                writes[what].append(action)
            else:
                anywhere[_briefly(action)] = None
    # Names are unique in an account whatever the path.
    resources = {
        PRINCIPAL: principal_resources(head, kind, name, None),
        POLICY: [arn for name in names for arn in policy_resources(head, name)],
    }
    first: dict[str, Json] = {"Effect": "Allow", "Action": list(anywhere), "Resource": "*"}
    others: list[Json] = [
        {"Effect": "Allow", "Action": actions, "Resource": resources[what]}
        for what, actions in writes.items()
        if actions
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": [first, *others]}, separators=(",", ":"))


def _briefly(action: str) -> str:
    return next((family for start, family in _READS.items() if action.startswith(start)), action)
