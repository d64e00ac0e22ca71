# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The markup of Ansible's documentation: references of a module's options as references of the role's, and all of it as Markdown."""

from __future__ import annotations

import re
from collections.abc import Collection

from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role

ROLE = "cloudrestore.aws.restore_access"
# Whose options are the role's variables: the module that is documented, and both by their names.
_MODULES = (None, "cloudrestore.aws.restore_role#module", "cloudrestore.aws.restore_role_verify#module")
_OPTION = re.compile(r"\bO\((?:(?P<plugin>[a-z0-9_.]+#[a-z]+):)?(?P<shown>(?P<name>[a-z0-9_]+)[^)]*)\)")
_RETURNED = re.compile(r"\bRV\(([^)#]*)\)")
_MARKUP = re.compile(r"\b(RV|[A-Z])\(([^)]*)\)")
_GUIDE = "ansible_collections.cloudrestore.aws.docsite."
_GUIDES = "https://github.com/cloudrestore/cloudrestore.aws/blob/main/docs/docsite/rst"


def of_the_role(text: str, module: str, entry: Collection[str]) -> str:
    """A paragraph of ``module`` in an entry point with the variables ``entry``. Raises ValueError for an option that the role does not have."""

    def option(found: re.Match[str]) -> str:
        if found["plugin"] not in _MODULES:
            return found[0]
        variable = role.PREFIX + found["name"]
        if variable in entry:
            return f"O({role.PREFIX}{found['shown']})"
        if variable in role.NAMES:
            return f"O({ROLE}#role:main:{role.PREFIX}{found['shown']})"
        raise ValueError(f"{found[0]} is no option of the role. Say in its source what to read in place of it: {text}")

    # What the module returns is no variable of the role; the reader finds it at the module.
    return _OPTION.sub(option, _RETURNED.sub(rf"RV({module}#module:\1)", text))


def markdown(text: str) -> str:
    """The paragraph as a cell of a table takes it."""

    def plain(found: re.Match[str]) -> str:
        kind, content = found.groups()
        if kind in ("O", "RV"):
            name, equals, value = content.partition("=")
            name = name.rpartition(":")[2]
            content = f"{name}: {value}" if equals else name
        elif kind == "M":
            content = content.rpartition(".")[2]
        elif kind == "P":
            content = content.partition("#")[0]
        elif kind == "R" and _GUIDE in content:
            title, label = content.split(", ")
            return f"[{title}]({_GUIDES}/{label.removeprefix(_GUIDE)}.rst)"
        elif kind not in ("V", "C"):
            raise ValueError(f"{found[0]}: no Markdown is known for it.")
        return f"`{content}`"

    return _MARKUP.sub(plain, text).replace("|", r"\|")
