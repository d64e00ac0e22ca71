# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A workflow run from its data: nodes, edges and conditions are those of the configuration, the rules are those of AWX.

A node runs once every parent is finished or will never run, if the way one of them ended leads to it. A job gets what all
jobs before it handed on; of two values with one name it gets the later. A sliced job is a workflow of its slices. A
workflow has failed if a node failed and no edge leads on from there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.awx import job
from tests.awx.configuration import Item
from tests.awx.job import Controller, Job, Launch

SUCCESSFUL, FAILED = "successful", "failed"
EDGES = {SUCCESSFUL: ("success_nodes", "always_nodes"), FAILED: ("failure_nodes", "always_nodes")}
AT_ONCE = 2


@dataclass
class Ran:
    """A node after its turn. ``jobs``: one, the slices of one, or none for an approval. ``inherited``: from before it."""

    status: str
    jobs: list[Job] = field(default_factory=list)
    inherited: dict[str, Any] = field(default_factory=dict)

    @property
    def artifacts(self) -> dict[str, Any]:
        arguments = dict(self.inherited)
        for done in self.jobs:
            arguments.update(done.artifacts)
        return arguments


@dataclass
class Run:
    """A workflow after its end. ``nodes``: what ran, in order. ``told``: notifications, as (name, of what)."""

    nodes: dict[str, Ran]
    status: str
    told: list[tuple[str, str]]

    @property
    def jobs(self) -> list[Job]:
        return [job for ran in self.nodes.values() for job in ran.jobs]

    @property
    def path(self) -> list[tuple[str, str]]:
        return [(name, ran.status) for name, ran in self.nodes.items()]


@dataclass
class _Walk:
    controller: Controller
    workflow: Item
    answers: Mapping[str, Any]
    approve: Callable[[Mapping[str, Any]], bool]
    numbers: Iterator[int]
    number: int

    @property
    def nodes(self) -> dict[str, Item]:
        return {node["identifier"]: node for node in self.workflow["simplified_workflow_nodes"]}

    def parents(self, name: str) -> list[str]:
        return [parent for parent, node in self.nodes.items() if name in itertools.chain(*_edges(node).values())]

    def next(self, ran: Mapping[str, Ran], never: set[str]) -> str | None:
        """The next node to run. Adds those that never will to ``never``."""
        for name in self.nodes:
            parents = self.parents(name)
            if name in ran or name in never or not all(parent in ran or parent in never for parent in parents):
                continue
            if not parents or any(
                name in _led_to(self.nodes[parent], ran[parent].status) for parent in parents if parent in ran
            ):
                return name
            never.add(name)
            return self.next(ran, never)
        return None

    def take(self, name: str, ran: Mapping[str, Ran]) -> Ran:
        inherited: dict[str, Any] = {}
        for parent in (ran[parent] for parent in self.parents(name) if parent in ran):
            inherited |= parent.artifacts
        node = self.nodes[name]
        if "approval_node" in node:
            return Ran(SUCCESSFUL if self.approve(inherited) else FAILED, [], inherited)
        jobs = self.work(node, inherited)
        return Ran(SUCCESSFUL if all(job.ended_well for job in jobs) else FAILED, jobs, inherited)

    def work(self, node: Item, inherited: Mapping[str, Any]) -> list[Job]:
        template = node["unified_job_template"]
        # As many slices as there are hosts at most.
        count = min(int(node.get("job_slice_count", 1)), len(self.controller.hosts))
        # Slices are the jobs of a workflow job of their own.
        of = next(self.numbers) if count > 1 else self.number
        workflow = {"awx_workflow_job_id": of, "tower_workflow_job_id": of}
        variables = {**node.get("extra_data", {}), **inherited, **job.asked(self.workflow), **self.answers, **workflow}
        launches = [
            Launch(template, next(self.numbers), variables=variables, piece=(number, count))
            for number in range(1, count + 1)
        ]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda launch: job.run(self.controller, launch), launches))

    def failed(self, ran: Mapping[str, Ran]) -> bool:
        return any(visit.status == FAILED and not _led_to(self.nodes[name], FAILED) for name, visit in ran.items())

    def told(self, ran: Mapping[str, Ran], status: str) -> Iterator[tuple[str, str]]:
        """Every notification that AWX sends: of jobs, of approvals, of the workflow's end."""
        kinds = {SUCCESSFUL: "notification_templates_success", FAILED: "notification_templates_error"}
        for name, visit in ran.items():
            node = self.nodes[name]
            about = (
                {} if "approval_node" in node else self.controller.configuration.templates[node["unified_job_template"]]
            )
            yield from ((who, name) for who in about.get(kinds[visit.status], ()))
            if "approval_node" in node:
                yield from ((who, name) for who in self.workflow.get("notification_templates_approvals", ()))
        yield from ((who, "workflow") for who in self.workflow.get(kinds[status], ()))


def _edges(node: Item) -> dict[str, Sequence[str]]:
    return {kind: node.get(kind, ()) for kind in ("success_nodes", "failure_nodes", "always_nodes")}


def _led_to(node: Item, status: str) -> list[str]:
    return [successor for kind in EDGES[status] for successor in node.get(kind, ())]


def follow(
    controller: Controller,
    name: str,
    approve: Callable[[Mapping[str, Any]], bool],
    *,
    answers: Mapping[str, Any] | None = None,
    first_job: int = 101,
) -> Run:
    """Run the workflow ``name`` to its end. ``approve``: gets the artifacts so far."""
    numbers = itertools.count(first_job)
    workflow = controller.configuration.workflows[name]
    walk = _Walk(controller, workflow, answers or {}, approve, numbers, next(numbers))
    ran: dict[str, Ran] = {}
    never: set[str] = set()
    while (node := walk.next(ran, never)) is not None:
        ran[node] = walk.take(node, ran)
    status = FAILED if walk.failed(ran) else SUCCESSFUL
    return Run(ran, status, list(walk.told(ran, status)))
