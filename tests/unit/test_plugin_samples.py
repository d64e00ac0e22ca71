# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that is documented as returned has a sample, and what lookups and filters return is exactly theirs.

The samples of the modules are compared in test_return_samples.py, test_verify_samples.py, organization/test_documentation.py
and report/test_module_documentation.py, those of the organization's filters in organization/test_documentation.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.filter import fleet
from ansible_collections.cloudrestore.aws.plugins.lookup import operator_policy, restore_template
from ansible_collections.cloudrestore.aws.plugins.module_utils._version import VERSION

from tests.emulator import examples

REFUSED = {"failed": True, "msg": "Account 111122223333: no complete AWS credentials were found."}
HOSTVARS = {"orders": {"account_id": "111122223333", "restore_access_result": REFUSED}}
HOSTS = ["orders"]
WAVES = {
    **{"order": ["orders", "billing", "payments"], "hosts": "", "waves": [1, 2], "stop_after": "1", "max_changes": ""},
    **{"begun": 0, "wrong": 0, "line": "", "stopped": ""},
}
GIVES_BACK = [path for path in examples.files() if path.parent.name not in ("inventory", "callback")]


def returned(name: str) -> dict[str, Any]:
    (path,) = [file for file in examples.files() if file.stem == name]
    documented: dict[str, Any] = yaml.safe_load(examples.documentation(path, "RETURN"))
    return documented


@pytest.mark.parametrize("path", GIVES_BACK, ids=lambda path: path.stem)
def test_what_is_returned_has_a_sample(path: Path):
    entries = returned(path.stem)
    assert entries
    assert [name for name, entry in entries.items() if "sample" not in entry] == []


def a_report() -> dict[str, Any]:
    report = fleet.fleet_report(HOSTS, HOSTVARS)
    assert report["collection_version"] == VERSION
    # The sample was taken at a time of its own, and by its own version.
    return {**report, "generated_at": "2026-01-31T12:00:00Z", "collection_version": "0.1.0"}


def a_template() -> list[dict[str, Any]]:
    appliance = "arn:aws:iam::444455556666:role/VeeamImpersonation"
    given = {"permission_sets": ["aws_encrypted_vault"], "appliance_principals": [appliance]}
    return list(restore_template.LookupModule().run(["documents"], {}, name="VeeamDynamoDBRestore", **given))


PRODUCED: dict[str, Callable[[], Any]] = {
    "operator_policy": lambda: operator_policy.LookupModule().run(["check"], {}),
    "restore_template": a_template,
    "fleet_report": a_report,
    "fleet_plans": lambda: fleet.fleet_plans(HOSTS, HOSTVARS),
    "fleet_results": lambda: fleet.fleet_results(HOSTS, HOSTVARS),
    "fleet_table": lambda: fleet.fleet_table(a_report()),
    "fleet_wave": lambda: fleet.fleet_wave(WAVES, HOSTVARS),
    "fleet_refusal": lambda: fleet.fleet_refusal(HOSTS, HOSTVARS, 0),
}


@pytest.mark.parametrize("name", PRODUCED)
def test_the_sample_is_what_the_code_produces(name: str):
    (entry,) = returned(name).values()
    assert json.loads(json.dumps(PRODUCED[name]())) == entry["sample"]
