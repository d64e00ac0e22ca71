# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The queries by which Automation Platform counts indirectly managed nodes, run by the library that its controller runs them with."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import jq
import pytest
import yaml

ROOT = Path(__file__).parents[2]
QUERIES = yaml.safe_load((ROOT / "extensions" / "audit" / "event_query.yml").read_text())
PREFIX = "cloudrestore.aws."
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


def returned(module: str) -> dict[str, Any]:
    """Return value → what is documented of it."""
    shell = import_module(f"ansible_collections.cloudrestore.aws.plugins.modules.{module}")
    return yaml.safe_load(shell.RETURN) or {}


def about_one_principal(module: str) -> bool:
    values = returned(module)
    return "principal" in values or any("principal" in value.get("contains", {}) for value in values.values())


def nodes(module: str, result: dict[str, Any]) -> list[dict[str, Any]]:
    return jq.compile(QUERIES[PREFIX + module]["query"]).input_value(result).all()


def sample(module: str) -> dict[str, Any]:
    return {name: value["sample"] for name, value in returned(module).items() if "sample" in value}


def test_every_module_about_one_principal_has_a_query_and_no_other():
    assert set(QUERIES) == {PREFIX + module for module in MODULES if about_one_principal(module)}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_result_counts_as_the_principal_it_is_about(name: str):
    module = name.removeprefix(PREFIX)
    (node,) = nodes(module, sample(module))
    account_id = node["canonical_facts"]["account_id"]
    assert node["name"] == node["canonical_facts"]["arn"]
    assert node["name"].startswith(f"arn:aws:iam::{account_id}:role/")
    assert node["facts"] == {"infra_type": "PublicCloud", "infra_bucket": "Security", "device_type": "IAM role"}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_what_failed_or_found_no_principal_counts_as_none(name: str):
    module = name.removeprefix(PREFIX)
    absent = sample(module) | {"exists": False}
    if "principal_policies" in absent:
        absent["principal_policies"] = absent["principal_policies"] | {"exists": False}
    assert nodes(module, absent) == []
    assert nodes(module, {"failed": True, "msg": "AccessDenied"}) == []
