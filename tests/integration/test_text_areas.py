# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists as a survey's text area hands them over: one text, line by line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, dump

HOSTS = ("no-role", "no-backup-trust")
TYPED = {
    "restore_access_appliance_principals": f" {cases.APPLIANCE_ARN}\r\n\r\n",
    "restore_access_service_principals": "backup.amazonaws.com\n",
    "restore_access_permissions_scope": "scoped",
    "restore_access_regions": "eu-west-1, eu-central-1\n",
    "restore_access_tables": "orders\ncustomers\n",
}


def test_what_was_typed_line_by_line_is_a_list(enforced: Organization, tmp_path: Path):
    arguments = ["--limit", ",".join((*HOSTS, "localhost")), "-e", json.dumps(TYPED)]
    run = playbook.run(enforced, "converge", tmp_path / "run", *arguments)
    assert run.statuses == dict.fromkeys(HOSTS, "converged"), run.output
    roles = dump(enforced.server, enforced.account(HOSTS[0]).account_id)["roles"]
    trusted = [statement["Principal"] for statement in roles[cases.RESTORE_ROLE]["trust"]["Statement"]]
    assert {"AWS": cases.APPLIANCE_ARN} in trusted
    assert {"Service": "backup.amazonaws.com"} in trusted
    again = playbook.run(enforced, "drift_report", tmp_path / "again", *arguments)
    assert again.statuses == dict.fromkeys(HOSTS, "compliant"), again.output
