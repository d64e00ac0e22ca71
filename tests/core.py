# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files as Ansible reads them, on every ansible-core that the collection runs on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.conditional import Conditional
from ansible.template import Templar
from ansible_collections.cloudrestore.aws.plugins.plugin_utils._core import trust_as_template

# What every task has: from 2.19 on it is no variable.
OF_EVERY_TASK = {} if trust_as_template else {"omit": "__omit_place_holder__0"}


def templates(loader: DataLoader, path: Path) -> Any:
    """The content of a file whose texts are templates, as those of a playbook and of variables beside it are."""
    trust = {"trusted_as_template": True} if trust_as_template else {}
    return loader.load_from_file(str(path), **trust)


def trusted(value: Any) -> Any:
    """As the loader marks what stands in a play."""
    return trust_as_template(value) if trust_as_template and isinstance(value, str) else value


def holds(loader: DataLoader, condition: str, variables: Mapping[str, Any]) -> bool:
    """Whether a condition of a play does."""
    templar = Templar(loader, dict(variables))
    if trust_as_template:
        return bool(templar.evaluate_conditional(condition))
    one = Conditional(loader=loader)
    one.when = [condition]
    return bool(one.evaluate_conditional(templar, templar.available_variables))
