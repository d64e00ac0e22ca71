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

# Of one task, as far away with TLS as without.
_TLS = 1.3
# By contender: what the controller may have resident, in MB.
_MEMORY = {"b": 250.0, "p": 200.0}
# Of the cost per account, from one size to the next.
_GROWTH = 1.05
_NAMES = {"b": "one task", "p": "the playbook"}


@dataclass(frozen=True)
class Median:
    """``cpu``, ``wall``: seconds for all accounts; ``memory``: MB; ``calls``: per account."""

    cpu: float
    wall: float
    memory: float
    calls: float


Key = tuple[str, int, str]


@dataclass(frozen=True)
class _Ratio:
    """``of``: the figure of a Median. ``over``, ``under``: contenders."""

    what: str
    of: str
    over: str
    under: str
    limit: float
    at_least: bool = False


# For the drift check.
_RATIOS = (
    _Ratio("CPU of (a) over one task of (b)", "cpu", "a", "b", 15.0, at_least=True),
    _Ratio("wall of (a) over one task of (b)", "wall", "a", "b", 10.0, at_least=True),
    _Ratio("CPU of the playbook over one task of (b)", "cpu", "p", "b", 1.4),
    _Ratio("CPU of one task of (b) over (c)", "cpu", "b", "c", 3.0),
)


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
                yield _mark(f"{about}: CPU", with_tls.cpu / without.cpu, _TLS)
                yield _mark(f"{about}: wall", with_tls.wall / without.wall, _TLS)


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
    """Each mark with what was measured, as text, for the drift check."""
    sizes = sorted({accounts for job, accounts, _who in medians if job == CHECK})
    yield "### Marks, drift check"
    yield ""
    for accounts in sizes:
        there = {who: median for (job, size, who), median in medians.items() if (job, size) == (CHECK, accounts)}
        for ratio in _RATIOS:
            if {ratio.over, ratio.under} <= set(there):
                value = getattr(there[ratio.over], ratio.of) / getattr(there[ratio.under], ratio.of)
                yield _mark(f"{accounts:,} accounts: {ratio.what}", value, ratio.limit, at_least=ratio.at_least)
        for who in [who for who in _MEMORY if who in there]:
            yield _mark(f"{accounts:,} accounts: memory of {_NAMES[who]}, MB", there[who].memory, _MEMORY[who])
    for smaller, larger in zip(sizes, sizes[1:], strict=False):
        for who, name in _NAMES.items():
            if all((CHECK, size, who) in medians for size in (smaller, larger)):
                small, large = (medians[CHECK, size, who].cpu / size for size in (smaller, larger))
                yield _mark(f"CPU per account of {name} at {larger:,} over that at {smaller:,}", large / small, _GROWTH)


def _mark(what: str, value: float, limit: float, *, at_least: bool = False) -> str:
    met = value >= limit if at_least else value <= limit
    wanted = f"{'at least' if at_least else 'at most'} {limit:g}"
    return f"- {what}: {value:.2f} ({wanted}: {'met' if met else 'missed'})"
