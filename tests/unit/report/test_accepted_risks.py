# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accepted risks in a report: a status and a verdict of their own, a list of them, and red again when they no longer hold."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, terminal
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.html_page import data
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.requirements import cells, columns_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.verdict import headline

from tests.unit.report import fleets
from tests.unit.report.fleets import LATER, SCP_DENIES, WHEN, params, verified

ACCOUNT, OTHER = "111122223333", "222233334444"
RISK: dict[str, Any] = {
    "requirement": "kms:Decrypt",
    "layer": "scp",
    "policy": "p-guardrail",
    "statement": "OnlyHome",
    "accounts": [ACCOUNT],
    "reason": "moving to the new SCP",
    "owner": "jane",
    "expires": "2026-03-31",
}
HIGH = {"finding": "trust_to_everyone", "severity": "high", "layer": "trust", "policy": "", "statement": "Odd"}
HIGH |= {"message": "Everybody may.", "remedy": "Name one.", "statement_sha256": "ab12"}
OPEN_DOOR: dict[str, Any] = {key: RISK[key] for key in ("accounts", "reason", "owner", "expires")}
OPEN_DOOR |= {"finding": "trust_to_everyone", "layer": "trust", "statement": "Odd", "statement_sha256": "ab12"}
DENIED = {
    **{key: RISK[key] for key in ("accounts", "reason", "owner", "expires")},
    "requirement": "kms:CreateGrant",
    "layer": "identity",
    "policy": "guardrail",
    "statement": "NoGrants",
}
TOLD = "accepted by jane until 2026-03-31: moving to the new SCP"


def reported(*accounts: dict[str, Any], held: Any = (), **more: Any) -> Any:
    return build.build(params(results=list(accounts)) | more, fleets.VERSION, WHEN, held).report


