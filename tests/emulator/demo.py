# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make demo`: the sample organization from drift to converged, tried out as the appliance before and after.

Ends with an error if anything turns out otherwise than tests/emulator/cases.py says.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

from ansible_collections.cloudrestore.aws.plugins.module_utils._report import requirements, table

from tests.emulator import appliance, cases, playbook
from tests.emulator.organization import Organization, build
from tests.emulator.server import BUILD, ROOT, ministack

DIRECTORY = BUILD / "demo"


def main() -> int:
    say("Starting an embedded AWS (MiniStack, IAM enforced) and building a sample organization.")
    with ministack() as server:
        organization = build(server)
        say(f"{len(organization.accounts)} member accounts. The playbooks run as the IAM user {cases.AUTOMATION_USER}.")
        return walk(organization)


def walk(organization: Organization) -> int:
    drift = step(organization, 1, "Drift report, in check mode: nothing is changed", "drift_report")
    heading("2. Acting as the appliance, before")
    before = visit(organization)
    first = step(organization, 3, "Converge", "converge")
    second = step(organization, 4, "Converge again: nothing is left to change", "converge")
    verified = step(organization, 5, "Verify: every requirement, by every layer that was provided", "verify")
    heading("What a run cannot fix, and where it stands")
    explain(verified)
    heading("6. Acting as the appliance, after")
    after = visit(organization)
    heading("Summary")
    summary(organization, drift, first, before, after)
    surprises = list(unexpected(organization, (drift, first, second, verified), (before, after)))
    for surprise in surprises:
        say(f"NOT AS EXPECTED: {surprise}")
    say("\nReports and logs:")
    for path in sorted(DIRECTORY.glob("*/*")):
        say(f"  {path.relative_to(ROOT)}")
    return 1 if surprises else 0


def step(organization: Organization, number: int, title: str, name: str) -> playbook.Outcome:
    """One playbook run, with its report and its full output in a directory of its own."""
    heading(f"{number}. {title}")
    directory = DIRECTORY / f"{number}-{name}"
    shutil.rmtree(directory, ignore_errors=True)
    outcome = playbook.run(organization, name, directory)
    (directory / "ansible.log").write_text(outcome.output)
    say(f"$ ansible-playbook -i inventory.json cloudrestore.aws.{name}    (exit code {outcome.returncode})")
    if outcome.report is None:
        sys.exit(f"The playbook wrote no report:\n{outcome.output}")
    width = shutil.get_terminal_size((140, 24)).columns
    say(*table.lines(outcome.report, width))
    return outcome


def explain(verified: playbook.Outcome) -> None:
    """Layer, policy and statement of what stands in the way, and what a restore fails on because of it."""
    assert verified.report is not None
    for entry in verified.report["accounts"]:
        decided = {requirement["requirement"]: requirement for requirement in entry["requirements"]}
        for requirement in (decided[blocked["requirement"]] for blocked in entry["unresolved"]):
            where = ", ".join(requirement["places"]) or f"{requirement['layer']} policy {requirement['policy']}"
            without = next(
                (column.without for column in requirements.KNOWN if column.requirement == requirement["requirement"]),
                "",
            )
            say(
                f"{entry['host']}: {requirement['requirement']}, {requirement['verdict'].replace('_', ' ')} by the {where}"
            )
            say(f"    {without}")


def visit(organization: Organization) -> list[appliance.Visit]:
    visits = appliance.visit_all(organization)
    say(f"From {cases.APPLIANCE_ARN}, with the external ID, into every account:")
    for examined in visits:
        say(f"  {examined.case:22}{examined.summary}")
    return visits


def summary(
    organization: Organization,
    drift: playbook.Outcome,
    converged: playbook.Outcome,
    before: list[appliance.Visit],
    after: list[appliance.Visit],
) -> None:
    can = {True: "all calls permitted", False: "refused"}
    say(f"{'HOST':22}{'DRIFT REPORT':14}{'APPLIANCE BEFORE':22}{'CONVERGE':14}APPLIANCE AFTER")
    for account, old, new in zip(organization.accounts, before, after, strict=True):
        states = drift.statuses[account.case], converged.statuses[account.case]
        say(f"{account.case:22}{states[0]:14}{can[old.let_through]:22}{states[1]:14}{can[new.let_through]:22}")
    kinds = appliance.total(after)
    unimplemented = appliance.not_carried_out(organization)
    say(
        f"\nOf the {len(cases.ACTIONS)} actions of a restore, {len(kinds.pop(appliance.EVALUATED))} were called in each account."
    )
    say(f"  evaluated by IAM, but not carried out by the emulator: {', '.join(unimplemented)}")
    for kind, actions in kinds.items():
        say(f"  {kind}: {', '.join(actions)}")
    say(
        "AWS Backup's own side of the trust policy is evaluated but not tried: the emulator runs no AWS Backup service."
    )


def unexpected(
    organization: Organization, runs: tuple[playbook.Outcome, ...], visits: tuple[list[appliance.Visit], ...]
) -> Iterator[str]:
    drift, first, second, verified = runs
    changed = {host: operations for host, operations in second.changes.items() if operations}
    if changed:
        yield f"the second run changed {changed}"
    if drift.changes != first.changes:
        yield "the drift report did not predict what the first run changed"
    settled = {"converged": "compliant"}
    if verified.statuses != {
        account.case: settled.get(account.after, account.after) for account in organization.accounts
    }:
        yield f"verify found {verified.statuses}"
    for account, visit_after in zip(organization.accounts, visits[1], strict=True):
        if (drift.statuses[account.case], first.statuses[account.case]) != (account.before, account.after):
            yield f"{account.case}: {drift.statuses[account.case]}, then {first.statuses[account.case]}"
        if account.after != "failed" and visit_after.let_through != (account.after != "blocked"):
            yield f"{account.case}: the appliance afterwards: {visit_after.summary}"


def heading(text: str) -> None:
    say("", text, "-" * len(text))


def say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
