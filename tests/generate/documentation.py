# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of a module or plugin as ansible-doc puts them together, those of amazon.aws left out."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import yaml

OWN = "cloudrestore.aws."
_FRAGMENTS = "ansible_collections.cloudrestore.aws.plugins.doc_fragments"


def options_of(documentation: str) -> dict[str, dict[str, Any]]:
    """By their names, with those of this collection's fragments. ``documentation``: the plugin's DOCUMENTATION."""
    own: Mapping[str, Any] = yaml.safe_load(documentation)
    options = dict(own.get("options") or {})
    for name in own.get("extends_documentation_fragment") or []:
        if name.startswith(OWN):
            fragment, _dot, section = name.removeprefix(OWN).partition(".")
            fragment_class = importlib.import_module(f"{_FRAGMENTS}.{fragment}").ModuleDocFragment
            options |= yaml.safe_load(getattr(fragment_class, section.upper() or "DOCUMENTATION"))["options"]
    return options


def paragraphs(description: str | list[str]) -> list[str]:
    """Each on one line, wherever the source breaks it."""
    return [" ".join(text.split()) for text in ([description] if isinstance(description, str) else description)]
