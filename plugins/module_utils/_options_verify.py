# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of ``restore_role_verify`` and ``principal_policies_info``: specifications, and values checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import _options
from ._catalog import DEFAULT_POLICY_NAME
from ._errors import OptionError
from ._principal import handover
from ._principal.examine import BOTH, EVALUATE, SIMULATE, Examination
from ._principal.questions import Scope
from ._principal.state import Desired
from ._principal.surroundings import surroundings

_FROM_RESTORE_ROLE = (
    "name",
    "account_id",
    "path",
    "principal_type",
    "permission_sets",
    "appliance_principals",
    "appliance_external_id",
    "service_principals",
)

INFO_SPEC: dict[str, Any] = {
    **_options.ASSUME_SPEC,
    **{name: _options.ARGUMENT_SPEC[name] for name in ("name", "account_id", "principal_type")},
}

VERIFY_SPEC: dict[str, Any] = {
    **_options.ASSUME_SPEC,
    **{name: _options.ARGUMENT_SPEC[name] for name in _FROM_RESTORE_ROLE},
    "policy_name": {"type": "str", "default": DEFAULT_POLICY_NAME},
    "method": {"type": "str", "choices": [EVALUATE, SIMULATE, BOTH], "default": EVALUATE},
    "tables": {"type": "list", "elements": "str", "default": []},
    "vaults": {"type": "list", "elements": "str", "default": []},
    # Not a secret, whatever its name looks like: ARNs.
    "kms_keys": {"type": "list", "elements": "str", "no_log": False},
    "regions": {"type": "list", "elements": "str", "default": []},
    "check_key_policies": {"type": "bool", "default": False, "no_log": False},
    "check_vault_policies": {"type": "bool", "default": False},
    "organization_policies": {"type": "dict"},
    "appliance_policies": {"type": "list", "elements": "dict", "default": []},
    "observed": {"type": "dict"},
    "fail_on_drift": {"type": "bool", "default": True},
}

_DEFAULTS = {name: option.get("default") for name, option in _options.ARGUMENT_SPEC.items()}

# Sources: the API references of DynamoDB (TableName), AWS Backup (BackupVaultName) and KMS (KeyId).
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}|arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[A-Za-z0-9_.-]{3,255}")
_VAULT = re.compile(r"[A-Za-z0-9_-]{2,50}|arn:aws[a-z-]*:backup:[a-z0-9-]+:[0-9]{12}:backup-vault:[A-Za-z0-9_-]{2,50}")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]+")


def desired(params: Mapping[str, Any]) -> Desired:
    """What the principal has to meet: that of ``restore_role`` with the same options. Raises OptionError."""
    found = _options.desired({**_DEFAULTS, **params})
    if not found.actions and not (found.trust and found.trust.own):
        raise OptionError(
            "permission_sets, appliance_principals and service_principals are empty: there is nothing to judge."
        )
    return found


def examination(params: Mapping[str, Any]) -> Examination:
    """What to look at, and how. Raises OptionError, naming the option and what it takes."""
    _each("tables", params["tables"], _TABLE, "names or ARNs of DynamoDB tables")
    _each("vaults", params["vaults"], _VAULT, "names or ARNs of backup vaults")
    _each(
        "kms_keys",
        params["kms_keys"] or (),
        _KEY,
        "key ARNs, arn:aws:kms:REGION:ACCOUNT:key/ID; IAM knows keys by no alias",
    )
    _each("regions", params["regions"], _REGION, "names of AWS Regions")
    _check_policies_of(params)
    return Examination(
        scope=Scope(
            *(tuple(dict.fromkeys(params[name] or ())) for name in ("tables", "vaults", "kms_keys", "regions"))
        ),
        around=replace(
            surroundings(params["organization_policies"], params["appliance_policies"]),
            without_keys=params["kms_keys"] == [],
        ),
        method=params["method"],
        check_key_policies=params["check_key_policies"],
        check_vault_policies=params["check_vault_policies"],
        account_id=_options.expected_account(params),
        observed=handover.read(params["observed"]) if params["observed"] else None,
    )


def _each(option: str, values: Sequence[str], pattern: re.Pattern[str], takes: str) -> None:
    for value in values:
        if not pattern.fullmatch(value):
            raise OptionError(f"{option} holds {value!r}. It takes {takes}.")


def _check_policies_of(params: Mapping[str, Any]) -> None:
    if params["check_key_policies"] and not params["kms_keys"]:
        raise OptionError("check_key_policies is on, and kms_keys names no key: say which keys a restore uses.")
    if not params["check_vault_policies"]:
        return
    if not params["vaults"]:
        raise OptionError(
            "check_vault_policies is on, and vaults names no vault: say which vaults hold the recovery points."
        )
    if not params["regions"] and not all(vault.startswith("arn:") for vault in params["vaults"]):
        raise OptionError("check_vault_policies needs to know where a vault is: give its ARN in vaults, or regions.")
