# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of ``restore_role``: their specification, and their values checked and made into a desired state."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from .._aws.session import AssumeRole
from .._checks import at_most, matching
from .._checks import path as check_path
from .._errors import OptionError
from .._permission_sets.catalog import (
    BACKUP_SERVICE,
    DEFAULT_POLICY_NAME,
    OWNER_TAG_KEY,
    PERMISSION_SETS,
    SID_APPLIANCE,
    SID_OTHER_SERVICES,
    SID_PREFIX_PERMISSIONS,
    SID_SERVICE,
    PermissionSet,
)
from .._policy.arns import partition_in
from .._policy.canonical import readable
from .._policy.documents import Json, load
from .._policy.errors import UnreadableDocumentError
from .._policy.trust import TrustWanted
from .._principal.model.state import EFFECT, EXACT, INLINE, MANAGED, ROLE, USER, Desired
from .._principal.records.journal import Where, utc_now
from .permission_sets import SETS_SPEC, chosen, consequences, own_resources, restore_roles
from .scope import SCOPE_SPEC, of_permissions

ASSUME_SPEC: dict[str, Any] = {
    "assume_role_arn": {"type": "str"},
    "assume_role_external_id": {"type": "str", "no_log": False},
    "assume_role_session_name": {"type": "str", "default": "cloudrestore.aws"},
}

ARGUMENT_SPEC: dict[str, Any] = {
    **ASSUME_SPEC,
    "name": {"type": "str", "required": True, "aliases": ["role_name"]},
    "account_id": {"type": "str"},
    "path": {"type": "str"},
    "principal_type": {"type": "str", "choices": [ROLE, USER], "default": ROLE},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "match": {"type": "str", "choices": [EFFECT, EXACT], "default": EFFECT},
    "description": {"type": "str"},
    "max_session_duration": {"type": "int"},
    "permissions_boundary": {"type": "str"},
    **SETS_SPEC,
    **SCOPE_SPEC,
    "additional_statements": {"type": "list", "elements": "dict", "default": []},
    "policy_type": {"type": "str", "choices": [MANAGED, INLINE], "default": MANAGED},
    "policy_name": {"type": "str", "default": DEFAULT_POLICY_NAME},
    "appliance_principals": {"type": "list", "elements": "str"},
    "appliance_external_id": {"type": "str", "no_log": False},
    "service_principals": {"type": "list", "elements": "str", "default": [BACKUP_SERVICE]},
    "backup_source_account_condition": {"type": "bool", "default": False},
    "purge_trust": {"type": "bool", "default": False},
    "purge_policies": {"type": "bool", "default": False},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "snapshot": {"type": "raw"},
    "snapshot_directory": {"type": "path"},
    "snapshots_kept": {"type": "int"},
    "snapshot_s3_bucket": {"type": "str"},
    "snapshot_s3_prefix": {"type": "str", "default": ""},
    "journal_directory": {"type": "path"},
    "run_id": {"type": "str"},
}

# Sources: the IAM API reference (CreateRole, CreatePolicy, Tag) and the STS API reference (AssumeRole).
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_PATH = re.compile(r"/|/[!-~]{1,510}/")
POLICY_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}"), "1-128 letters, digits and _+=,.@-"
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_PRINCIPAL_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(root|role/[A-Za-z0-9_+=,.@/-]+)")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+")
_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+")
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}")
_SESSION_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")
_SERVICE = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_DESCRIPTION = re.compile("[\t\n\r\x20-\x7e\xa1-\xff]{0,1000}")
_RUN_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")
# Source: the S3 user guide, bucket naming rules.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()/=@+-]{0,700}")
_SID = re.compile(r"[A-Za-z0-9]+")
_MAX_TAGS = 50
_LONGEST_WAIT = 86_400
# A trust policy with the highest quota has room for no more.
_MOST_PRINCIPALS = 200


