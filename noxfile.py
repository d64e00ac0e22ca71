# /// script
# dependencies = ["antsibull-nox>=1.10", "nox>=2025.2.9"]
# ///
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""For those who know nox: the sessions of antsibull-nox, by antsibull-nox.toml, and the targets of the Makefile, which is what counts."""

from __future__ import annotations

import antsibull_nox
import nox

antsibull_nox.load_antsibull_nox_toml()


@nox.session(python=False, default=False)
def make(session: nox.Session) -> None:
    """A target of the Makefile: ``nox -e make -- unit``."""
    session.run("make", *(session.posargs or ["test"]), external=True)


if __name__ == "__main__":
    nox.main()
