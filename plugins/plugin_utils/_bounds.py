# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bounds as the controller has them: of its own environment, and of the section cloudrestore_aws of ansible.cfg.

Both belong to the process of ansible-playbook. The keyword environment: of a play reaches modules only, and no variable of
an inventory, a survey or the command line reaches either. Of files, that of the machine holds beside the one that Ansible
takes, so that an ansible.cfg beside a playbook cannot do away with it.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ansible import constants

from ..module_utils._errors import OptionError
from ..module_utils._options.bounds import ENVIRONMENT, NAMES, SECTION, Bound, Source, bounds

OF_THE_MACHINE = "/etc/ansible/ansible.cfg"


@cache
def held() -> tuple[Bound, ...]:
    """Raises OptionError for a value, or a file, that cannot be read: it must not count as no bound."""
    return bounds([*_of_environment(), *_of_files()])


def _of_environment() -> Iterator[Source]:
    known = {f"{ENVIRONMENT}{name.upper()}": name for name in NAMES}
    for variable, name in known.items():
        if variable in os.environ:
            yield name, os.environ[variable], f"the environment variable {variable}"


def _of_files() -> Iterator[Source]:
    paths = dict.fromkeys(str(path) for path in (constants.CONFIG_FILE, OF_THE_MACHINE) if path)
    for path in paths:
        if not Path(path).is_file():
            continue
        # As Ansible reads it, but for interpolation, which a value has no use for.
        parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",), strict=False)
        try:
            parser.read(path, encoding="utf-8")
            section = dict(parser.items(SECTION)) if parser.has_section(SECTION) else {}
        except (configparser.Error, OSError, UnicodeError) as error:
            raise OptionError(f"{path} may contain bounds, but cannot be read: {error}. Nothing was done.") from None
        unknown = sorted(section.keys() - set(NAMES) - parser.defaults().keys())
        if unknown:
            raise OptionError(
                f"The section [{SECTION}] of {path} contains {unknown[0]}, which is not a bound. The bounds are "
                f"{', '.join(NAMES)}. Nothing was done."
            )
        for name in NAMES:
            if name in section:
                yield name, section[name], f"the section [{SECTION}] of {path}"
