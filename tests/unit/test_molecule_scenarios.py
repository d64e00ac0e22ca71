# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Molecule scenarios: each has accounts of its own, and ends with assertions on what is really there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.emulator import cases, for_molecule

FOLDER = Path(__file__).parents[2] / "extensions" / "molecule"


def test_each_scenario_has_accounts_of_its_own():
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders == {*for_molecule.SCENARIOS, "default"}
    ids = [account.account_id for scenario in for_molecule.SCENARIOS for account in for_molecule.accounts(scenario)]
    assert len(ids) == len(set(ids))
    assert not {account.account_id for account in cases.ACCOUNTS} & set(ids)


@pytest.mark.parametrize("scenario", for_molecule.SCENARIOS)
def test_each_scenario_reads_the_accounts_and_asserts(scenario: str):
    sequence = yaml.safe_load((FOLDER / scenario / "molecule.yml").read_text())["scenario"]["test_sequence"]
    assert sequence[0] == "create"
    assert sequence[-2:] == ["verify", "destroy"]
    tasks = [task for play in yaml.safe_load((FOLDER / scenario / "verify.yml").read_text()) for task in play["tasks"]]
    used = {name for task in tasks for name in task}
    assert "ansible.builtin.assert" in used
    assert [name for name in used if name.startswith("amazon.aws.iam_") and name.endswith("_info")]
