# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The emulators, started once, and a fresh organization for each test module that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator import archive, server
from tests.emulator.organization import Organization, build

# Each file runs on one of two processors. Those that take longest begin, so that neither waits for the other at the end.
LONGEST = (
    "test_parity",
    "test_awx_workflow",
    "test_recipes",
    "test_organization",
    "test_bad_days",
    "test_ends",
    "test_installed_collection",
    "test_fleet_at_once",
    "test_operator_playbooks",
    "test_storm",
    "test_report_run",
    "test_faults",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session")
def ministack() -> Iterator[server.Server]:
    with server.ministack() as running:
        yield running


@pytest.fixture(scope="session")
def moto() -> Iterator[server.Server]:
    with server.moto() as running:
        yield running


# What moto does otherwise is tried by the files that ask for it; the same once more on moto is for `make soak`.
@pytest.fixture(scope="module", params=["ministack", pytest.param("moto", marks=pytest.mark.soak)])
def organization(request: pytest.FixtureRequest) -> Organization:
    """The sample organization, freshly built, on either emulator."""
    running: server.Server = request.getfixturevalue(request.param)
    running.reset()
    return build(running)


@pytest.fixture(scope="module")
def enforced(ministack: server.Server) -> Organization:
    """The sample organization, freshly built, where IAM is enforced."""
    ministack.reset()
    return build(ministack)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with nothing but the collection, as `ansible-galaxy` builds and installs it."""
    return archive.install(tmp_path_factory.mktemp("installed"))
