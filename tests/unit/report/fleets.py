# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fleets to report on: what restore_role really returns for accounts in memory, and values nobody wants in a page."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import PERMISSION_SETS
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run

WHEN, LATER = "2026-01-31T12:00:00Z", "2026-02-01T12:00:00Z"
VERSION = "1.2.3"
OPTIONS = {"name": worlds.NAME, "appliance_principals": [worlds.APPLIANCE]}
APPLIANCE = worlds.admit({"AWS": worlds.APPLIANCE})
BACKUP = worlds.admit({"Service": "backup.amazonaws.com"})
ACTIONS = list(PERMISSION_SETS["dynamodb_restore"].actions)
GRANTED = worlds.document(worlds.allow(ACTIONS))
NO_GRANTS = worlds.document({"Sid": "NoGrants", "Effect": "Deny", "Action": "kms:CreateGrant", "Resource": "*"})
REFUSED = {
    "failed": True,
    "msg": "Account 333344445555, role /VeeamDynamoDBRestore: sts:AssumeRole on "
    "arn:aws:iam::333344445555:role/OrganizationAccountAccessRole was refused.",
}
LOST = {"unreachable": True, "changed": False, "msg": "Failed to create temporary directory."}

Report = dict[str, Any]


def world(*trust: dict[str, Any], **inline: dict[str, Any]) -> MemoryIam:
    iam = MemoryIam()
    iam.add(Principal("Role", worlds.NAME, trust=worlds.document(*trust), inline=dict(inline)))
    return iam


def compliant(**more: Any) -> Report:
    return run(world(APPLIANCE, BACKUP, all=GRANTED), OPTIONS, check=True) | more


def no_backup_trust(check: bool = True) -> Report:
    return run(world(APPLIANCE, all=GRANTED), OPTIONS, check=check)


def taken_back(check: bool = False) -> Report:
    """Rolled back to what it was before a run gave it the trust that was missing."""
    iam = world(APPLIANCE, all=GRANTED)
    return rolled_back(iam, {"name": worlds.NAME}, run(iam, OPTIONS)["previous"], check=check)


def absent(check: bool = False) -> Report:
    """What a run put there is taken back: its statement; the role is somebody else's."""
    iam = world(APPLIANCE, all=GRANTED)
    run(iam, OPTIONS)
    return run(iam, {"name": worlds.NAME, "state": "absent"}, check=check)


def three_missing() -> Report:
    return copy.deepcopy(_three_missing())


@cache
def _three_missing() -> Report:
    some = [action for action in ACTIONS if action not in ("backup:StartRestoreJob", "iam:PassRole", "kms:CreateGrant")]
    return run(world(APPLIANCE, BACKUP, most=worlds.document(worlds.allow(some))), OPTIONS, check=True)


def no_role() -> Report:
    return run(MemoryIam(), OPTIONS, check=True)


def denied() -> Report:
    return run(world(APPLIANCE, BACKUP, all=GRANTED, guardrail=NO_GRANTS), OPTIONS, check=True)


def left_open() -> Report:
    theirs = {**APPLIANCE, "Sid": "Theirs"}
    return run(world(theirs, BACKUP, all=GRANTED), {**OPTIONS, "appliance_external_id": "an-id"}, check=True)


def of(result: Report, account_id: str) -> Report:
    """The same result in another account."""
    moved: Report = json.loads(
        json.dumps(result).replace("111122223333", account_id).replace("333344445555", account_id)
    )
    return moved


def small() -> list[dict[str, Any]]:
    """One account of each status, and one with a finding."""
    return [
        {"host": "orders", "account_id": "111122223333", "ou": "/Workloads/Prod", "result": no_backup_trust()},
        {
            "host": "billing",
            "account_id": "222233334444",
            "ou": "/Workloads/Prod",
            "result": of(denied(), "222233334444"),
        },
        {"host": "refused", "account_id": "333344445555", "result": REFUSED},
        {"host": "lost", "account_id": "444455557777", "result": LOST},
        {"host": "silent", "account_id": "555566667777"},
        {"host": "repaired", "account_id": "666677778888", "result": of(no_backup_trust(check=False), "666677778888")},
        {
            "host": "open-door",
            "account_id": "777788889999",
            "ou": "/Sandbox",
            "result": of(left_open(), "777788889999"),
        },
        {"host": "payments", "account_id": "888899990000", "ou": "/Sandbox", "result": of(compliant(), "888899990000")},
    ]


def requirement(name: str, verdict: str = "allowed", **more: Any) -> dict[str, Any]:
    """One requirement as restore_role_verify explains it."""
    empty = {"subject": "", "reason": "", "layer": "", "policy": "", "statement": "", "resource": ""}
    drift = verdict not in ("allowed", "not_applicable")
    made = {"requirement": name, "verdict": verdict, **empty, "places": [], "conditions": [], "drift": drift} | more
    in_the_principal = made["layer"] in ("identity", "trust") and name != "appliance_can_call"
    return {"fixable": drift and in_the_principal and verdict != "explicit_deny", **made}


