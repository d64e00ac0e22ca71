# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is documented of restore_role_report is what it takes and what it returns."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build
from ansible_collections.cloudrestore.aws.plugins.modules import restore_role_report

from tests.unit.report import fleets

OPTIONS = yaml.safe_load(restore_role_report.DOCUMENTATION)["options"]
RETURNED = yaml.safe_load(restore_role_report.RETURN)
KEYS = ("type", "elements", "choices", "default", "required")


def facts(option: dict[str, Any], inner: str) -> dict[str, Any]:
    documented = {key: option[key] for key in KEYS if option.get(key)}
    return documented | {name: facts(suboption, inner) for name, suboption in option.get(inner, {}).items()}


def test_the_options_are_those_that_are_taken():
    assert {name: facts(option, "suboptions") for name, option in OPTIONS.items()} == {
        name: facts(option, "options") for name, option in build.ARGUMENT_SPEC.items()
    }


def scene() -> dict[str, Any]:
    results = [
        {"host": "edge", "account_id": "333344445555"},
        {"host": "orders", "result": fleets.no_backup_trust()},
        {"host": "payments", "result": fleets.of(fleets.compliant(), "222233334444")},
    ]
    given = fleets.params(results=results, directory="/srv/reports", name="drift_report")
    return build.build(given, fleets.VERSION, fleets.WHEN).returned()


@pytest.mark.parametrize("key", sorted(RETURNED))
def test_the_sample_is_what_the_code_produces(key: str):
    assert scene()[key] == RETURNED[key]["sample"]


def test_nothing_is_returned_that_is_not_documented():
    assert set(scene()) == set(RETURNED)
