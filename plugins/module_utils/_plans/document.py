# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of a run: what it would do in each account, as one document that can be approved, signed and carried out. Pure.

Whoever carries it out makes a plan anew in each account and goes by the digests: what is in the document never becomes an operation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypedDict

from .._checks import ACCOUNT_ID
from .._errors import OptionError, RestoreAccessError
from .._files import MOST_BYTES
from .._policy.documents import parsed
from .._policy.errors import UnreadableDocumentError
from .._principal.model import identity
from .._principal.model.identity import Identity
from .._principal.model.state import ROLE, USER
from .._principal.plan.approval import PlanDigests, are_digests
from .._principal.records import chain
from .._principal.records.chain import Signed, sha256
from .._printable import printable

SCHEMA: Final = 1
KIND: Final = "cloudrestore.aws plan"
_NAME: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")


class PlannedOperation(TypedDict):
    operation: str
    target: str
    reason: str
    arguments: dict[str, Any]


class PlannedAccount(TypedDict):
    """``options``: of the module, in as far as they are this account's own."""

    host: str
    account_id: str
    principal_type: str
    name: str
    arn: str
    options: dict[str, Any]
    plan: PlanDigests
    operations: list[PlannedOperation]


class NotPlanned(TypedDict):
    """An account of which no plan could be made, and why."""

    host: str
    account_id: str
    reason: str


class Head(TypedDict):
    """What the plan is of. ``options``: of the module, in as far as all accounts have them alike. ``caller``: an ARN, or empty."""

    name: str
    made_at: str
    run_id: str
    collection_version: str
    caller: str
    inventory: list[str]
    limit: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    head: Head
    accounts: tuple[PlannedAccount, ...]
    not_planned: tuple[NotPlanned, ...] = ()

    @property
    def to_change(self) -> int:
        """How many accounts it changes."""
        return sum(1 for account in self.accounts if account["operations"])

    @property
    def operations(self) -> int:
        return sum(len(account["operations"]) for account in self.accounts)

    def by_principal(self) -> dict[tuple[str, str, str], PlannedAccount]:
        """By the key of its identity."""
        return {identity_of(account).key: account for account in self.accounts}


def identity_of(account: Mapping[str, Any]) -> Identity:
    return Identity(account["account_id"], account["principal_type"], account["name"])


def made(head: Head, results: Iterable[Mapping[str, Any]]) -> Plan:
    """The plan that results of check mode come to. ``results``: ``host``, ``account_id``, ``options`` and restore_role's ``result`` of each.

    Raises OptionError where two are about one principal.
    """
    accounts: list[PlannedAccount] = []
    without: list[NotPlanned] = []
    for each in results:
        result = each.get("result") or {}
        if "plan" in result and not result.get("failed"):
            accounts.append(_account(each, result))
        else:
            reason = printable(str(result.get("msg") or "there is no result"))
            without.append({"host": each["host"], "account_id": str(each.get("account_id") or ""), "reason": reason})
    return checked(Plan(head, tuple(accounts), tuple(without)))


def _account(each: Mapping[str, Any], result: Mapping[str, Any]) -> PlannedAccount:
    principal, calls = result["principal"], result["previous"]["operations"]
    operations = [
        _operation({**change, "arguments": call["arguments"]})
        for change, call in zip(result["changes"], calls, strict=True)
    ]
    return {
        "host": each["host"],
        "account_id": principal["account_id"],
        "principal_type": principal["principal_type"],
        "name": principal["name"],
        "arn": principal["arn"],
        "options": dict(each.get("options") or {}),
        "plan": result["plan"],
        "operations": operations,
    }


def checked(plan: Plan) -> Plan:
    """``plan``, with the options that all accounts have alike in its head. Raises OptionError for a principal that is in it twice."""
    twice = identity.shared((account["host"], identity_of(account)) for account in plan.accounts)
    if twice:
        more = f" The same applies to {len(twice) - 1} more." if len(twice) > 1 else ""
        raise OptionError(
            f"{identity.told(*twice[0])}, so no plan was made.{more} Keep one of these hosts, or set a different "
            "principal name for each."
        )
    options = [{**plan.head["options"], **account["options"]} for account in plan.accounts]
    common = {
        name: value
        for name, value in (options[0] if options else {}).items()
        if all(one.get(name) == value for one in options)
    }
    accounts = tuple(
        {**account, "options": {name: value for name, value in own.items() if name not in common}}
        for account, own in zip(plan.accounts, options, strict=True)
    )
    head: Head = {**plan.head, "options": common}
    return Plan(head, accounts, plan.not_planned)  # type: ignore[arg-type]  # of TypedDicts, TypedDicts


