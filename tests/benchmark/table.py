# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measurements as Markdown: medians, ratios, and the marks that they are held against."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmark.contenders import CHECK, CONTENDERS, JOBS
from tests.benchmark.link import Link
from tests.benchmark.measure import Cost

# For the drift check, at the sizes that the marks name.
_CPU_AGAINST_RECIPE, _WALL_AGAINST_RECIPE, _CPU_AGAINST_FLOOR, _MEMORY = 15.0, 10.0, 3.5, 250.0
# Of one task, as far away with TLS as without.
_TLS = 1.3


@dataclass(frozen=True)
class Median:
    """``cpu``, ``wall``: seconds for all accounts; ``memory``: MB; ``calls``: per account."""

    cpu: float
    wall: float
    memory: float
    calls: float


Key = tuple[str, int, str]


def medians(costs: dict[Key, list[Cost]], calls: dict[tuple[str, str], float]) -> dict[Key, Median]:
    """By (job, accounts, contender)."""
    return {
        (job, accounts, who): Median(
            statistics.median(run.cpu for run in costs_of_runs),
            statistics.median(run.wall for run in costs_of_runs),
            statistics.median(run.memory for run in costs_of_runs),
            calls[job, who],
        )
        for (job, accounts, who), costs_of_runs in costs.items()
    }


def of_links(medians: dict[Link, dict[Key, Median]], about: str) -> str:
    """Tables and marks for each way to AWS, and what TLS costs where it was measured beside none."""
    if len(medians) == 1 and next(iter(medians)).direct:
        return markdown(next(iter(medians.values())), about)
    parts = [markdown(of_link, f"## {link.title}") for link, of_link in medians.items()]
    return "\n".join([about, "", *parts, *_tls_marks(medians)]) + "\n"


def _tls_marks(medians: dict[Link, dict[Key, Median]]) -> Iterator[str]:
    yield "### Marks, TLS: (b) restore_role with it over (b) without"
    yield ""
    pairs = [
        (link, plain)
        for link in medians
        for plain in medians
        if link.tls and not (plain.tls or plain.direct) and link.milliseconds == plain.milliseconds
    ]
    for link, plain in pairs:
        for job, accounts, who in medians[link]:
            if who == "b":
                with_tls, without = medians[link][job, accounts, who], medians[plain][job, accounts, who]
                about = f"{job}, {accounts:,} accounts, {link.milliseconds} ms"
                yield _mark(f"{about}: CPU", with_tls.cpu / without.cpu, _TLS, at_least=False)
                yield _mark(f"{about}: wall", with_tls.wall / without.wall, _TLS, at_least=False)


def markdown(medians: dict[Key, Median], about: str) -> str:
    lines = [about, ""]
    for job in JOBS:
        for accounts in sorted({size for name, size, _who in medians if name == job}):
            lines += [*_table(medians, job, accounts), ""]
    return "\n".join([*lines, *marks(medians)]) + "\n"


def _table(medians: dict[Key, Median], job: str, accounts: int) -> Iterator[str]:
    yield f"### {job[0].upper()}{job[1:]}, {accounts:,} accounts"
    yield ""
    yield "| | CPU, s | CPU per account, ms | Wall, s | Controller's memory, MB | API calls per account | CPU against (b) | Wall against (b) |"
    yield "|---|---|---|---|---|---|---|---|"
    own = medians[job, accounts, "b"]
    for contender in CONTENDERS:
        median = medians.get((job, accounts, contender.key))
        if median is not None:
            yield (
                f"| {contender.title} | {median.cpu:.1f} | {median.cpu / accounts * 1000:.0f} | {median.wall:.1f} | {median.memory:.0f} | "
                f"{median.calls:.1f} | {median.cpu / own.cpu:.2f} | {median.wall / own.wall:.2f} |"
            )


def marks(medians: dict[Key, Median]) -> Iterator[str]:
    """Each mark with what was measured, as text, for the drift check of restore_role."""
    sizes = sorted({accounts for job, accounts, _who in medians if job == CHECK})
    yield "### Marks, drift check by (b) restore_role"
    yield ""
    for accounts in sizes:
        a, b, c = (medians.get((CHECK, accounts, who)) for who in "abc")
        if a and b:
            yield _mark(
                f"{accounts:,} accounts: CPU of (a) over (b)", a.cpu / b.cpu, _CPU_AGAINST_RECIPE, at_least=True
            )
            yield _mark(
                f"{accounts:,} accounts: wall of (a) over (b)", a.wall / b.wall, _WALL_AGAINST_RECIPE, at_least=True
            )
        if b and c:
            yield _mark(
                f"{accounts:,} accounts: CPU of (b) over (c)", b.cpu / c.cpu, _CPU_AGAINST_FLOOR, at_least=False
            )
        if b:
            yield _mark(f"{accounts:,} accounts: controller's memory, MB", b.memory, _MEMORY, at_least=False)
    for smaller, larger in zip(sizes, sizes[1:], strict=False):
        growth = medians[CHECK, larger, "b"].cpu / larger / (medians[CHECK, smaller, "b"].cpu / smaller)
        yield _mark(f"CPU per account at {larger:,} over that at {smaller:,}", growth, 1.0, at_least=False)


def _mark(what: str, value: float, limit: float, *, at_least: bool) -> str:
    met = value >= limit if at_least else value <= limit
    wanted = f"{'at least' if at_least else 'at most'} {limit:g}"
    return f"- {what}: {value:.2f} ({wanted}: {'met' if met else 'missed'})"
