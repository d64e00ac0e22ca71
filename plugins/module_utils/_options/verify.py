# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of ``restore_role_verify`` and ``principal_policies_info``: specifications, and values checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._accepted_risks import RISK_SPEC
from .._aws.account import Account
from .._errors import OptionError
from .._principal.model.results import HIGH, MEDIUM
from .._principal.model.state import Desired
from .._principal.observe import serialized
from .._principal.verify.outside_policies import from_options, key_policies
from .._principal.verify.results import BOTH, EVALUATE, SIMULATE
from .._principal.verify.verify import VerifyOptions
from .account import ASSUME_SPEC, TIMEOUT_SPEC, expected_account, partition_of
from .permission_sets import SETS_SPEC
from .restore_role import RESTORE_ROLE_SPEC, desired_state
from .scope import SCOPE_SPEC, named
from .stated import stated_facts
from .trust import TRUST_SPEC

_FROM_RESTORE_ROLE = (
    "name",
    "account_id",
    "run_id",
    "path",
    "principal_type",
    *SETS_SPEC,
    *SCOPE_SPEC,
    *TRUST_SPEC,
)

INFO_SPEC: dict[str, Any] = {
    **ASSUME_SPEC,
    **{name: RESTORE_ROLE_SPEC[name] for name in ("name", "account_id", "principal_type", "run_id")},
}

VERIFY_SPEC: dict[str, Any] = {
    **ASSUME_SPEC,
    **{name: RESTORE_ROLE_SPEC[name] for name in _FROM_RESTORE_ROLE},
    **TIMEOUT_SPEC,
    "policy_name": {"type": "str"},
    "method": {"type": "str", "choices": [EVALUATE, SIMULATE, BOTH], "default": EVALUATE},
    "check_key_policies": {"type": "bool", "default": False, "no_log": False},
    "check_vault_policies": {"type": "bool", "default": False},
    "organization_policies": {"type": "dict"},
    "appliance_policies": {"type": "list", "elements": "dict", "default": []},
    "context": {"type": "dict"},
    "accepted_risks": {"type": "list", "elements": "dict", "default": [], "options": RISK_SPEC},
    "key_policies": {"type": "dict", "no_log": False},
    "observed": {"type": "dict"},
    "probe_assume_role": {"type": "bool", "default": False},
    "fail_on_drift": {"type": "bool", "default": True},
    "fail_on_findings": {"type": "str", "choices": ["none", HIGH, MEDIUM], "default": HIGH},
}

_DEFAULTS = {name: option.get("default") for name, option in RESTORE_ROLE_SPEC.items()}


def state_to_verify(params: Mapping[str, Any]) -> Desired:
    """What the principal has to meet: that of ``restore_role`` with the same options. Raises OptionError."""
    desired = desired_state({**_DEFAULTS, **params}, named)
    if not desired.actions and not (desired.trust and desired.trust.has_principals):
        raise OptionError(
            "permission_sets, appliance_principals and service_principals are empty: there is nothing to evaluate. "
            "Set at least one of them."
        )
    return desired


def probed_account(params: Mapping[str, Any]) -> Account:
    """Where the role is that the appliance is to try. Raises OptionError where it is not told."""
    account_id = expected_account(params)
    if account_id is None:
        raise OptionError(
            "probe_assume_role requires account_id, since the appliance's credentials identify only their own account."
        )
    return Account(partition_of(params), account_id)


def verify_options(params: Mapping[str, Any]) -> VerifyOptions:
    """What to look at, and how. Raises OptionError, naming the option and what it takes."""
    _check_policies_of(params)
    return VerifyOptions(
        outside=from_options(
            params["organization_policies"],
            params["appliance_policies"],
            without_keys=params["kms_keys"] == [],
            stated=stated_facts(params["context"]),
        ),
        method=params["method"],
        check_key_policies=params["check_key_policies"],
        check_vault_policies=params["check_vault_policies"],
        key_policies=key_policies(params["key_policies"], params["kms_keys"] or ()),
        account_id=expected_account(params),
        observed=serialized.read(params["observed"]) if params["observed"] else None,
    )


def _check_policies_of(params: Mapping[str, Any]) -> None:
    if params["check_key_policies"] and not params["kms_keys"]:
        raise OptionError("check_key_policies requires kms_keys: set it to the keys that a restore uses.")
    if not params["check_vault_policies"]:
        return
    if not params["vaults"]:
        raise OptionError(
            "check_vault_policies requires vaults: set it to the vaults that contain the recovery points."
        )
    if not params["regions"] and not all(vault.startswith("arn:") for vault in params["vaults"]):
        raise OptionError("check_vault_policies needs the Region of a vault: use its ARN in vaults, or set regions.")
