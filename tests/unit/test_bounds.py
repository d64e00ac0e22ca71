# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bounds of the controller: what they take, that each only narrows the others, and what goes beyond them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import bounds
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _bounds

from tests.unit.principal import worlds
from tests.unit.report import fleets

ACCOUNTS, SERVICES = "allowed_appliance_accounts", "allowed_services"
OPTIONS: dict[str, Any] = {
    "state": "present",
    "principal_type": "role",
    "appliance_principals": [worlds.APPLIANCE],
    "service_principals": ["backup.amazonaws.com"],
}


def refused(options: dict[str, Any], *sources: tuple[str, str]) -> str:
    """The message, empty if every bound is kept."""
    try:
        bounds.check(OPTIONS | options, bounds.bounds([(name, value, "a test") for name, value in sources]))
    except OptionError as error:
        return error.message
    return ""


@pytest.mark.parametrize(
    ("options", "source"),
    [
        ({}, (ACCOUNTS, "444455556666")),
        ({}, (ACCOUNTS, " 555566667777 , 444455556666\n")),
        ({}, (ACCOUNTS, "")),
        ({"appliance_principals": ["444455556666"]}, (ACCOUNTS, "444455556666")),
        ({"appliance_principals": None}, (ACCOUNTS, "none")),
        ({}, (SERVICES, "Backup.amazonaws.com,ec2.amazonaws.com")),
        ({"service_principals": []}, (SERVICES, "none")),
        ({"state": "absent"}, (ACCOUNTS, "555566667777")),
        ({"principal_type": "user"}, (SERVICES, "none")),
        ({"allow_widening": True}, ("allow_widening", "true")),
        ({"allow_widening": True}, ("allow_privileged", "false")),
        ({"allow_widening": False}, ("allow_widening", "No")),
    ],
)
def test_what_keeps_to_the_bounds(options: dict[str, Any], source: tuple[str, str]):
    assert refused(options, source) == ""


@pytest.mark.parametrize(
    ("options", "source", "said"),
    [
        ({}, (ACCOUNTS, "555566667777"), f"appliance_principals contains {worlds.APPLIANCE}"),
        ({}, (ACCOUNTS, "none"), "allowed_appliance_accounts is none"),
        ({"appliance_principals": ["444455556666"]}, (ACCOUNTS, "444455556667"), "contains 444455556666"),
        (
            {"appliance_principals": [worlds.APPLIANCE, "arn:aws:iam::666677778888:root"]},
            (ACCOUNTS, "444455556666"),
            "contains arn:aws:iam::666677778888:root",
        ),
        ({}, (SERVICES, "ec2.amazonaws.com"), "service_principals contains backup.amazonaws.com"),
        ({"allow_widening": True}, ("allow_widening", "false"), "allow_widening is set"),
        ({"allow_widening": True, "state": "absent"}, ("allow_widening", "0"), "allow_widening is false"),
        ({"allow_privileged": True}, ("allow_privileged", "off"), "allow_privileged is set"),
        ({"accepted_risks": [1]}, ("allow_accepted_risks", "no"), "accepted_risks is set"),
        ({"context": {"aws:SourceIp": "1.2.3.4"}}, ("allow_stated_facts", "no"), "context is set"),
    ],
)
def test_what_goes_beyond_a_bound_is_refused(options: dict[str, Any], source: tuple[str, str], said: str):
    """It says by whom the bound was set."""
    message = refused(options, source)
    assert said in message
    assert "set by a test" in message


def test_several_sources_all_hold():
    assert refused({}, (ACCOUNTS, "444455556666"), (ACCOUNTS, "444455556666,555566667777")) == ""
    assert "is 555566667777" in refused({}, (ACCOUNTS, "444455556666"), (ACCOUNTS, "555566667777"))
    assert refused({"allow_widening": True}, ("allow_widening", "true"), ("allow_widening", "false"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (ACCOUNTS, "4444"),
        (ACCOUNTS, "*"),
        (ACCOUNTS, "none,444455556666"),
        (SERVICES, "backup"),
        ("allow_widening", "never"),
    ],
)
def test_a_value_that_cannot_be_read_is_no_absent_bound(name: str, value: str):
    with pytest.raises(OptionError, match=f"The bound {name}, set by a test"):
        bounds.bounds([(name, value, "a test")])


@pytest.fixture
def controller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty ansible.cfg, and one of the machine that is not there."""
    path = tmp_path / "ansible.cfg"
    path.write_text("[defaults]\n")
    monkeypatch.setattr(constants, "CONFIG_FILE", str(path))
    monkeypatch.setattr(_bounds, "OF_THE_MACHINE", str(tmp_path / "machine.cfg"))
    _bounds.held.cache_clear()
    yield path
    _bounds.held.cache_clear()


def test_environment_and_files_all_hold(controller: Path, monkeypatch: pytest.MonkeyPatch):
    """That of the machine as well, whatever file Ansible takes."""
    monkeypatch.setenv("CLOUDRESTORE_ALLOWED_APPLIANCE_ACCOUNTS", "444455556666")
    monkeypatch.setenv("CLOUDRESTORE_ALLOW_PRIVILEGED", "")
    controller.write_text(
        "[cloudrestore_aws]\nallowed_services = backup.amazonaws.com ; and no other\nallow_widening = 100%\n"
    )
    with pytest.raises(OptionError, match="allow_widening"):
        _bounds.held()
    controller.write_text("[cloudrestore_aws]\nallowed_services = backup.amazonaws.com ; and no other\n")
    machine = controller.with_name("machine.cfg")
    machine.write_text("[cloudrestore_aws]\nallow_widening = false\n")
    assert [bound.as_dict() for bound in _bounds.held()] == [
        {
            "bound": ACCOUNTS,
            "value": "444455556666",
            "source": "the environment variable CLOUDRESTORE_ALLOWED_APPLIANCE_ACCOUNTS",
        },
        {
            "bound": SERVICES,
            "value": "backup.amazonaws.com",
            "source": f"the section [cloudrestore_aws] of {controller}",
        },
        {"bound": "allow_widening", "value": "false", "source": f"the section [cloudrestore_aws] of {machine}"},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[cloudrestore_aws]\nallowed_apliance_accounts = 444455556666\n",
            "contains allowed_apliance_accounts, which is not a bound",
        ),
        ("[cloudrestore_aws\nallow_widening = false\n", "may contain bounds, but cannot be read"),
    ],
)
def test_a_file_that_cannot_be_understood_is_no_absent_bound(controller: Path, text: str, said: str):
    controller.write_text(text)
    with pytest.raises(OptionError, match=said):
        _bounds.held()


def test_every_report_shows_the_bounds_that_held():
    """Each form, and the summary; the page says so too where there are none."""
    held = [bound.as_dict() for bound in bounds.bounds([(ACCOUNTS, "444455556666", "a test")])]
    results = [{"host": "one", "result": fleets.compliant()}]
    built = fleets.build.build(fleets.params(results=results), fleets.VERSION, fleets.WHEN, held)
    said = "Bound: allowed_appliance_accounts is 444455556666, set by a test"
    assert built.report["bounds"] == held
    assert built.returned()["summary"]["bounds"] == [said]
    assert said in built.returned()["lines"]
    for name in ("html", "json"):
        assert b"444455556666" in fleets.build.render(name, built.report, [])
    assert b"allowed\\_appliance\\_accounts is 444455556666" in fleets.build.render("markdown", built.report, [])
