# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where an error comes from, for those of the SDK that their class does not tell."""

from __future__ import annotations

from collections.abc import Iterator


def modules(error: BaseException) -> Iterator[str]:
    """The names of the modules that an error went through, from where it was caught to where it was raised."""
    trace = error.__traceback__
    while trace is not None:
        yield str(trace.tb_frame.f_globals.get("__name__", ""))
        trace = trace.tb_next
