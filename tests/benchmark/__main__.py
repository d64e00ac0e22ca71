# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make bench`: the recipe people use today, this collection and the floor, side by side on the same emulator and fleet.

Every contender starts from the same freshly built fleet; the order changes from round to round. The emulator runs beside
them, so its time is in the wall time of all alike, and in nobody's CPU time.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from tests.benchmark import fleet, table
from tests.benchmark.contenders import APPLY, CHECK, CONTENDERS, JOBS, Contender
from tests.benchmark.link import Link, parse, reached
from tests.benchmark.measure import Cost, measure
from tests.emulator.organization import Organization
from tests.emulator.playbook import ansible_environment
from tests.emulator.recorder import recorded
from tests.emulator.server import BUILD, Server, ministack

OUTPUT = BUILD / "bench"
_COUNTED = 10


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench BENCH=...", description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[50, 200], help="fleet sizes (default: 50 200)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (default: 3)")
    parser.add_argument("--forks", type=int, default=8, help="Ansible's forks and the floor's threads (default: 8)")
    parser.add_argument(
        "--links",
        type=parse,
        nargs="+",
        default=[parse("direct")],
        help="the way to AWS: direct, http:0, https:0, https:80 and the like, with the milliseconds of a round trip",
    )
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS))
    keys = [contender.key for contender in CONTENDERS]
    parser.add_argument("--only", nargs="+", choices=keys, default=keys, help="contenders; b is always among them")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    chosen = [contender for contender in CONTENDERS if contender.key in {*given.only, "b"}]
    costs: dict[Link, dict[table.Key, list[Cost]]] = {link: {} for link in given.links}
    with ministack() as server:
        calls = {(job, choice.key): count(server, choice, job, given.forks) for job in given.jobs for choice in chosen}
        for accounts in given.accounts:
            for number in range(given.rounds):
                for link, job, contender in _in_turn(given.links, given.jobs, chosen, number):
                    cost = run(server, contender, job, accounts, given.forks, link)
                    costs[link].setdefault((job, accounts, contender.key), []).append(cost)
                    about = f"{accounts} accounts, round {number + 1}, {link.name}, {job}, {contender.key}"
                    print(f"{about}: {cost}", file=sys.stderr)
    write(costs, calls, given)
    return 0


def _in_turn(
    links: list[Link], jobs: list[str], chosen: list[Contender], number: int
) -> Iterator[tuple[Link, str, Contender]]:
    """All of them, each round beginning with another one, so that nobody always comes first.

    The links of one contender follow each other: what else the machine does is then most alike for them.
    """
    start, first = number % len(chosen), number % len(links)
    for job in jobs:
        for contender in (*chosen[start:], *chosen[:start]):
            yield from ((link, job, contender) for link in (*links[first:], *links[:first]))


def run(server: Server, contender: Contender, job: str, accounts: int, forks: int, link: Link) -> Cost:
    """On a fleet of its own: without restore roles to apply to, with them to check. Makes sure that it did its job."""
    organization = fleet.build(server, accounts, converged=job == CHECK)
    with reached(organization, link, OUTPUT) as (there, environment):
        cost = _measured(there, contender, job, accounts, forks, environment)
    if job == APPLY and contender.key != "d" and fleet.restore_roles(server, accounts) != accounts:
        raise RuntimeError(f"{contender.title} did not bring the restore role to every account")
    return cost


def count(server: Server, contender: Contender, job: str, forks: int) -> float:
    """API calls per account, in a run that is not timed: what counts them takes time itself."""
    organization = fleet.build(server, _COUNTED, converged=job == CHECK)
    with recorded(organization) as (through, recording):
        _measured(through, contender, job, _COUNTED, forks, {})
    writes = [action for number in range(_COUNTED) for action in recording.writes(fleet.account_id(number))]
    if job == CHECK and writes:
        raise RuntimeError(f"{contender.title} wrote in a drift check: {writes}")
    return len(recording.calls) / _COUNTED


def _measured(
    organization: Organization, contender: Contender, job: str, accounts: int, forks: int, more: dict[str, str]
) -> Cost:
    directory = OUTPUT / "run"
    directory.mkdir(exist_ok=True)
    command = contender.command(directory, accounts, job, forks)
    environment = ansible_environment(organization) | {"PYTHONPATH": str(BUILD / "collections")}
    environment |= {"AWS_DEFAULT_REGION": environment["AWS_REGION"], **more}
    with _without_reports(directory):
        return measure(command, environment, directory / f"{contender.key}.log")


@contextlib.contextmanager
def _without_reports(directory: Path) -> Iterator[None]:
    yield
    for path in [*directory.glob("drift_report-*.json"), *directory.glob("converge-*.json")]:
        path.unlink()


def write(
    costs: dict[Link, dict[table.Key, list[Cost]]], calls: dict[tuple[str, str], float], given: argparse.Namespace
) -> None:
    now = datetime.datetime.now(datetime.UTC)
    about = (
        f"Measured {now:%Y-%m-%d}: {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"ansible-core {version('ansible-core')}, boto3 {version('boto3')}, {given.forks} forks or threads, medians of "
        f"{given.rounds} rounds, against MiniStack on the same machine."
    )
    medians = {link: table.medians(measured, calls) for link, measured in costs.items()}
    text = table.of_links(medians, about)
    name = f"bench-{now:%Y%m%dT%H%M%SZ}"
    raw = [
        {"link": link.name, "job": job, "accounts": accounts, "contender": who, "costs": [asdict(run) for run in runs]}
        for link, measured in costs.items()
        for (job, accounts, who), runs in measured.items()
    ]
    (OUTPUT / f"{name}.json").write_text(json.dumps(raw, indent=1) + "\n")
    (OUTPUT / f"{name}.md").write_text(text)
    print(text)
    print(f"Written to {OUTPUT / name}.md")


if __name__ == "__main__":
    sys.exit(main())
