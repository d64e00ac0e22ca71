# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results of accounts in files: they come back whole, and nothing else is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible_collections.cloudrestore.aws.plugins.filter.fleet import fleet_report, fleet_results
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _kept

RESULT = {
    "changed": True,
    "changes": [{"operation": "CreateRole"}],
    "check_mode": True,
    "diff": [{"before": "a", "after": "b"}],
    "msg": "line\u2028line",
    "principal": {"account_id": "111122223333", "arn": "arn:aws:iam::111122223333:role/x"},
}
VERIFICATION = {"changed": False, "requirements": [], "findings": [], "msg": "two\nlines"}


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    return tmp_path


def test_what_is_kept_comes_back_whole(own_directory: Path):
    stays = _kept.keep({"result": RESULT, "verification": VERIFICATION}, diff=False)
    whole = _kept.kept(stays)
    assert whole is not None
    assert {part: json.loads(text) for part, text in whole.items()} == {"result": RESULT, "verification": VERIFICATION}
    (file,) = (own_directory / "cloudrestore").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_objects_of_ansible_s_own_are_no_hindrance():
    failed = {"failed": True, "msg": "no", "exception": object(), "warnings": [object()]}
    stays = _kept.keep({"result": failed, "verification": None}, diff=False)
    assert stays["exception"] is failed["exception"]
    whole = _kept.kept(stays)
    assert whole is not None
    assert json.loads(whole["result"])["msg"] == "no"


@pytest.mark.parametrize("diff", [True, False])
def test_what_stays_is_what_others_ask_for(diff: bool):
    stays = _kept.keep({"result": RESULT, "verification": None}, diff)
    expected = {"changed", "check_mode", "drifted", "msg", "principal", "kept_in"}
    assert set(stays) == expected | ({"diff"} if diff else set())


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"changed": True},
        {"kept_in": "../secret"},
        {"kept_in": "0" * 32},
        {"kept_in": ["0" * 32]},
        "text",
        [1],
    ],
)
def test_what_nobody_kept_is_not_read(own_directory: Path, result: Any):
    (own_directory / "secret").write_text("result {}\n")
    assert _kept.kept(result) is None


def test_the_filters_find_it():
    stays = _kept.keep({"result": RESULT, "verification": VERIFICATION}, diff=False)
    hostvars = {"orders": {"account_id": "111122223333", "restore_access_result": stays}}
    (kept,) = fleet_results(["orders"], hostvars)
    (whole,) = fleet_results(
        ["orders"],
        {"orders": {**hostvars["orders"], "restore_access_result": {**RESULT, "verification": VERIFICATION}}},
    )
    assert {part: json.loads(kept[part]) for part in ("result", "verification")} == {
        part: json.loads(whole[part]) for part in ("result", "verification")
    }
    (entry,) = fleet_report(["orders"], hostvars)["accounts"]
    assert [change["operation"] for change in entry["changes"]] == ["CreateRole"]


@pytest.mark.parametrize("of", [["result"], ["verification"]])
def test_of_it_only_what_the_report_is_about_is_taken(of: list[str]):
    stays = _kept.keep({"result": RESULT, "verification": VERIFICATION}, diff=False)
    variable = "restore_access_result" if of == ["result"] else "restore_access_verification"
    (account,) = fleet_results(["orders"], {"orders": {variable: stays}}, "drift_report", of)
    assert [part for part in ("result", "verification") if part in account] == of