def desired(params: Mapping[str, Any]) -> Desired:
    """The desired state that the options describe. Raises OptionError, naming the option and what it takes."""
    name, path = name_and_path(params["name"], params["path"])
    matching("policy_name", params["policy_name"], *POLICY_NAME)
    matching("description", params["description"], _DESCRIPTION, "at most 1,000 printable Latin-1 characters")
    if params["permissions_boundary"]:
        matching(
            "permissions_boundary", params["permissions_boundary"], _POLICY_ARN, "the ARN of a managed policy, or ''"
        )
    _check_session_duration(params["max_session_duration"])
    sets = chosen(params)
    statements = tuple(_allow(one) for one in sets)
    additional = _additional(params["additional_statements"], {one.sid for one in sets})
    if params["match"] == EXACT and params["state"] == "present" and not (statements or additional):
        raise OptionError(
            "match: exact with neither permission_sets nor additional_statements asks for an empty policy, which IAM "
            "does not take. Give one of them, or leave match at effect."
        )
    return Desired(
        kind=params["principal_type"],
        name=name,
        path=path,
        present=params["state"] == "present",
        match=params["match"],
        actions=tuple(dict.fromkeys(action for one in sets for action in one.actions)),
        statements=statements,
        additional_statements=additional,
        trust=_trust(params) if params["principal_type"] == ROLE else None,
        purge_trust=params["purge_trust"],
        policy_type=params["policy_type"],
        policy_name=params["policy_name"],
        purge_policies=params["purge_policies"],
        description=params["description"],
        max_session_duration=params["max_session_duration"],
        boundary_arn=params["permissions_boundary"],
        tags=_tags(params["tags"]),
        purge_tags=params["purge_tags"],
        scope=of_permissions(params, own_resources(sets)),
        without=consequences(sets),
        restore_roles=restore_roles(params),
    )


def wait_timeout(params: Mapping[str, Any]) -> int:
    """Seconds. Raises OptionError."""
    seconds: int = params["wait_timeout"]
    if not 0 <= seconds <= _LONGEST_WAIT:
        raise OptionError(f"wait_timeout is {str(seconds)[:20]}; it takes 0 to {_LONGEST_WAIT:,} seconds.")
    return seconds


def expected_account(params: Mapping[str, Any]) -> str | None:
    """The account that the user means to work on; None if any will do. Raises OptionError."""
    takes = "a 12-digit account ID, in quotes, so that YAML keeps a leading zero"
    matching("account_id", params["account_id"], _ACCOUNT_ID, takes)
    given: str | None = params["account_id"]
    return given


def records(params: Mapping[str, Any]) -> Where:
    """Where the run writes down what it does. Raises OptionError."""
    matching("run_id", params["run_id"], _RUN_ID, "1-64 letters, digits and _.-, not a dot first")
    for option in ("snapshot_directory", "journal_directory"):
        check_path(option, params[option])
    bucket, prefix = params["snapshot_s3_bucket"] or None, params["snapshot_s3_prefix"]
    if bucket is not None and not _BUCKET.fullmatch(bucket):
        raise OptionError(f"snapshot_s3_bucket is {bucket!r}. It takes the name of a bucket, without s3://.")
    if not _PREFIX.fullmatch(prefix):
        raise OptionError(f"snapshot_s3_prefix is {prefix!r}. It takes at most 700 letters, digits and !_.*'()/=@+-.")
    if prefix and bucket is None:
        raise OptionError("snapshot_s3_prefix is set without snapshot_s3_bucket, so no snapshot would go to S3.")
    if params["snapshots_kept"] is not None and params["snapshots_kept"] < 1:
        raise OptionError(f"snapshots_kept is {params['snapshots_kept']}; at least the snapshot of this run is kept.")
    return Where(
        run_id=params["run_id"] or utc_now().strftime("%Y%m%dT%H%M%S.%fZ"),
        snapshots=params["snapshot_directory"],
        kept=params["snapshots_kept"],
        journal=params["journal_directory"],
        bucket=params["snapshot_s3_bucket"] or None,
        prefix=params["snapshot_s3_prefix"].strip("/"),
    )


