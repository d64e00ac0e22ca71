# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One finding: something that somebody should look at, with its severity, its place and its remedy."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.results import FindingName, FindingResult, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """``layer``, ``policy`` (ARN or inline name, empty for the trust policy) and ``statement`` (Sid or ``#index``): where.

    ``message``: what was found, in a sentence that names the place. ``remedy``: what to do. ``statement_sha256``: of what the
    statement says, so that nobody takes a later one under its name for it; empty where there is none.
    """

    finding: FindingName
    severity: Severity
    layer: str
    policy: str
    statement: str
    message: str
    remedy: str
    statement_sha256: str = ""

    def as_dict(self) -> FindingResult:
        return {
            "finding": self.finding,
            "severity": self.severity,
            "layer": self.layer,
            "policy": self.policy,
            "statement": self.statement,
            "message": self.message,
            "remedy": self.remedy,
            "statement_sha256": self.statement_sha256,
        }
