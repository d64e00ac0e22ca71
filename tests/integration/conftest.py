# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The emulators, started once, and a fresh organization for each test module that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator import archive, server
from tests.emulator.organization import Organization, build


@pytest.fixture(scope="session")
def ministack() -> Iterator[server.Server]:
    with server.ministack() as running:
        yield running


@pytest.fixture(scope="session")
def moto() -> Iterator[server.Server]:
    with server.moto() as running:
        yield running


@pytest.fixture(scope="module", params=["ministack", "moto"])
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