def xml(text: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 (this test wrote it)


def account(host: str = "orders", risks: Any = None, **results: Any) -> dict[str, Any]:
    return {"host": host, "account_id": ACCOUNT, "accepted_risks": risks, **results}


@pytest.mark.parametrize(
    ("results", "risks", "status"),
    [
        ({"verification": verified(SCP_DENIES)}, [], "blocked"),
        ({"verification": verified(SCP_DENIES)}, [RISK], "accepted"),
        ({"verification": verified(SCP_DENIES)}, json.dumps([RISK]), "accepted"),
        ({"verification": verified(SCP_DENIES)}, [RISK | {"expires": "2026-01-30"}], "blocked"),
        ({"verification": verified(SCP_DENIES)}, [RISK | {"expires": "2026-01-31"}], "accepted"),
        ({"verification": verified(SCP_DENIES)}, [RISK | {"statement": "Other"}], "blocked"),
        ({"verification": verified(SCP_DENIES)}, [RISK | {"accounts": [OTHER]}], "blocked"),
        ({"result": fleets.compliant(), "verification": verified(SCP_DENIES)}, [RISK], "accepted"),
        ({"result": fleets.denied()}, [DENIED], "accepted"),
        ({"result": fleets.denied()}, [], "blocked"),
        ({"result": fleets.denied(), "verification": verified(SCP_DENIES)}, [RISK], "blocked"),
        ({"result": fleets.denied(), "verification": verified(SCP_DENIES)}, [DENIED], "blocked"),
        ({"verification": verified(findings=[HIGH])}, [OPEN_DOOR], "accepted"),
        ({"verification": verified(findings=[HIGH])}, [OPEN_DOOR | {"statement_sha256": "cd"}], "exposed"),
        ({"verification": verified(SCP_DENIES, findings=[HIGH])}, [RISK], "exposed"),
        ({"verification": verified(SCP_DENIES, findings=[HIGH])}, [OPEN_DOOR], "blocked"),
        ({"verification": verified(SCP_DENIES, findings=[HIGH])}, [RISK, OPEN_DOOR], "accepted"),
        # A run would still change it, and may: nothing that is accepted takes part in the plan.
        ({"result": fleets.no_backup_trust()}, [RISK], "drifted"),
        ({"result": fleets.no_backup_trust(check=False)}, [RISK], "converged"),
        ({"result": fleets.no_backup_trust(check=False), "verification": verified(SCP_DENIES)}, [RISK], "accepted"),
        ({"verification": verified()}, [RISK], "compliant"),
        ({"result": fleets.REFUSED}, [RISK], "failed"),
        ({}, [RISK], "unreachable"),
    ],
)
def test_the_status(results: dict[str, Any], risks: Any, status: str):
    (entry,) = reported(account(risks=risks, **results))["accounts"]
    assert entry["status"] == status


def test_what_a_result_says_of_itself_does_not_count():
    """It may come from another job, which had other bounds."""
    claimed = verified(SCP_DENIES | {"accepted": "accepted by me until 2999-01-01: because"})
    (entry,) = reported(account(verification=claimed))["accounts"]
    assert entry["status"] == "blocked"
    assert {each["accepted"] for each in entry["requirements"]} == {""}


def test_it_is_told_in_every_format():
    report = reported(
        account(risks=[RISK], verification=verified(SCP_DENIES)),
        {"host": "other", "account_id": OTHER, "verification": fleets.of(verified(), OTHER)},
    )
    assert headline(report) == "1 of 2 accounts is ready for a restore. The problems of 1 account are accepted."
    assert report["summary"]["accepted"] == 1
    assert report["causes"] == []
    lines = "\n".join(terminal.lines(report))
    accepted = "Accepted: kms:Decrypt (SCP p-guardrail, statement OnlyHome), by jane until 2026-03-31: moving to the new SCP. In orders."
    assert accepted in lines
    assert lines.endswith("2 accounts: 1 compliant, 1 accepted")
    markdown = build.render("markdown", report, Run()).decode()
    assert (
        "| applies | 2026-03-31 | kms:Decrypt (SCP p-guardrail, statement OnlyHome) | jane | moving to the new SCP | orders |"
        in markdown
    )
    assert TOLD in build.render("csv", report, Run()).decode()
    suite = next(each for each in xml(build.render("junit", report, Run())) if each.get("name") == "orders")
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")
    skipped = {
        case.get("name"): case.find("skipped").get("message") for case in suite if case.find("skipped") is not None
    }  # type: ignore[union-attr]
    assert skipped["kms:Decrypt"] == TOLD
    assert TOLD in str(skipped["account"])
    (entry, _other) = report["accounts"]
    columns = [column.requirement for column in columns_of(report["accounts"])]
    assert cells(entry, columns_of(report["accounts"]))[columns.index("kms:Decrypt")] == "accepted"
    page = data(report)
    assert page["risks"] == [
        {
            "state": "applies",
            "owner": "jane",
            "expires": "2026-03-31",
            "reason": "moving to the new SCP",
            "name": "kms:Decrypt (SCP p-guardrail, statement OnlyHome)",
            "hosts": [0],
            "gone": [],
        }
    ]


@pytest.mark.parametrize(
    ("risk", "results", "state", "hosts", "gone"),
    [
        (RISK, {"verification": verified(SCP_DENIES)}, "applies", ["orders"], []),
        (RISK | {"expires": "2026-01-01"}, {"verification": verified(SCP_DENIES)}, "expired", ["orders"], []),
        (RISK | {"expires": "2026-01-01"}, {"verification": verified()}, "expired", [], ["orders"]),
        (RISK, {"verification": verified()}, "no_longer_applies", [], ["orders"]),
        (RISK | {"statement": "Old"}, {"verification": verified(SCP_DENIES)}, "no_longer_applies", [], ["orders"]),
        (
            RISK,
            {"verification": verified(fleets.requirement("kms:Decrypt", "conditional", drift=False))},
            "not_examined",
            [],
            [],
        ),
        # restore_role by itself knows nothing of the organization: that nothing is left there it cannot say.
        (RISK, {"result": fleets.compliant()}, "not_examined", [], []),
        (DENIED, {"result": fleets.compliant()}, "no_longer_applies", [], ["orders"]),
        (DENIED, {"result": fleets.denied()}, "applies", ["orders"], []),
        (RISK | {"accounts": ["all"]}, {"verification": verified()}, "no_longer_applies", [], ["orders"]),
        (RISK, {"result": fleets.REFUSED}, "not_examined", [], []),
        (RISK | {"accounts": [OTHER]}, {"verification": verified(SCP_DENIES)}, "not_examined", [], []),
        (OPEN_DOOR, {"verification": verified(findings=[HIGH])}, "applies", ["orders"], []),
        (OPEN_DOOR, {"verification": verified()}, "no_longer_applies", [], ["orders"]),
    ],
)
def test_what_has_become_of_it(risk: Any, results: Any, state: str, hosts: list[str], gone: list[str]):
    report = reported(account(risks=[risk], **results))
    (told,) = report["accepted_risks"]
    assert (told["state"], told["hosts"], told["gone"]) == (state, hosts, gone)
    assert told["reason"] in "\n".join(terminal.lines(report))


def test_the_same_risk_of_many_accounts_is_told_once():
    everywhere = RISK | {"accounts": ["all"]}
    moved = {"account_id": OTHER, "verification": fleets.of(verified(SCP_DENIES), OTHER)}
    report = reported(
        account(risks=[everywhere], verification=verified(SCP_DENIES)),
        {"host": "billing", "accepted_risks": [everywhere], **moved},
        {"host": "theirs", **moved},
    )
    (told,) = report["accepted_risks"]
    # Of an account that has the risk in no variable of its own nothing is accepted.
    assert told["hosts"] == ["billing", "orders"]
    assert {entry["host"]: entry["status"] for entry in report["accounts"]} == {
        "orders": "accepted",
        "billing": "accepted",
        "theirs": "blocked",
    }


@pytest.mark.parametrize("risks", ["[{", "no list", [{"requirement": "kms:Decrypt"}], {"a": 1}, [RISK, "odd"]])
def test_what_cannot_be_read_accepts_nothing_and_costs_no_report(risks: Any):
    report = reported(account(risks=risks, verification=verified(SCP_DENIES)))
    assert report["accounts"][0]["status"] == "blocked"
    (note,) = report["notes"]
    assert note.startswith("orders: no risk is accepted. accepted_risks")


def test_where_the_controller_forbids_it_nothing_is_accepted():
    bound = {"bound": "allow_accepted_risks", "value": "false", "source": "the environment"}
    report = reported(account(risks=[RISK], verification=verified(SCP_DENIES)), held=[bound])
    assert report["accounts"][0]["status"] == "blocked"
    assert "allow_accepted_risks is false, set by the environment" in report["notes"][0]


def test_what_is_accepted_is_not_fixed_and_what_expires_is_new(tmp_path: Any):
    """Beside an earlier report."""
    open_ = reported(account(verification=verified(SCP_DENIES)))
    accepted = reported(account(risks=[RISK], verification=verified(SCP_DENIES)))
    previous = tmp_path / "restore_access-2026-01-31T120000Z.json"
    counts = []
    for before, risks in ((open_, [RISK]), (accepted, [RISK | {"expires": "2026-01-31"}])):
        previous.write_text(json.dumps(before))
        now = account(risks=risks, verification=verified(SCP_DENIES))
        counts.append(reported(now, generated_at=LATER, previous=str(previous))["comparison"]["summary"])
    assert counts == [
        {"new": 0, "fixed": 0, "still_open": 0, "unknown": 0},
        {"new": 1, "fixed": 0, "still_open": 0, "unknown": 0},
    ]


def test_parts_keep_what_is_accepted():
    part = reported(account(risks=[RISK], verification=verified(SCP_DENIES)))
    other = reported({"host": "billing", "account_id": OTHER, "verification": fleets.of(verified(), OTHER)})
    merged = build.build(
        {**params(results=[]), "parts": [json.loads(json.dumps(part)), other]}, fleets.VERSION, LATER
    ).report
    assert merged["accepted_risks"] == part["accepted_risks"]
    assert merged["summary"]["accepted"] == 1


def test_a_report_of_before_has_no_accepted_risks():
    part = json.loads(json.dumps(reported(account(verification=verified(SCP_DENIES)))))
    del part["accepted_risks"], part["summary"]["accepted"]
    for each in part["accounts"][0]["requirements"]:
        del each["accepted"]
    merged = build.build({**params(results=[]), "parts": [part]}, fleets.VERSION, LATER).report
    assert (merged["accepted_risks"], merged["accounts"][0]["status"]) == ([], "blocked")


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "=1+1", "a\x1b[31mb", "| x | y |"])
def test_its_texts_stay_texts(evil: str):
    risk = RISK | {"reason": evil, "owner": evil}
    report = reported(account(risks=[risk], verification=verified(SCP_DENIES)))
    assert "\x1b" not in "\n".join(terminal.lines(report))
    assert b"<script>alert" not in build.render("html", report, Run())
    assert b"<script>" not in build.render("markdown", report, Run())
    assert b"| x | y |" not in build.render("markdown", report, Run())
    xml(build.render("junit", report, Run()))
