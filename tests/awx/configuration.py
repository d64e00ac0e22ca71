# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The configuration data of extensions/aap_configuration as infra.aap_configuration would see it: read and templated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from tests.core import templates
from tests.emulator.server import ROOT

DIRECTORY = ROOT / "extensions" / "aap_configuration"
PATTERN = ROOT / "extensions" / "patterns" / "restore_access"

# Kind → the module of awx.awx by which infra.aap_configuration makes an object of it.
MODULES = {
    "controller_credential_types": "credential_type",
    "controller_credentials": "credential",
    "controller_execution_environments": "execution_environment",
    "controller_inventories": "inventory",
    "controller_inventory_sources": "inventory_source",
    "controller_notifications": "notification_template",
    "controller_projects": "project",
    "controller_schedules": "schedule",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
}

Item = dict[str, Any]


@dataclass(frozen=True)
class Configuration:
    """``kinds``: kind → the objects of it, by name."""

    kinds: Mapping[str, Mapping[str, Item]]

    def named(self, kind: str, name: str) -> Item:
        return self.kinds[kind][name]

    @property
    def templates(self) -> Mapping[str, Item]:
        return self.kinds["controller_templates"]

    @property
    def workflows(self) -> Mapping[str, Item]:
        return self.kinds["controller_workflows"]


def load(**yours: Any) -> Configuration:
    """``yours``: values in place of those of yours.yml."""
    loader = DataLoader()
    variables: dict[str, Any] = {}
    for path in sorted(DIRECTORY.glob("*.yml")):
        variables |= templates(loader, path)
    templar = Templar(loader, variables | yours)
    kinds = {kind: templar.template(variables[kind]) for kind in MODULES}
    return Configuration({kind: {item["name"]: _plain(item) for item in items} for kind, items in kinds.items()})


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


def files() -> list[Path]:
    return sorted(DIRECTORY.glob("*.yml"))


def pattern() -> Item:
    content: Item = json.loads((PATTERN / "meta" / "pattern.json").read_text())
    return content
