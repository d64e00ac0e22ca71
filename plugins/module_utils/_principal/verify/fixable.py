# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which requirements a run of restore_role with the same options would fix, by the plan that it would make. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from ..._policy.errors import CollectionError
from ..._policy.verdicts import Decision
from ..model.own_policies import number_of
from ..model.state import Desired, Limits, Observed, OwnPolicy, PolicyVersion
from ..plan.plan import plan
from ..plan.predict import after
from ..plan.quotas import violations
from .decisions import all_decisions, is_drift
from .outside_policies import OutsidePolicies

# The requirement, and whom it is about.
_About: TypeAlias = tuple[str, str]
_ONE_VERSION = (PolicyVersion("v1", True),)


def about(decision: Decision) -> _About:
    return decision.requirement, decision.subject


def fixed_by_a_run(
    observed: Observed, desired: Desired, outside: OutsidePolicies, drift: Iterable[Decision]
) -> frozenset[_About]:
    """Those of ``drift`` that are met in the state that the plan leads to. None where there is no plan."""
    unmet = frozenset(map(about, drift))
    if not unmet:
        return unmet
    # A run of restore_role reads no tags of resources.
    read = replace(_with_own_policies(observed, desired), resource_tags={})
    limits = Limits()
    try:
        operations = plan(read, desired, limits)
    except CollectionError:
        return frozenset()
    future = replace(after(read, operations), resource_tags=observed.resource_tags)
    if violations(future, operations, limits):
        return frozenset()
    return unmet - {about(decision) for decision in all_decisions(future, desired, outside) if is_drift(decision)}


def _with_own_policies(observed: Observed, desired: Desired) -> Observed:
    """A verification reads no versions. Those of a policy of ours decide nothing here but that there is one."""
    if observed.own_policies:
        return observed
    names = (desired.policy_name, desired.former_policy_name)
    own = [policy for policy in observed.attached if any(number_of(policy.name, name) for name in names)]
    return replace(observed, own_policies=tuple(OwnPolicy(replace(policy, versions=_ONE_VERSION)) for policy in own))
