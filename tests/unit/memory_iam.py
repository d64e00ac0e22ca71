# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An IAM kept in memory: boto3's method names, IAM's rules and error codes, pages of two entries.

It shares no code with the product, so that what the planner believes about IAM is tested against a second opinion.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

PAGE = 2
VERSIONS = 5
ATTACHED = 10
TAGS = 50
INLINE = 10240


class IamError(Exception):
    """Has the shape of botocore's ClientError: ``response['Error']['Code']``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.response: dict[str, Any] = {"Error": {"Code": code, "Message": message}}


@dataclass
class Policy:
    arn: str
    path: str
    versions: dict[int, dict[str, Any]]
    default: int
    tags: dict[str, str] = field(default_factory=dict)
    highest: int = 1
    description: str = ""
    attachable: bool = True

    @property
    def name(self) -> str:
        return self.arn.rsplit("/", 1)[-1]


@dataclass
class Principal:
    kind: str
    name: str
    path: str = "/"
    trust: Any = None
    description: str = ""
    seconds: int = 3600
    boundary: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)
    inline: dict[str, Any] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    instance_profiles: list[str] = field(default_factory=list)
    access_keys: int = 0
    console_password: bool = False
    mfa_devices: int = 0
    unique_id: str = field(default="", compare=False)


class MemoryIam:
    """``calls``: (operation as IAM spells it, arguments), every call made, in order."""

    def __init__(self, account_id: str = "111122223333", partition: str = "aws") -> None:
        self.account_id = account_id
        self.partition = partition
        self.principals: dict[tuple[str, str], Principal] = {}
        self.policies: dict[str, Policy] = {}
        self.quotas = {"PolicySizeQuota": 6144, "VersionsPerPolicyQuota": VERSIONS}
        self.created = 0
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.fail: Callable[[str, dict[str, Any]], IamError | None] = lambda operation, arguments: None

    # What a test sets up with

    def arn(self, kind: str, path: str, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:{kind.lower()}{path}{name}"

    def add(self, principal: Principal) -> Principal:
        self.principals[principal.kind, principal.name] = principal
        return principal

    def add_policy(self, name: str, *documents: Any, path: str = "/", owner: str | None = None, **tags: str) -> str:
        """A managed policy whose last document is the default version. ``owner``: ``aws`` for an AWS-managed one."""
        arn = f"arn:{self.partition}:iam::{owner or self.account_id}:policy{path}{name}"
        versions = dict(enumerate(documents, start=1))
        self.policies[arn] = Policy(arn, path, versions, len(documents), dict(tags), len(documents))
        return arn

    def contents(self) -> dict[str, Any]:
        """Everything that is stored, to compare before and after."""
        return copy.deepcopy({"principals": self.principals, "policies": self.policies})

    # The client

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        operation = "".join(word.capitalize() for word in method.split("_"))
        for kind in ("Role", "User", "Group"):
            handler = getattr(type(self), "_" + operation.replace(kind, "X").lower(), None)
            if handler is not None and kind in operation:
                return partial(self._call, operation, partial(handler, self, kind))
        handler = getattr(type(self), "_" + operation.lower(), None)
        if handler is None:
            raise AttributeError(method)
        return partial(self._call, operation, partial(handler, self))

    def _call(self, operation: str, handler: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        self.calls.append((operation, copy.deepcopy(arguments)))
        failure = self.fail(operation, arguments)
        if failure is not None:
            raise failure
        return copy.deepcopy(handler(**arguments)) or {}

    # Principals. X stands for Role, User or Group.

    def _find(self, kind: str, arguments: dict[str, Any]) -> Principal:
        name = arguments[f"{kind}Name"]
        principal = next((p for (k, n), p in self.principals.items() if k == kind and n.lower() == name.lower()), None)
        if principal is None:
            raise IamError("NoSuchEntity", f"The {kind.lower()} with name {name} cannot be found.")
        return principal

    def _getx(self, kind: str, **arguments: Any) -> dict[str, Any]:
        principal = self._find(kind, arguments)
        answer: dict[str, Any] = {
            "Arn": self.arn(kind, principal.path, principal.name),
            "Path": principal.path,
            f"{kind}Name": principal.name,
            f"{kind}Id": principal.unique_id or "AROAMEMORY" + principal.name,
        }
        if principal.tags:
            answer["Tags"] = [{"Key": key, "Value": value} for key, value in principal.tags.items()]
        if principal.boundary:
            answer["PermissionsBoundary"] = {"PermissionsBoundaryArn": principal.boundary}
        if kind == "Role":
            answer |= {"AssumeRolePolicyDocument": principal.trust, "MaxSessionDuration": principal.seconds}
            answer |= {"Description": principal.description} if principal.description else {}
        return {kind: answer}

    def _createx(self, kind: str, **arguments: Any) -> dict[str, Any]:
        name = arguments[f"{kind}Name"]
        if any(k == kind and n.lower() == name.lower() for k, n in self.principals):
            raise IamError("EntityAlreadyExists", f"{kind} with name {name} already exists.")
        self.created += 1
        self.add(
            Principal(
                kind,
                name,
                path=arguments.get("Path", "/"),
                trust=_document(arguments["AssumeRolePolicyDocument"]) if kind == "Role" else None,
                description=arguments.get("Description", ""),
                seconds=arguments.get("MaxSessionDuration", 3600),
                boundary=arguments.get("PermissionsBoundary"),
                tags={tag["Key"]: tag["Value"] for tag in arguments.get("Tags", [])},
                # As IAM does it: nobody else ever has it, whatever the name.
                unique_id=f"AROAMEMORY{self.created}{name}",
            )
        )
        return self._getx(kind, **{f"{kind}Name": name})

    def _deletex(self, kind: str, **arguments: Any) -> None:
        principal = self._find(kind, arguments)
        if principal.attached or principal.inline or principal.groups or principal.instance_profiles:
            raise IamError("DeleteConflict", "Cannot delete entity, must remove its parts first.")
        if principal.access_keys or principal.console_password or principal.mfa_devices:
            raise IamError("DeleteConflict", "Cannot delete entity, must delete its credentials first.")
        del self.principals[kind, principal.name]

    def _updatex(self, kind: str, **arguments: Any) -> None:
        principal = self._find(kind, arguments)
        principal.description = arguments.get("Description", principal.description)
        # As AWS does it: left out, the duration goes back to its default.
        principal.seconds = arguments.get("MaxSessionDuration", 3600)

    def _updateassumexpolicy(self, kind: str, **arguments: Any) -> None:
        self._find(kind, arguments).trust = _document(arguments["PolicyDocument"])

    def _tagx(self, kind: str, **arguments: Any) -> None:
        principal = self._find(kind, arguments)
        for tag in arguments["Tags"]:
            principal.tags = {key: value for key, value in principal.tags.items() if key.lower() != tag["Key"].lower()}
            principal.tags[tag["Key"]] = tag["Value"]
        if len(principal.tags) > TAGS:
            raise IamError("LimitExceeded", "The number of tags has reached the maximum limit.")

    def _untagx(self, kind: str, **arguments: Any) -> None:
        principal = self._find(kind, arguments)
        gone = {key.lower() for key in arguments["TagKeys"]}
        principal.tags = {key: value for key, value in principal.tags.items() if key.lower() not in gone}

    def _putxpermissionsboundary(self, kind: str, **arguments: Any) -> None:
        self._policy(arguments["PermissionsBoundary"])
        self._find(kind, arguments).boundary = arguments["PermissionsBoundary"]

    def _deletexpermissionsboundary(self, kind: str, **arguments: Any) -> None:
        self._find(kind, arguments).boundary = None

    # Policies of a principal

    def _listxpolicies(self, kind: str, Marker: str = "0", **arguments: Any) -> dict[str, Any]:
        return _page("PolicyNames", list(self._find(kind, arguments).inline), Marker)

    def _getxpolicy(self, kind: str, **arguments: Any) -> dict[str, Any]:
        inline = self._find(kind, arguments).inline
        if arguments["PolicyName"] not in inline:
            raise IamError("NoSuchEntity", f"The policy {arguments['PolicyName']} cannot be found.")
        return {"PolicyName": arguments["PolicyName"], "PolicyDocument": inline[arguments["PolicyName"]]}

    def _putxpolicy(self, kind: str, **arguments: Any) -> None:
        inline = self._find(kind, arguments).inline
        new = {**inline, arguments["PolicyName"]: _document(arguments["PolicyDocument"])}
        if sum(len(json.dumps(document, separators=(",", ":"))) for document in new.values()) > INLINE:
            raise IamError("LimitExceeded", "Maximum policy size of 10240 bytes exceeded.")
        inline.update(new)

    def _deletexpolicy(self, kind: str, **arguments: Any) -> None:
        self._find(kind, arguments).inline.pop(arguments["PolicyName"])

    def _listattachedxpolicies(self, kind: str, Marker: str = "0", **arguments: Any) -> dict[str, Any]:
        listed = [
            {"PolicyArn": arn, "PolicyName": arn.rsplit("/", 1)[-1]} for arn in self._find(kind, arguments).attached
        ]
        return _page("AttachedPolicies", listed, Marker)

    def _attachxpolicy(self, kind: str, **arguments: Any) -> None:
        principal = self._find(kind, arguments)
        arn = self._policy(arguments["PolicyArn"]).arn
        if not self.policies[arn].attachable:
            raise IamError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
        if arn not in principal.attached:
            if len(principal.attached) >= ATTACHED:
                raise IamError("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")
            principal.attached.append(arn)

    def _detachxpolicy(self, kind: str, **arguments: Any) -> None:
        self._find(kind, arguments).attached.remove(arguments["PolicyArn"])

    def _listgroupsforx(self, kind: str, Marker: str = "0", **arguments: Any) -> dict[str, Any]:
        groups = [{"GroupName": g, "Arn": self.arn("group", "/", g)} for g in self._find(kind, arguments).groups]
        return _page("Groups", groups, Marker)

    def _listinstanceprofilesforx(self, kind: str, Marker: str = "0", **arguments: Any) -> dict[str, Any]:
        profiles = [{"InstanceProfileName": name} for name in self._find(kind, arguments).instance_profiles]
        return _page("InstanceProfiles", profiles, Marker)

    def _listaccesskeys(self, Marker: str = "0", **arguments: Any) -> dict[str, Any]:
        keys = range(self._find("User", arguments).access_keys)
        return _page("AccessKeyMetadata", [{"AccessKeyId": f"AKIA{number}"} for number in keys], Marker)

    def _listmfadevices(self, Marker: str = "0", **arguments: Any) -> dict[str, Any]:
        devices = range(self._find("User", arguments).mfa_devices)
        return _page("MFADevices", [{"SerialNumber": str(number)} for number in devices], Marker)

    def _getloginprofile(self, **arguments: Any) -> dict[str, Any]:
        if not self._find("User", arguments).console_password:
            raise IamError("NoSuchEntity", "Login Profile cannot be found.")
        return {"LoginProfile": {"UserName": arguments["UserName"]}}

    # Managed policies

    def _policy(self, arn: str) -> Policy:
        if arn not in self.policies:
            raise IamError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
        return self.policies[arn]

    def _getpolicy(self, PolicyArn: str) -> dict[str, Any]:
        policy = self._policy(PolicyArn)
        owners = self.principals.values()
        answer: dict[str, Any] = {
            "Arn": policy.arn,
            "PolicyName": policy.name,
            "DefaultVersionId": f"v{policy.default}",
            "AttachmentCount": sum(policy.arn in principal.attached for principal in owners),
            "Description": policy.description,
            "IsAttachable": policy.attachable,
            "PermissionsBoundaryUsageCount": sum(policy.arn == principal.boundary for principal in owners),
            "Tags": [{"Key": key, "Value": value} for key, value in policy.tags.items()],
        }
        return {"Policy": answer}

    def _untagpolicy(self, PolicyArn: str, TagKeys: list[str]) -> None:
        policy = self._policy(PolicyArn)
        policy.tags = {key: value for key, value in policy.tags.items() if key not in TagKeys}

    def _tagpolicy(self, PolicyArn: str, Tags: list[dict[str, str]]) -> None:
        self._policy(PolicyArn).tags.update({tag["Key"]: tag["Value"] for tag in Tags})

    def _listentitiesforpolicy(self, PolicyArn: str, PolicyUsageFilter: str = "", Marker: str = "0") -> dict[str, Any]:
        """As IAM pages it: roles, users and groups in one list of items, each page with all three keys."""
        arn = self._policy(PolicyArn).arn
        uses = [
            (principal.kind, principal.name)
            for principal in self.principals.values()
            if (PolicyUsageFilter != "PermissionsBoundary" and arn in principal.attached)
            or (PolicyUsageFilter != "PermissionsPolicy" and arn == principal.boundary)
        ]
        page = _page("Uses", uses, Marker)
        listed = page.pop("Uses")
        return page | {
            f"Policy{kind}s": [{f"{kind}Name": name} for owner, name in listed if owner == kind]
            for kind in ("Role", "User", "Group")
        }

    def _listpolicies(self, Scope: str = "All", Marker: str = "0", **_arguments: Any) -> dict[str, Any]:
        local = [policy for policy in self.policies.values() if Scope == "All" or f"::{self.account_id}:" in policy.arn]
        return _page("Policies", [{"Arn": policy.arn, "PolicyName": policy.name} for policy in local], Marker)

    def _listpolicyversions(self, PolicyArn: str, Marker: str = "0") -> dict[str, Any]:
        policy = self._policy(PolicyArn)
        newest_first = sorted(policy.versions, reverse=True)
        listed = [{"VersionId": f"v{number}", "IsDefaultVersion": number == policy.default} for number in newest_first]
        return _page("Versions", listed, Marker)

    def _getpolicyversion(self, PolicyArn: str, VersionId: str) -> dict[str, Any]:
        number = int(VersionId.removeprefix("v"))
        return {"PolicyVersion": {"VersionId": VersionId, "Document": self._policy(PolicyArn).versions[number]}}

    def _createpolicy(
        self, PolicyName: str, PolicyDocument: str, Tags: list[dict[str, str]], Description: str = "", Path: str = "/"
    ) -> dict[str, Any]:
        local = [policy for policy in self.policies.values() if f"::{self.account_id}:" in policy.arn]
        if any(policy.name.lower() == PolicyName.lower() for policy in local):
            raise IamError("EntityAlreadyExists", f"A policy called {PolicyName} already exists.")
        tags = {tag["Key"]: tag["Value"] for tag in Tags}
        arn = self.add_policy(PolicyName, _document(PolicyDocument), path=Path, **tags)
        self.policies[arn].description = Description
        return self._getpolicy(arn)

    def _createpolicyversion(self, PolicyArn: str, PolicyDocument: str, SetAsDefault: bool = False) -> None:
        policy = self._policy(PolicyArn)
        if len(policy.versions) >= VERSIONS:
            raise IamError("LimitExceeded", "A managed policy can have up to 5 versions.")
        policy.highest += 1
        policy.versions[policy.highest] = _document(PolicyDocument)
        if SetAsDefault:
            policy.default = policy.highest

    def _setdefaultpolicyversion(self, PolicyArn: str, VersionId: str) -> None:
        policy, number = self._policy(PolicyArn), int(VersionId.removeprefix("v"))
        if number not in policy.versions:
            raise IamError("NoSuchEntity", f"Policy {PolicyArn} version {VersionId} does not exist.")
        policy.default = number

    def _deletepolicyversion(self, PolicyArn: str, VersionId: str) -> None:
        policy, number = self._policy(PolicyArn), int(VersionId.removeprefix("v"))
        if number == policy.default:
            raise IamError("DeleteConflict", "Cannot delete the default version of a policy.")
        del policy.versions[number]

    def _deletepolicy(self, PolicyArn: str) -> None:
        policy = self._policy(PolicyArn)
        used = any(
            PolicyArn in principal.attached or principal.boundary == PolicyArn for principal in self.principals.values()
        )
        if used or len(policy.versions) > 1:
            raise IamError("DeleteConflict", "Cannot delete a policy attached to entities or with other versions.")
        del self.policies[PolicyArn]

    def _getaccountsummary(self) -> dict[str, Any]:
        return {"SummaryMap": self.quotas}


def _document(text: str) -> Any:
    document = json.loads(text)
    if not document.get("Statement"):
        raise IamError("MalformedPolicyDocument", "Syntax errors in policy.")
    body = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    sids = [one["Sid"] for one in body if isinstance(one, dict) and one.get("Sid")]
    if len(set(map(str, sids))) < len(sids):
        raise IamError("MalformedPolicyDocument", "Statement IDs (SID) in a single policy must be unique.")
    return document


def _page(key: str, items: list[Any], marker: str) -> dict[str, Any]:
    start = int(marker)
    end = start + PAGE
    page: dict[str, Any] = {key: items[start:end], "IsTruncated": end < len(items)}
    return page | ({"Marker": str(end)} if end < len(items) else {})