def assume_role(params: Mapping[str, Any]) -> AssumeRole | None:
    """How to enter the account; None to work with the credentials as they are. Raises OptionError."""
    # An inventory gives every host the variable, and leaves it empty for the account that the run starts in.
    if not params["assume_role_arn"]:
        return None
    # A credential of AWX leaves a field that was not filled in empty.
    external_id = params["assume_role_external_id"] or None
    matching("assume_role_arn", params["assume_role_arn"], _ROLE_ARN, "a role ARN, arn:aws:iam::ACCOUNT:role/NAME")
    matching("assume_role_external_id", external_id, _EXTERNAL_ID, "2-1,224 of A-Za-z0-9_+=,.@:/-")
    matching("assume_role_session_name", params["assume_role_session_name"], _SESSION_NAME, "2-64 of A-Za-z0-9_+=,.@-")
    return AssumeRole(
        arn=params["assume_role_arn"],
        external_id=external_id,
        session_name=params["assume_role_session_name"],
        seconds=2 * params.get("wait_timeout", 0),
    )


def partition(params: Mapping[str, Any]) -> str:
    """The partition that the ARNs in the options name; ``aws`` if they name none."""
    named = (params.get(name) for name in ("assume_role_arn", "permissions_boundary"))
    arns = [*named, *(params.get("appliance_principals") or [])]
    return next(filter(None, map(partition_in, filter(None, arns))), "aws")


def name_and_path(given: str, path: str | None) -> tuple[str, str | None]:
    """A name that may be PATH/NAME as name and path, ``/`` at both ends; None for any path. Raises OptionError."""
    before, slash, name = given.rpartition("/")
    matching("name", name, _NAME, "1-64 letters, digits and _+=,.@-, after an optional PATH/")
    inline = f"/{before.strip('/')}/" if slash and before.strip("/") else ("/" if slash else None)
    if path is not None and not path.endswith("/"):
        path += "/"
    if path is not None and inline not in (None, path):
        raise OptionError(f"name gives the path {inline}, and path gives {path}: give one of them.")
    chosen = path if path is not None else inline
    matching("path", chosen, _PATH, "/, or up to 512 printable characters that begin and end with /")
    return name, chosen


def _check_session_duration(value: int | None) -> None:
    if value is not None and not 3600 <= value <= 43200:
        raise OptionError(f"max_session_duration is {str(value)[:20]}; IAM takes 3,600 to 43,200 seconds.")


def _trust(params: Mapping[str, Any]) -> TrustWanted:
    appliance = _appliance(params)
    at_most("appliance_principals", appliance, _MOST_PRINCIPALS)
    at_most("service_principals", params["service_principals"], _MOST_PRINCIPALS)
    for who in appliance:
        if not _ACCOUNT_ID.fullmatch(who) and not _PRINCIPAL_ARN.fullmatch(who):
            raise OptionError(
                f"appliance_principals holds {who!r}. Each entry is the ARN of the appliance's Impersonation role, or "
                "the 12-digit ID of the account it belongs to (in quotes, so that YAML keeps a leading zero)."
            )
    for service in params["service_principals"]:
        matching("service_principals", service, _SERVICE, "service principals such as backup.amazonaws.com")
    # An inventory sets it for the fleet, and empties it for a host that is none of the restore roles.
    external_id = params["appliance_external_id"] or None
    matching("appliance_external_id", external_id, _EXTERNAL_ID, "2-1,224 letters, digits and _+=,.@:/-")
    if external_id and not appliance:
        raise OptionError("appliance_external_id is set without appliance_principals, so nothing would carry it.")
    return TrustWanted(
        appliance=tuple(dict.fromkeys(appliance)),
        external_id=external_id,
        services=tuple(dict.fromkeys(params["service_principals"])),
        sid_appliance=SID_APPLIANCE,
        sid_service=SID_SERVICE,
        pinned=_pinned(params),
        sid_other_services=SID_OTHER_SERVICES,
    )


def _pinned(params: Mapping[str, Any]) -> str:
    if not params["backup_source_account_condition"]:
        return ""
    if BACKUP_SERVICE not in params["service_principals"]:
        raise OptionError(
            f"backup_source_account_condition is on, and service_principals does not hold {BACKUP_SERVICE}, whose statement "
            "it is about. Add it, or leave the condition out."
        )
    return BACKUP_SERVICE


