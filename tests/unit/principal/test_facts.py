# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts that were read decide: guardrails as organizations have them, in an account that is right but for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import verify

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[2] / "data" / "guardrails.yml").read_text())
KEY = f"arn:aws:kms:eu-west-1:{scenes.ACCOUNT}:key/11112222-3333-4444-5555-666677778888"
ROLE = f"arn:aws:iam::{scenes.ACCOUNT}:role/{worlds.NAME}"
FULL_ACCESS = [{"name": "FullAWSAccess", "document": scenes.EVERYTHING}]
OWN = {"organization_id": "o-own", "organization_path": "o-own/r-own/ou-own-prod/"}
TOOLS = {"organization_id": "o-own", "organization_path": "o-own/r-own/ou-own-tools/"}
TAGGING = worlds.admit({"AWS": worlds.APPLIANCE}) | {"Action": ["sts:AssumeRole", "sts:TagSession"]}


class _Kms:
    """KMS as far as one key's policy goes."""

    def __init__(self, policy: dict[str, Any]) -> None:
        self._policy = policy

    def get_key_policy(self, **_arguments: Any) -> dict[str, Any]:
        return {"Policy": json.dumps(self._policy)}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_was_read_decides(case: dict[str, Any]):
    facts = case.get("facts", {})
    iam = _account(case, facts)
    result = verify(iam, _options(case, facts), _clients(case))
    assert scenes.not_allowed(result) == case["unmet"] | _of_users(facts)


def test_an_appliance_that_is_named_by_its_account_is_where_its_role_is():
    rcp = {"name": "Guardrail", "document": worlds.document(CASES[0]["statement"])}
    organization = {"service_control_policies": None, "resource_control_policies": [rcp], **OWN}
    given = {
        "name": worlds.NAME,
        "appliance_principals": ["444455556666"],
        "organization_policies": organization,
        "kms_keys": [],
    }
    iam = scenes.account(worlds.admit({"AWS": "444455556666"}), scenes.BACKUP)
    for place, verdict in (({"organization_id": "o-vendor"}, "explicit_deny"), (TOOLS, "unreadable")):
        appliance = scenes.appliance_policies(organization={**scenes.NO_ORGANIZATION, **place})
        result = verify(iam, {**given, "appliance_policies": [appliance]})
        assert scenes.verdicts(result)["appliance_can_call"] == verdict


def _of_users(facts: dict[str, Any]) -> dict[str, str]:
    """A user is assumed by nobody."""
    if facts.get("principal") != "user":
        return {}
    return {"appliance_may_assume": "not_applicable", "backup_service_may_assume": "not_applicable"}


def _account(case: dict[str, Any], facts: dict[str, Any]) -> MemoryIam:
    iam = MemoryIam(scenes.ACCOUNT)
    is_role = facts.get("principal") != "user"
    inline = {"restore": scenes.GRANTED}
    trust = [TAGGING if facts.get("session_tags") else scenes.APPLIANCE, scenes.BACKUP]
    if case["layer"] == "identity":
        inline["guardrail"] = worlds.document(case["statement"])
    if case["layer"] == "trust":
        trust.append(case["statement"])
    boundary = iam.add_policy("Guardrail", _document(case)) if case["layer"] == "boundary" else None
    iam.add(
        Principal(
            "Role" if is_role else "User",
            worlds.NAME,
            trust=worlds.document(*trust) if is_role else None,
            inline=inline,
            tags=facts.get("tags", {}),
            boundary=boundary,
        )
    )
    return iam


def _document(case: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(worlds.document(*(case.get("statements") or [case["statement"]])))
    return dict(json.loads(text.replace("{unique_id}", "AROAMEMORY" + worlds.NAME).replace("{arn}", ROLE)))


def _options(case: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    organization = {"service_control_policies": [FULL_ACCESS], "resource_control_policies": [], **OWN}
    guardrail = {"name": "Guardrail", "document": _document(case)}
    if case["layer"] == "scp":
        organization["service_control_policies"] = [FULL_ACCESS, [*FULL_ACCESS, guardrail]]
    if case["layer"] == "rcp":
        organization["resource_control_policies"] = [guardrail]
    given = {
        "name": worlds.NAME,
        "organization_policies": organization,
        "kms_keys": [KEY] if case["layer"] == "key" else [],
        "check_key_policies": case["layer"] == "key",
        **case.get("options", {}),
    }
    if facts.get("principal") == "user":
        return {**given, "principal_type": "user"}
    place = {"o-vendor": {"organization_id": "o-vendor"}, "none": {}}.get(facts.get("appliance", ""), TOOLS)
    appliance = scenes.appliance_policies(organization={**scenes.NO_ORGANIZATION, **place})
    return {**given, "appliance_principals": [worlds.APPLIANCE], "appliance_policies": [appliance]}


def _clients(case: dict[str, Any]) -> dict[tuple[str, str | None], Any]:
    return {("kms", "eu-west-1"): _Kms(_document(case))} if case["layer"] == "key" else {}
