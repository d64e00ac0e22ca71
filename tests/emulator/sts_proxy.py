# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A proxy in front of MiniStack that asks for what AWS asks for beside sts:AssumeRole, and writes each AssumeRole down.

A source identity takes sts:SetSourceIdentity, session tags take sts:TagSession: the caller must be allowed it, and the role's
trust policy has to allow it. Both go on to the sessions that are entered from there, tags if they are transitive, and each
further role has to allow them again. MiniStack knows of tags in the trust policy of the first role only.

A code of MFA works once, for a device of the calling user; MiniStack looks at neither.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.emulator import cases
from tests.emulator.organization import Organization, client, root
from tests.emulator.proxy import Answer, Proxy, in_front_of

MFA_DEVICE = f"arn:aws:iam::{cases.MANAGEMENT_ACCOUNT}:mfa/ann"
_TAGS, _IDENTITY = "sts:TagSession", "sts:SetSourceIdentity"


@dataclass(frozen=True)
class Caller:
    """Who an access key belongs to, and what its session brings along."""

    kind: str
    name: str
    account_id: str
    needs: frozenset[str] = frozenset()


@dataclass
class Desk:
    """``asked``: the arguments of each AssumeRole, in order, and ``keys``: the access key of each.

    ``with_mfa``: the arguments of each GetSessionToken; ``mfa_keys``: the access keys that they gave.
    """

    organization: Organization
    asked: list[dict[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    with_mfa: list[dict[str, str]] = field(default_factory=list)
    mfa_keys: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    callers: dict[str, Caller] = field(default_factory=dict)

    def refusal(self, key: str, asked: dict[str, str]) -> str:
        """The action that is missing; empty if none is."""
        role, account_id = asked["RoleArn"].rsplit("/", 1)[-1], asked["RoleArn"].split(":")[4]
        trust = self._iam(account_id).get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        for action in sorted(self.needs(key, asked)):
            if not _allows([trust], action) or not _allows(self._policies(self.callers[key]), action):
                return action
        return ""

    def needs(self, key: str, asked: dict[str, str]) -> frozenset[str]:
        given = {_IDENTITY: "SourceIdentity" in asked, _TAGS: "Tags.member.1.Key" in asked}
        return self.callers[key].needs | {action for action, is_given in given.items() if is_given}

    def learn(self, key: str, asked: dict[str, str], answer: str) -> None:
        needs = self.needs(key, asked)
        goes_on = needs if "TransitiveTagKeys.member.1" in asked else needs - ({_TAGS} - self.callers[key].needs)
        name, account_id = asked["RoleArn"].rsplit("/", 1)[-1], asked["RoleArn"].split(":")[4]
        for key_id in re.findall("<AccessKeyId>([^<]+)</AccessKeyId>", answer):
            self.callers[key_id] = Caller("role", name, account_id, frozenset(goes_on))

    def refuses_mfa(self, asked: dict[str, str]) -> bool:
        """Writes it down."""
        refused = asked.get("SerialNumber") != MFA_DEVICE or asked.get("TokenCode") in {
            before["TokenCode"] for before in self.with_mfa
        }
        self.with_mfa.append(asked)
        return refused

    def learn_mfa(self, key: str, answer: str) -> None:
        self.secrets |= set(re.findall("<(?:SecretAccessKey|SessionToken)>([^<]+)<", answer))
        for key_id in re.findall("<AccessKeyId>([^<]+)</AccessKeyId>", answer):
            self.callers[key_id] = self.callers[key]
            self.mfa_keys.add(key_id)

    def _policies(self, who: Caller) -> list[Any]:
        iam, owner = self._iam(who.account_id), {f"{who.kind.capitalize()}Name": who.name}
        names = getattr(iam, f"list_{who.kind}_policies")(**owner)["PolicyNames"]
        get = getattr(iam, f"get_{who.kind}_policy")
        return [get(**owner, PolicyName=name)["PolicyDocument"] for name in names]

    def _iam(self, account_id: str) -> Any:
        return client(self.organization.server, "iam", root(self.organization.server, account_id))


def _allows(documents: list[Any], action: str) -> bool:
    allows = [
        statement for document in documents for statement in document["Statement"] if statement["Effect"] == "Allow"
    ]
    listed = [
        name
        for statement in allows
        for name in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]
    return action in listed or "*" in listed


@contextlib.contextmanager
def behind(organization: Organization) -> Iterator[tuple[str, Desk]]:
    """The endpoint of the proxy, and what it sees."""
    desk = Desk(organization)
    user = Caller("user", cases.AUTOMATION_USER, cases.MANAGEMENT_ACCOUNT)
    desk.callers[organization.automation.access_key_id] = user
    with in_front_of(organization.server, _Sts, desk=desk) as endpoint:
        yield endpoint, desk


class _Sts(Proxy):
    desk: Desk

    def do_POST(self) -> None:
        body = self.body()
        asked = {key: values[0] for key, values in parse_qs(body.decode("latin-1")).items()}
        key = re.sub(".*Credential=", "", self.headers["Authorization"]).split("/")[0]
        if asked.get("Action") == "GetSessionToken":
            if self.desk.refuses_mfa(asked):
                self.answer(_refused("MultiFactorAuthentication failed with invalid MFA one time pass code."))
                return
            answer = self.pass_on(body)
            self.desk.learn_mfa(key, answer.content.decode())
            self.answer(answer)
            return
        if asked.get("Action") != "AssumeRole":
            self.answer(self.pass_on(body))
            return
        self.desk.asked.append(asked)
        self.desk.keys.append(key)
        if action := self.desk.refusal(key, asked):
            self.answer(_denied(action, asked["RoleArn"]))
            return
        answer = self.pass_on(body)
        self.desk.learn(key, asked, answer.content.decode())
        self.answer(answer)


def _denied(action: str, arn: str) -> Answer:
    """As AWS words it."""
    return _refused(
        f"User: arn:aws:iam::{cases.MANAGEMENT_ACCOUNT}:user/someone is not authorized to perform: {action} on resource: {arn}"
    )


def _refused(message: str) -> Answer:
    text = f"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error></ErrorResponse>"
    return Answer(403, (("Content-Type", "text/xml"),), text.encode())


def policy(asked: dict[str, str]) -> dict[str, Any] | None:
    """The session policy of an AssumeRole; None for none."""
    session_policy: dict[str, Any] | None = json.loads(asked["Policy"]) if "Policy" in asked else None
    return session_policy