def _appliance(params: Mapping[str, Any]) -> list[str]:
    given: list[str] | None = params["appliance_principals"]
    if given is None and params["state"] == "present" and params.get("snapshot") is None:
        raise OptionError(
            "appliance_principals is not set. Give the ARN of the appliance's Impersonation role, or the 12-digit ID of "
            "the account it belongs to. An empty list leaves the appliance's side of the trust policy alone."
        )
    if not given and params["purge_trust"] and params["state"] == "present":
        raise OptionError("purge_trust without appliance_principals would lock the appliance out of the role.")
    return given or []


def _allow(one: PermissionSet) -> dict[str, Json]:
    resources: list[Json] = list(one.resources)
    return {
        "Sid": one.sid,
        "Effect": "Allow",
        "Action": list(one.actions),
        "Resource": (resources[0] if len(resources) == 1 else resources) if resources else "*",
    }


def _additional(given: Sequence[Mapping[str, Any]], of_sets: set[str]) -> tuple[dict[str, Json], ...]:
    taken = {one.sid for one in PERMISSION_SETS.values()} | of_sets
    at_most("additional_statements", given)
    result: list[dict[str, Json]] = []
    for number, one in enumerate(given, start=1):
        statement = _statement(one, number)
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise OptionError(f"additional_statements, entry {number}: Effect has to be Allow or Deny.")
        for plain, other in (("Action", "NotAction"), ("Resource", "NotResource")):
            if (plain in statement) == (other in statement):
                raise OptionError(f"additional_statements, entry {number}: give {plain} or {other}, and not both.")
        if "Principal" in statement or "NotPrincipal" in statement:
            raise OptionError(f"additional_statements, entry {number}: a policy of a role or user names no principal.")
        if not readable(dict(statement)):
            raise OptionError(
                f"additional_statements, entry {number}: a part of it cannot be read. Action and Resource are a text or a "
                "list of texts, Condition is an operator with keys and their values."
            )
        # A Sid of its own lets a later run find the statement again.
        sid = str(statement.get("Sid") or f"{SID_PREFIX_PERMISSIONS}Additional{number}")
        if not _SID.fullmatch(sid) or sid in taken:
            raise OptionError(
                f"additional_statements, entry {number}: Sid {sid!r} is taken, or not letters and digits."
            )
        taken.add(sid)
        result.append({"Sid": sid, **{key: value for key, value in statement.items() if key != "Sid"}})
    return tuple(result)


def _statement(given: Mapping[str, Any], number: int) -> dict[str, Json]:
    try:
        return load(given)
    except UnreadableDocumentError as error:
        raise OptionError(f"additional_statements, entry {number} cannot be used: {error}.") from None


def _tags(given: Mapping[str, Any] | None) -> dict[str, str] | None:
    if given is None:
        return None
    for key, value in given.items():
        if not isinstance(value, str | int | float | None):
            raise OptionError(f"tags: {key!r} cannot be set. Its value has to be a text.")
    tags = {str(key): "" if value is None else str(value) for key, value in given.items()}
    for key, value in tags.items():
        if key.lower() == OWNER_TAG_KEY:
            raise OptionError(f"tags: {key!r} is the tag by which this collection knows its own; it is not to be set.")
        if not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith("aws:"):
            raise OptionError(
                f"tags: {key!r} cannot be set. A key has 1-128 characters and does not begin with aws:, a value at "
                "most 256."
            )
        if not all(unicodedata.category(one)[0] in "LNZ" or one in "_.:/=+-@" for one in key + value):
            raise OptionError(f"tags: {key!r} cannot be set. IAM takes letters, digits, spaces and _.:/=+-@ in tags.")
    if len({key.lower() for key in tags}) < len(tags):
        raise OptionError(
            "tags holds two keys that differ only in upper and lower case, and IAM does not tell them apart."
        )
    if len(tags) >= _MAX_TAGS:
        raise OptionError(f"tags holds {len(tags)} tags; IAM takes {_MAX_TAGS}, and one is this collection's own.")
    return tags