def verified(*different: dict[str, Any], **more: Any) -> Report:
    """What restore_role_verify returns: everything allowed, but for what is ``different``."""
    names = ["appliance_may_assume", "appliance_can_call", "backup_service_may_assume", *ACTIONS]
    changed = {name["requirement"]: name for name in different}
    requirements = [changed.get(name, requirement(name, reason="allowed by a policy")) for name in names]
    principal = {"account_id": "111122223333", "arn": f"arn:aws:iam::111122223333:role/{worlds.NAME}"}
    verification = {
        "principal": principal,
        "requirements": requirements,
        "missing_permissions": [name["requirement"] for name in different if ":" in name["requirement"]],
        "missing_permissions_policy": {},
        "findings": [],
    }
    return verification | more


SCP_DENIES = requirement(
    "kms:Decrypt",
    "explicit_deny",
    reason="a Deny of the organization applies",
    layer="scp",
    policy="p-guardrail",
    statement="OnlyHome",
    resource="arn:aws:kms:*:111122223333:key/*",
    places=["SCP p-guardrail at /Workloads, statement OnlyHome"],
    conditions=["aws:RequestedRegion"],
)
NOT_GIVEN = requirement(
    "appliance_can_call",
    "unreadable",
    reason="appliance_policies does not contain the policies of the Impersonation role",
    drift=False,
)
DEPENDS = requirement(
    "iam:PassRole",
    "conditional",
    reason="only if a condition holds",
    layer="identity",
    policy="pass-on",
    statement="#1",
    conditions=["iam:PassedToService"],
    places=["pass-on, statement #1"],
)

HOSTILE = [
    "</script><script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    "<!--<script>",
    '"\' onmouseover="window.pwned = 1" x=\'',
    "javascript:window.pwned=1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "{{ 7 * 7 }} @@data@@ @@script@@ ${7*7}",
    "a\u202egnp.exe",
    "line\nbreak\r\nand \x1b[2J\x07 bell\x00",
    "| pipe | `tick` [x](javascript:1) ![y](http://example.invalid/z) **b** https://example.invalid @everyone",
    "]]>&lt;&#60;",
    "\ud800 half",
    "\ue000a \ue000h \ue000x",
    "__proto__",
]


def hostile() -> list[dict[str, Any]]:
    """An account for each bad value, which is in every place that AWS, or an inventory, fills."""
    return [_hostile(number, text) for number, text in enumerate(HOSTILE)]


def _hostile(number: int, bad: str) -> dict[str, Any]:
    result = copy.deepcopy(denied() if number % 2 else three_missing())
    for key in ("drift", "unresolved", "changes", "diff"):
        result[key] = [
            {name: value if name in ("verdict", "requirement") else f"{value}{bad}" for name, value in element.items()}
            for element in result[key]
        ]
    result["findings"] = [
        {"finding": bad, "severity": bad, "statement": bad, "message": bad, "place": bad, "remedy": bad}
    ]
    result["left_in_place"] = [bad]
    result["principal"]["arn"] += bad
    result["missing_permissions_policy"] = {"Version": bad, "Statement": [{"Sid": bad, bad: [bad]}]}
    odd = requirement(
        f"{bad}:{number}",
        "explicit_deny",
        subject=bad,
        reason=bad,
        layer=bad,
        policy=bad,
        statement=bad,
        resource=bad,
        places=[bad],
        conditions=[bad],
    )
    verification = verified(SCP_DENIES, findings=[]) if number % 3 else verified(odd)
    failed = {"failed": True, "msg": bad}
    host = {
        "host": f"{number}{bad}",
        "account_id": "111122223333",
        "ou": f"/{bad}",
        "result": failed if number % 5 == 4 else result,
    }
    return host | ({"verification": verification} if number % 5 < 3 else {})


@cache
def kinds() -> tuple[tuple[Report, Report | None], ...]:
    """(result, verification) of kinds of accounts, most of them in order."""
    fine = (compliant(), verified())
    return (
        *(fine for _one in range(5)),
        (no_backup_trust(), None),
        (denied(), None),
        (three_missing(), None),
        (compliant(), verified(SCP_DENIES, DEPENDS)),
        (compliant(), verified(NOT_GIVEN)),
        (no_role(), None),
        (left_open(), None),
        (REFUSED, None),
        *(fine for _one in range(7)),
    )


def many(number: int) -> list[dict[str, Any]]:
    """``number`` accounts in 40 OUs; a quarter of them with something, in ten kinds."""
    hosts: list[dict[str, Any]] = []
    for index in range(number):
        result, verification = kinds()[index * 7 % len(kinds())]
        account_id = f"{310000000000 + index * 7919}"
        host = {"host": f"acct-{index:04d}", "account_id": account_id, "ou": f"/Workloads/Unit {index % 40:02d}"}
        host |= {"result": of(result, account_id)} if index % 997 else {}
        hosts.append(host | ({"verification": of(verification, account_id)} if verification and index % 997 else {}))
    return hosts


def params(**given: Any) -> dict[str, Any]:
    """Options as the module has them, with their defaults."""
    defaults = {name: option.get("default") for name, option in build.ARGUMENT_SPEC.items()}
    return {**defaults, "generated_at": WHEN, **given}


def report(results: list[dict[str, Any]], **given: Any) -> Report:
    return build.build(params(results=results, **given), VERSION, WHEN).report
