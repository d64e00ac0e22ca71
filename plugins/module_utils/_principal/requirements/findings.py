# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore does not fail on, or not yet, but somebody should look at. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..._policy.verdicts import Decision
from ..model.results import SEVERITIES
from ..model.state import Desired, Observed
from . import digest, permission_findings, trust_findings
from .finding import Finding


def by_severity(observed: Observed, desired: Desired, decisions: Sequence[Decision]) -> list[Finding]:
    """All of them, the most severe first. ``decisions``: on the same state, as verify makes them."""
    permissions = permission_findings.of_permissions(observed, desired, decisions)
    findings = [*of_trust(observed, desired), *(digest.signed(finding, observed) for finding in permissions)]
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def of_trust(observed: Observed, desired: Desired) -> list[Finding]:
    """Those of the trust policy, in its order; then whether it is known what those who may assume the role can do."""
    if not (desired.present and observed.exists):
        return []
    found = [*trust_findings.of_trust_policy(observed, desired), *permission_findings.of_privileges(observed, desired)]
    return [digest.signed(finding, observed) for finding in found]