def written(plan: Plan) -> bytes:
    """The document, without a signature. Raises RestoreAccessError for one that is larger than what is read again."""
    head = {"schema_version": SCHEMA, "kind": KIND, **plan.head}
    whole = (
        json.dumps({**head, "not_planned": plan.not_planned, "accounts": plan.accounts}, sort_keys=False).encode()
        + b"\n"
    )
    if len(whole) > MOST_BYTES:
        raise RestoreAccessError(
            f"The plan of {len(plan.accounts)} accounts has {len(whole) // 1024 // 1024} MB, but a run reads at most "
            f"{MOST_BYTES // 1024 // 1024} MB. Make a plan for each group of accounts, with --limit."
        )
    return whole


def signed(document: bytes, mac: str) -> bytes:
    """``mac``: of the document."""
    return chain.signed(document.removesuffix(b"\n"), mac) + b"\n"


def signature(content: bytes) -> Signed | None:
    """The document as it was signed, and its MAC; None if it has none."""
    found = chain.signature(content.removesuffix(b"\n"))
    return None if found is None else replace(found, content=found.content + b"\n")


def read(content: bytes, where: str, digest: str | None = None) -> Plan:
    """``digest``: SHA-256 that it must have. Raises OptionError for anything but a plan that this version has written."""
    if digest and sha256(content) != digest:
        raise OptionError(
            f"The plan {where} is not the one that was approved: its SHA-256 is {sha256(content)}, but {digest} was "
            "approved. Nothing was done. Use the approved plan, or have this one approved."
        )
    try:
        document = parsed(content.decode())
        if not isinstance(document, dict) or document.get("kind") != KIND:
            raise TypeError("it says so nowhere")
        if document.get("schema_version") != SCHEMA:
            raise OptionError(
                f"The plan {where} was made by another version of this collection. Nothing was done. Make a new plan "
                "with this version."
            )
        return checked(_read(document))
    except OptionError:
        raise
    except (UnicodeDecodeError, UnreadableDocumentError, AttributeError, KeyError, TypeError, ValueError):
        raise OptionError(
            f"{where} is not a plan that drift_report or converge --check has written. Nothing was done. Use the "
            "file plan-….json of such a run."
        ) from None


def _read(document: Mapping[str, Any]) -> Plan:
    """Raises KeyError, TypeError or ValueError for what ``written`` does not write."""
    head: Head = {
        "name": _text(document["name"]),
        "made_at": _text(document["made_at"]),
        "run_id": _text(document["run_id"]),
        "collection_version": _text(document["collection_version"]),
        "caller": _text(document["caller"]),
        "inventory": list(map(_text, _list(document["inventory"]))),
        "limit": _text(document["limit"]),
        "options": dict(document["options"]),
    }
    without: list[NotPlanned] = [
        {"host": _text(each["host"]), "account_id": _text(each["account_id"]), "reason": _text(each["reason"])}
        for each in _list(document["not_planned"])
    ]
    return Plan(head, tuple(_accounts(_list(document["accounts"]))), tuple(without))


def _accounts(entries: Sequence[Mapping[str, Any]]) -> Iterator[PlannedAccount]:
    for each in entries:
        digests = each["plan"]
        _check(ACCOUNT_ID.fullmatch(each["account_id"]) and _NAME.fullmatch(each["name"]))
        _check(each["principal_type"] in (ROLE, USER) and are_digests(digests))
        yield {
            "host": _text(each["host"]),
            "account_id": each["account_id"],
            "principal_type": each["principal_type"],
            "name": each["name"],
            "arn": _text(each["arn"]),
            "options": dict(each["options"]),
            "plan": {"observed_sha256": digests["observed_sha256"], "operations_sha256": digests["operations_sha256"]},
            "operations": [_operation(operation) for operation in _list(each["operations"])],
        }


def _operation(each: Mapping[str, Any]) -> PlannedOperation:
    return {
        "operation": _text(each["operation"]),
        "target": _text(each["target"]),
        "reason": _text(each["reason"]),
        "arguments": dict(each["arguments"]),
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _check(holds: object) -> None:
    if not holds:
        raise ValueError


def merged(plans: Sequence[Plan], made_at: str) -> Plan:
    """One plan of the plans of slices. Raises OptionError where two slices are about one principal."""
    heads = [plan.head for plan in plans]
    callers, limits = {head["caller"] for head in heads}, sorted({head["limit"] for head in heads if head["limit"]})
    head: Head = {
        **heads[0],
        "made_at": made_at,
        "caller": callers.pop() if len(callers) == 1 else "",
        "inventory": sorted({source for each in heads for source in each["inventory"]}),
        "limit": ",".join(limits),
        "options": {},
    }
    accounts = tuple(
        {**account, "options": {**plan.head["options"], **account["options"]}}
        for plan in plans
        for account in plan.accounts
    )
    without = tuple(each for plan in plans for each in plan.not_planned)
    return checked(Plan(head, accounts, without))  # type: ignore[arg-type]  # of TypedDicts, TypedDicts
