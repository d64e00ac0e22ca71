# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second opinion on trust policies, by z3: is there any request that one document allows and another refuses?

It shares no code with the engine. A request is who asks (a role, everyone else's role, or a service), an external ID and an
account acted for, each any text or none, and for every other condition whether it is met. Conditions but equality are taken
as facts that may hold or not, the same in both documents, which is sound: more requests are looked at, not fewer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import z3
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust import DesiredTrust

EXACT_KEYS = ("sts:externalid", "aws:sourceaccount")
# A service principal is of no organization, so that a condition which wants one there is not met.
NOT_SENT_BY_SERVICES = ("aws:principalorgid",)


class _Request:
    def __init__(self) -> None:
        self.who = z3.String("who")
        self.account = z3.String("account")
        self.is_service = z3.Bool("is_service")
        self.keys = {key: (z3.Bool(f"has {key}"), z3.String(key)) for key in EXACT_KEYS}
        self.facts: dict[str, Any] = {}

    def sane(self) -> Any:
        """A service belongs to no account and sends no external ID; a role acts for no other account."""
        has_id, has_source = self.keys["sts:externalid"][0], self.keys["aws:sourceaccount"][0]
        arn = z3.Concat(z3.StringVal("arn:aws:iam::"), self.account, z3.StringVal(":role/"))
        digits = z3.And(z3.Length(self.account) == 12, z3.InRe(self.account, z3.Plus(z3.Range("0", "9"))))
        return z3.If(
            self.is_service,
            z3.And(z3.Not(has_id), z3.Not(z3.PrefixOf(z3.StringVal("arn:"), self.who))),
            z3.And(z3.Not(has_source), digits, z3.PrefixOf(arn, self.who)),
        )

    def fact(self, name: str) -> Any:
        return self.facts.setdefault(name, z3.Bool(name))


def _principal(request: _Request, principal: Any) -> Any:
    if principal == "*":
        principal = {"AWS": "*"}
    terms = []
    for kind, entries in principal.items():
        for entry in entries if isinstance(entries, list) else [entries]:
            terms.append(_entry(request, kind.lower(), entry))
    return z3.Or(*terms)


def _entry(request: _Request, kind: str, entry: str) -> Any:
    if kind == "service":
        return z3.And(request.is_service, request.who == z3.StringVal(entry))
    role = z3.Not(request.is_service)
    if entry == "*":
        # AWS does not say whether it covers services: it may or not, the same in both documents.
        return z3.Or(role, request.fact("* covers services"))
    account = entry if entry.isdigit() else entry.split(":")[4] if entry.endswith(":root") else ""
    if account:
        return z3.And(role, request.account == z3.StringVal(account))
    if entry.startswith("arn:aws:sts:"):
        _arn, _session, rest = entry.partition(":assumed-role/")
        name, _slash, session = rest.partition("/")
        arn = f"arn:aws:iam::{entry.split(':')[4]}:role/{name}"
        return z3.And(role, request.who == z3.StringVal(arn), request.fact(f"session {session}"))
    if not entry.startswith("arn:"):
        return z3.BoolVal(False)  # the unique ID of a deleted principal
    return z3.And(role, request.who == z3.StringVal(entry))


def _among(value: Any, listed: list[str]) -> Any:
    return z3.Or(*[value == z3.StringVal(entry) for entry in listed])


def _like(value: Any, pattern: str) -> Any:
    """A text that may end with a star."""
    start = z3.StringVal(pattern.removesuffix("*"))
    return z3.PrefixOf(start, value) if pattern.endswith("*") else value == start


# By operator: whether a key that is there or not, and its value, meet it.
_EXACT: dict[str, Any] = {
    "stringequals": lambda has, value, listed: z3.And(has, _among(value, listed)),
    "stringlike": lambda has, value, listed: z3.And(has, z3.Or(*[_like(value, entry) for entry in listed])),
    "stringequalsifexists": lambda has, value, listed: z3.Or(z3.Not(has), _among(value, listed)),
    "stringnotequals": lambda has, value, listed: z3.Or(z3.Not(has), z3.Not(_among(value, listed))),
    "null": lambda has, _value, listed: z3.Not(has) if listed == ["true"] else has,
}


def _condition(request: _Request, condition: Mapping[str, Any] | None) -> Any:
    terms = []
    for operator, keys in (condition or {}).items():
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            if key.lower() in EXACT_KEYS and operator.lower() in _EXACT:
                terms.append(_EXACT[operator.lower()](*request.keys[key.lower()], listed))
            elif key.lower() == "aws:principalarn":
                terms.append(
                    z3.And(z3.Not(request.is_service), z3.Or(*[_like(request.who, entry) for entry in listed]))
                )
            elif key.lower() in NOT_SENT_BY_SERVICES and operator.lower() in ("stringequals", "stringlike"):
                terms.append(z3.And(z3.Not(request.is_service), request.fact(json.dumps([operator, key, listed]))))
            else:
                terms.append(request.fact(json.dumps([operator, key, listed])))
    return z3.And(*terms) if terms else z3.BoolVal(True)


def _matched(request: _Request, document: Mapping[str, Any], effect: str) -> Any:
    return z3.Or(
        *[
            z3.And(_principal(request, statement["Principal"]), _condition(request, statement.get("Condition")))
            for statement in document["Statement"]
            if statement["Effect"] == effect
        ]
    )


def _allows(request: _Request, document: Mapping[str, Any]) -> Any:
    return z3.And(_matched(request, document, "Allow"), z3.Not(_matched(request, document, "Deny")))


def _asked(request: _Request, desired: DesiredTrust, blocked: set[str], account: str) -> Any:
    has_id, external_id = request.keys["sts:externalid"]
    has_source, source = request.keys["aws:sourceaccount"]
    terms = []
    for who in desired.appliance:
        if who not in blocked:
            named = _entry(request, "aws", who)
            with_id = z3.And(has_id, external_id == z3.StringVal(desired.external_id)) if desired.external_id else True
            terms.append(z3.And(named, with_id))
    for who in desired.services:
        if who not in blocked:
            pinned = z3.And(has_source, source == z3.StringVal(account)) if who == desired.pinned else True
            terms.append(z3.And(_entry(request, "service", who), pinned))
    return z3.Or(*terms)


def widened(
    before: Mapping[str, Any], after: Mapping[str, Any], desired: DesiredTrust, blocked: set[str], account: str
) -> str | None:
    """A request that ``after`` allows, ``before`` refuses, and nobody asked for; None if there is none.

    ``blocked``: for whom nothing is asked for. Nor is it asked for to allow what a Deny refuses.
    """
    request = _Request()
    solver = z3.Solver()
    solver.set("timeout", 20_000)
    solver.add(
        request.sane(),
        _allows(request, after),
        z3.Not(_allows(request, before)),
        z3.Or(_matched(request, before, "Deny"), z3.Not(_asked(request, desired, blocked, account))),
    )
    answer = solver.check()
    if answer == z3.unsat:
        return None
    return str(solver.model()) if answer == z3.sat else f"z3 does not know: {solver.reason_unknown()}"
