# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of many accounts as one document: what it is made of, who signed it, and what is taken for one."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.filter import fleet
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.fleet import approved
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.plan import (
    PLAN_SPEC,
    carried_out,
    parts,
    target,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._plans import document, places
from ansible_collections.cloudrestore.aws.plugins.module_utils._plans.document import Head, Plan
from ansible_collections.cloudrestore.aws.plugins.module_utils._plans.places import Clients, Place, Target
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.identity import Identity
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records.signing import Key
from ansible_collections.cloudrestore.aws.plugins.modules import restore_plan

from tests.unit.hostile import values
from tests.unit.memory_iam import IamError, MemoryIam, Principal
from tests.unit.memory_kms import MemoryKms
from tests.unit.memory_s3 import MemoryS3
from tests.unit.principal import worlds
from tests.unit.principal.running import run
from tests.unit.principal.scenes import APPLIANCE, BACKUP, GRANTED, OPTIONS

WHEN = "2026-01-31T12:00:00Z"
HEAD: Head = {
    "name": "drift_report",
    "made_at": WHEN,
    "run_id": "change-4711",
    "collection_version": "0.1.0",
    "caller": "arn:aws:iam::111122223333:user/automation",
    "inventory": ["accounts.yml"],
    "limit": "",
    "options": {},
}
DOCUMENTED = yaml.safe_load(restore_plan.RETURN)
GONE = {"failed": True, "msg": "Account 333344445555: no complete AWS credentials were found."}


def account(account_id: str, *trust: dict[str, Any]) -> MemoryIam:
    iam = MemoryIam(account_id)
    iam.add(Principal("Role", worlds.NAME, trust=worlds.document(*trust), inline={"restore": GRANTED}))
    return iam


def hostvars() -> dict[str, dict[str, Any]]:
    """Three accounts: one drifted, one compliant, one that could not be read."""
    told = {"options": {"name": worlds.NAME, "match": "effect"}}
    orders = run(account("111122223333", APPLIANCE), OPTIONS, check=True)
    payments = run(account("222233334444", APPLIANCE, BACKUP), OPTIONS, check=True)
    return {
        "orders": {"restore_access_result": {**orders, **told}},
        "payments": {"restore_access_result": {**payments, "options": {**told["options"], "tables": ["ledger"]}}},
        "edge": {"account_id": "333344445555", "restore_access_result": GONE},
    }


def results(variables: dict[str, dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    variables = variables or hostvars()
    return [json.loads(text) for text in fleet.fleet_plans([*variables], variables)]


def plan() -> Plan:
    return document.made(HEAD, results())


def stored() -> dict[str, Any]:
    return dict(json.loads(document.written(plan())))


def as_bytes(content: Any) -> bytes:
    return json.dumps(content).encode() + b"\n"


def test_it_says_what_is_done_where_and_what_it_was_made_from():
    made = plan()
    assert (made.to_change, made.operations) == (1, 1)
    orders, payments = made.accounts
    assert (orders["host"], orders["account_id"], orders["name"]) == ("orders", "111122223333", worlds.NAME)
    (operation,) = orders["operations"]
    assert operation["operation"] == "UpdateAssumeRolePolicy"
    assert "backup.amazonaws.com" in operation["arguments"]["PolicyDocument"]
    assert operation["reason"]
    assert payments["operations"] == []
    assert made.not_planned == ({"host": "edge", "account_id": "333344445555", "reason": GONE["msg"]},)
    assert (made.head["options"], payments["options"]) == (
        {"name": worlds.NAME, "match": "effect"},
        {"tables": ["ledger"]},
    )


def test_it_is_read_as_it_was_written():
    made = plan()
    assert document.read(document.written(made), "plan.json") == made
    assert document.read(document.signed(document.written(made), "bWFj"), "plan.json") == made


def test_of_two_hosts_for_one_principal_there_is_no_plan():
    """In upper or lower case; the same goes for two slices, and for a plan that somebody has edited."""
    variables = hostvars()
    variables["twice"] = copy.deepcopy(variables["orders"])
    variables["twice"]["restore_access_result"]["principal"]["name"] = worlds.NAME.upper()
    with pytest.raises(OptionError, match="2 hosts stand for role .* in account 111122223333: orders, twice"):
        document.made(HEAD, results(variables))
    with pytest.raises(OptionError, match="orders, orders"):
        document.merged([plan(), plan()], WHEN)
    edited = stored()
    edited["accounts"].append(edited["accounts"][0])
    with pytest.raises(OptionError, match="hosts stand for"):
        document.read(as_bytes(edited), "plan.json")


def test_plans_of_slices_become_one():
    variables = hostvars()
    slices = [
        document.made({**HEAD, "limit": host}, results({host: variables[host]}))
        for host in ("orders", "payments", "edge")
    ]
    merged = document.merged(slices, WHEN)
    assert merged == Plan({**plan().head, "limit": "edge,orders,payments"}, plan().accounts, plan().not_planned)
    other = document.made({**HEAD, "caller": "arn:aws:iam::111122223333:user/another"}, [])
    assert document.merged([slices[0], other], WHEN).head["caller"] == ""


def test_each_host_has_what_was_approved_for_its_principal():
    """Whatever its name is by now."""
    found, refused = approved(
        [
            ("renamed", Identity("111122223333", "role", worlds.NAME.lower())),
            ("edge", Identity("333344445555", "role", worlds.NAME)),
            ("new", Identity("444455556666", "role", worlds.NAME)),
            ("user", Identity("111122223333", "user", worlds.NAME)),
            ("unknown", Identity("", "role", worlds.NAME)),
        ],
        plan(),
        "plan.json",
    )
    assert found == {"renamed": plan().accounts[0]["plan"]}
    assert "it could not be planned: Account 333344445555: no complete AWS credentials" in refused["edge"]
    assert all("it is not in the plan" in refused[host] for host in ("new", "user", "unknown"))


@pytest.mark.parametrize(
    "edit",
    [
        lambda plan: plan.pop("kind"),
        lambda plan: plan.pop("accounts"),
        lambda plan: plan.update(accounts={}),
        lambda plan: plan.update(accounts=[None]),
        lambda plan: plan.update(inventory=[1]),
        lambda plan: plan.update(limit=None),
        lambda plan: plan["accounts"][0].update(account_id="1111"),
        lambda plan: plan["accounts"][0].update(account_id=111122223333),
        lambda plan: plan["accounts"][0].update(name="../x"),
        lambda plan: plan["accounts"][0].update(principal_type="group"),
        lambda plan: plan["accounts"][0].update(plan={}),
        lambda plan: plan["accounts"][0]["plan"].update(operations_sha256=""),
        lambda plan: plan["accounts"][0]["plan"]["observed_sha256"].pop("trust"),
        lambda plan: plan["accounts"][0]["plan"]["observed_sha256"].update(trust="x"),
        lambda plan: plan["accounts"][0]["operations"].append("DeleteRole"),
        lambda plan: plan["not_planned"].append({}),
    ],
)
def test_what_no_run_has_written_is_no_plan(edit: Any):
    content = stored()
    edit(content)
    with pytest.raises(OptionError, match="plan.json is not a plan that drift_report or converge --check has written"):
        document.read(as_bytes(content), "plan.json")


def test_whatever_stands_in_it_is_a_plan_or_refused():
    """Each place of it with each of the values that break things."""
    whole = stored()
    for path in values.places(whole):
        for _name, value in values.few():
            try:
                content = as_bytes(values.with_value(whole, path, value))
            except (RecursionError, TypeError, ValueError):
                continue
            try:
                assert isinstance(document.read(content, "plan.json"), Plan)
            except OptionError as error:
                assert error.message.isprintable()


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"null", b"{", b'{"kind": 1, "kind": 2}', b"[" * 100_000])
def test_other_files_are_none(content: bytes):
    with pytest.raises(OptionError, match="is not a plan"):
        document.read(content, "plan.json")


def test_a_plan_of_another_version_is_told():
    with pytest.raises(OptionError, match="made by another version"):
        document.read(as_bytes({**stored(), "schema_version": 2}), "plan.json")


def test_a_plan_that_no_run_could_read_is_not_written(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(document, "MOST_BYTES", 1000)
    with pytest.raises(RestoreAccessError, match="with --limit"):
        document.written(plan())


def clients(s3: Any = None, kms: Any = None) -> Clients:
    return Clients(lambda: s3, Key("key", lambda: kms) if kms else None)


def kept(directory: Path, services: Clients, bucket: str | None = None) -> dict[str, str]:
    return places.keep(plan(), Target(str(directory), "drift_report", bucket, "cloudrestore"), services)


def test_a_plan_must_be_signed_where_there_is_a_key(tmp_path: Path):
    """By that key, as it stands, and as a plan."""
    kms = MemoryKms(key=b"one", other=b"two")
    signing = clients(kms=kms)
    file = Path(kept(tmp_path, signing)["plan_file"])
    assert places.read(Place(str(file)), signing) == plan()
    assert places.read(Place(str(file)), clients()) == plan()
    whole = file.read_bytes()
    unsigned = Path(kept(tmp_path / "unsigned", clients())["plan_file"])
    by_another = places.keep(
        plan(),
        Target(str(tmp_path / "other"), "drift_report", None, ""),
        Clients(lambda: None, Key("other", lambda: kms)),
    )
    edited = tmp_path / "edited.json"
    edited.write_bytes(whole.replace(b"ledger", b"orders"))
    torn = tmp_path / "torn.json"
    torn.write_bytes(whole.replace(b'"mac": "', b'"mac": "A'))
    journal = tmp_path / "journal.json"
    content = document.written(plan())
    journal.write_bytes(document.signed(content, Key("key", lambda: kms).sign(content)))
    for refused in (unsigned, Path(by_another["plan_file"]), edited, torn, journal):
        with pytest.raises(OptionError, match="is refused, since snapshot_kms_key_id key is set and"):
            places.read(Place(str(refused)), signing)


def test_a_key_that_cannot_be_used_leaves_no_plan(tmp_path: Path):
    kms = MemoryKms()
    kms.fail.append(IamError("AccessDeniedException", "not authorized to perform: kms:GenerateMac"))
    with pytest.raises(RestoreAccessError, match="kms:GenerateMac on that key"):
        kept(tmp_path, clients(kms=kms))
    assert list(tmp_path.iterdir()) == []


def test_from_a_bucket_the_version_that_was_handed_on_is_read(tmp_path: Path):
    """Whatever has been put in its place since."""
    services = clients(MemoryS3())
    put = kept(tmp_path, services, "reports")
    assert put["plan_s3"] == "s3://reports/cloudrestore/plan-drift_report-2026-01-31T120000Z.json"
    services.s3().put_object(Key=put["plan_s3"].removeprefix("s3://reports/"), Body=b"another")
    place = Place(put["plan_s3"], put["plan_sha256"], put["plan_s3_version_id"])
    assert places.read(place, services) == plan()
    with pytest.raises(OptionError, match="is not the one that was approved"):
        places.read(Place(place.plan, place.sha256), services)
    with pytest.raises(OptionError, match="cannot be read .NoSuchVersion"):
        places.read(Place(place.plan, "", "L4kqtJlcpXroDTDmpUMLUo9"), services)
    with pytest.raises(OptionError, match="must be s3://BUCKET/KEY.json"):
        places.read(Place("s3://reports/../x"), services)


@pytest.mark.parametrize("wrong", ["", "/", "/dev/zero", "not-there.json", "\0", "~nobody-of-that-name/x"])
def test_a_path_that_leads_to_no_plan(wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match="cannot be read"):
        places.read(Place(wrong), clients())


class Context:
    """The module's, without a connection: none of what is asked for here needs one."""

    warn = staticmethod(lambda message: None)

    def __init__(self, check_mode: bool, **options: Any) -> None:
        checked = ArgumentSpecValidator(PLAN_SPEC).validate(options)
        assert not checked.error_messages
        self.params, self.check_mode = checked.validated_parameters, check_mode

    def connection(self) -> Connection:
        return Connection("us-east-1", None, {})


def test_the_module_returns_what_is_documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """To the last sample; check mode writes nothing."""
    # Which is in the plan, and so in its digest.
    monkeypatch.setattr(_tasks, "VERSION", "0.1.0")
    options = {
        "accounts": results(),
        "name": "drift_report",
        "directory": str(tmp_path),
        "generated_at": WHEN,
        "run_id": "change-4711",
    }
    foreseen = _tasks.restore_plan(Context(True, **options))
    assert (foreseen["summary"], list(tmp_path.iterdir())) == (DOCUMENTED["summary"]["sample"], [])
    result = _tasks.restore_plan(Context(False, **options))
    assert result["plan_file"] == str(tmp_path / Path(DOCUMENTED["plan_file"]["sample"]).name)
    assert Path(result["plan_file"]).stat().st_mode & 0o777 == 0o600
    assert result["plan_sha256"] == DOCUMENTED["plan_sha256"]["sample"]
    assert set(result) | {"plan_s3", "plan_s3_version_id"} == {*DOCUMENTED, "changed"}
    put = kept(tmp_path, clients(MemoryS3()), "example-reports")
    assert {key: put[key] for key in ("plan_s3", "plan_s3_version_id")} == {
        key: DOCUMENTED[key]["sample"] for key in ("plan_s3", "plan_s3_version_id")
    }
    merged = _tasks.restore_plan(
        Context(False, parts=[{"plan": result["plan_file"]}], directory=str(tmp_path), name="merged")
    )
    assert merged["summary"] == result["summary"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../x"},
        {"name": ""},
        {"generated_at": "now"},
        {"directory": "\0"},
        {"run_id": "../x"},
        {"s3_bucket": "s3://x"},
        {"s3_prefix": "x"},
        {"kms_key_id": "a key"},
        {"accounts": None},
        {"parts": [{"plan": "a"}]},
    ],
)
def test_options_that_cannot_be_are_refused(wrong: dict[str, Any]):
    params = {**Context(True, accounts=[]).params}
    assert (target(params).name, parts(params)) == ("restore_access", ())
    with pytest.raises(OptionError):
        target({**params, **wrong})


@pytest.mark.parametrize(
    "option", ["plan.json", {"plan": "plan.json"}, {"plan": "plan.json", "sha256": "", "version_id": None}]
)
def test_a_plan_to_carry_out_is_a_place(option: Any):
    assert carried_out(option) == Place("plan.json")


def test_no_plan_is_none():
    assert (carried_out(None), carried_out("")) == (None, None)


@pytest.mark.parametrize(
    "option",
    [{}, [], 1, True, {"plan": ""}, {"plan": 1}, {"plan": None}, {"plan": "a", "more": ""}, {"plan": "a", "sha256": 1}],
)
def test_what_is_no_place_is_refused(option: Any):
    """Rather than taken for no plan at all."""
    with pytest.raises(OptionError, match="restore_access_plan must be"):
        carried_out(option)
