# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No document that AWS would not have accepted lets anybody in or grants anything: its layer is unknown, and the reason is told."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import with_strict_documents
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import (
    VERIFY_SPEC,
    state_to_verify,
    verify_options,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.documents import load
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.errors import UnreadableDocumentError
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify import verify as main_line
from botocore.awsrequest import AWSResponse
from botocore.session import Session

from tests.unit.hostile import values
from tests.unit.memory_iam import MemoryIam
from tests.unit.policy.rules import test_growth
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import MemorySession, run, verify

pytestmark = pytest.mark.slow

OPENING = '{"Version":"2012-10-17","Statement":[{'
ALLOW = '"Effect":"Allow","Action":"*","Resource":"*"'
ADMIT = '"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"444455556666","Service":"backup.amazonaws.com"}'


def hostile(body: str) -> dict[str, Callable[[], Any]]:
    """Documents that would allow everything in ``body``, were they what IAM takes for a document."""
    whole = f"{OPENING}{body}}}]}}"
    statement = json.loads(whole)["Statement"][0]
    effect = statement["Effect"]
    deep = "[" * values.LEVELS + "]" * values.LEVELS
    return {
        "Effect twice": lambda: f'{OPENING}"Effect":"Deny",{body}}}]}}',
        "Statement twice": lambda: f'{{"Statement":[],"Statement":[{{{body}}}]}}',
        "a condition key twice": lambda: (
            f'{OPENING}{body},"Condition":{{"Bool":{{"aws:a":"true","aws:a":"false"}}}}}}]}}'
        ),
        "a deep text": lambda: f'{OPENING}{body},"Sid":{deep}}}]}}',
        "not a number": lambda: f'{OPENING}{body},"Sid":NaN}}]}}',
        "an infinite number": lambda: f'{OPENING}{body},"Sid":1e999}}]}}',
        "a number of thousands of digits": lambda: f'{OPENING}{body},"Sid":{"9" * 5000}}}]}}',
        "a megabyte": lambda: f'{OPENING}{body},"Sid":"{"a" * values.MEGABYTE}"}}]}}',
        "a megabyte of blanks and more": lambda: f'{OPENING}{body},"Sid":"{"a " * (values.MEGABYTE // 2)}"}}]}}',
        "too many statements": lambda: json.dumps({"Statement": [statement] * (values.MANY // 10)}),
        "too many actions": lambda: json.dumps({"Statement": [{**statement, "Action": ["*"] * (2 * values.MANY)}]}),
        "too many elements": lambda: json.dumps(
            {"Statement": [statement], **{f"a{n}": "" for n in range(values.MANY)}}
        ),
        "no object": lambda: [statement],
        "no JSON": lambda: whole[:-1],
        "more than JSON": lambda: whole + "x",
        "a byte order mark": lambda: "\ufeff" + whole,
        "a NUL": lambda: "\x00" + whole,
        "an Effect with a zero-width space": lambda: whole.replace(effect, "\u200b" + effect),
        "a full-width Effect": lambda: whole.replace(effect, "\uff21" + effect[1:]),
        "half a character in Effect": lambda: whole.replace(effect, effect + "\\ud800"),
        "a NUL in Effect": lambda: whole.replace(effect, effect + "\\u0000"),
        "Effect as a list": lambda: whole.replace(f'"{effect}"', f'["{effect}"]'),
        "an element turned right to left": lambda: whole.replace("Effect", "\u202eEffect"),
        "a statement in a statement": lambda: whole.replace("[{", "[[{").replace("}]", "}]]"),
        "a Condition that is a text": lambda: f'{OPENING}{body},"Condition":"Bool"}}]}}',
        "an operator nobody knows": lambda: f'{OPENING}{body},"Condition":{{"\\ud800":{{"a":"b"}}}}}}]}}',
    }


GRANTS, TRUSTS = hostile(ALLOW), hostile(ADMIT)
DENIES = hostile(ALLOW.replace("Allow", "Deny") + ',"Principal":"*"')
DEFAULTS = {name: option.get("default") for name, option in VERIFY_SPEC.items()}
ON_KEYS = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey")
NOT_ON_KEYS = [action for action in worlds.ACTIONS if action not in ON_KEYS]
MAY_CALL = scenes.appliance_policies()
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"
VAULT = "arn:aws:backup:eu-west-1:111122223333:backup-vault:vault"
WHOLE = worlds.document(worlds.allow("*"))
Verdicts = dict[str, str]


def with_managed(document: Any, **more: Any) -> MemoryIam:
    iam = scenes.account(inline=more.pop("inline", {}))
    role = iam.principals["Role", worlds.NAME]
    arn = iam.add_policy("theirs", document)
    role.attached, role.boundary = ([], arn) if more.get("boundary") else ([arn], None)
    return iam


def granted(verdicts: Verdicts) -> list[str]:
    return [name for name, verdict in verdicts.items() if ":" in name and verdict == "allowed"]


class OnePolicy:
    """KMS or AWS Backup, with one policy for all."""

    def __init__(self, policy: Any) -> None:
        self._answer = {"Policy": policy if isinstance(policy, str) else json.dumps(policy)}

    def get_key_policy(self, **_arguments: Any) -> dict[str, Any]:
        return self._answer

    def get_backup_vault_access_policy(self, **_arguments: Any) -> dict[str, Any]:
        return self._answer


def judged(iam: MemoryIam, clients: Any = None, **more: Any) -> Verdicts:
    result = verify(iam, {**scenes.GIVEN, **more}, clients)
    assert result["compliant"] is False
    assert values.is_fit_for_output(result)
    return scenes.verdicts(result)


@pytest.mark.parametrize("name", GRANTS)
def test_it_grants_nothing_whatever_the_policy_is_for(name: str):
    make = GRANTS[name]
    assert granted(judged(scenes.account(inline={"theirs": make()}))) == []
    assert granted(judged(with_managed(make()))) == []
    assert granted(judged(with_managed(make(), inline={"own": WHOLE}, boundary=True))) == []
    own = scenes.account(inline={"own": WHOLE})
    assert granted(judged(own, organization_policies=scenes.scp(make()))) == []
    # Of an RCP only what it denies counts.
    rcps = [{"name": "rcp", "document": DENIES[name]()}]
    around = {"service_control_policies": None, "resource_control_policies": rcps}
    reached = [
        action
        for action in granted(judged(own, organization_policies=around))
        if action.startswith(("kms:", "dynamodb:"))
    ]
    assert reached == []
    result = judged(own, appliance_policies=[scenes.appliance_policies(make())])
    assert result["appliance_can_call"] != "allowed"


def test_an_option_that_is_nested_without_end_is_no_policy():
    deep = {"Statement": [{**worlds.allow("*"), "Sid": values.deep_list()}]}
    own = scenes.account(inline={"own": WHOLE})
    around = scenes.scp(deep)
    options = verify_options({**DEFAULTS, **scenes.GIVEN, "organization_policies": around})
    desired = state_to_verify({**DEFAULTS, **scenes.GIVEN})
    requirements = main_line.verify(MemorySession(own), desired, options)["requirements"]
    (requirement,) = [requirement for requirement in requirements if requirement["requirement"] == "kms:Decrypt"]
    assert (requirement["verdict"], requirement["policy"]) == ("unreadable", "level0")
    assert requirement["reason"] == "policy level0 cannot be read: it is nested too deeply"


@pytest.mark.parametrize("name", GRANTS)
def test_it_takes_no_key_and_no_vault_for_open(name: str):
    own = scenes.account(inline={"own": worlds.document(worlds.allow(NOT_ON_KEYS))})
    # Of a vault's policy, too, only what it denies counts.
    clients = {("kms", "eu-west-1"): OnePolicy(GRANTS[name]()), ("backup", "eu-west-1"): OnePolicy(DENIES[name]())}
    verdicts = judged(own, clients, kms_keys=[KEY], check_key_policies=True)
    assert [action for action in granted(verdicts) if action in ON_KEYS] == []
    verdicts = judged(own, clients, vaults=[VAULT], check_vault_policies=True)
    assert "backup:CopyFromBackupVault" not in granted(verdicts)


@pytest.mark.parametrize("make", TRUSTS.values(), ids=TRUSTS)
def test_a_trust_policy_lets_nobody_in(make: Callable[[], Any]):
    iam = scenes.account(inline={"own": WHOLE})
    iam.principals["Role", worlds.NAME].trust = make()
    verdicts = judged(iam)
    assert "allowed" not in (verdicts["appliance_may_assume"], verdicts["backup_service_may_assume"])


@pytest.mark.parametrize("make", TRUSTS.values(), ids=TRUSTS)
def test_converge_takes_none_of_it_for_met_and_says_so(make: Callable[[], Any]):
    for place in ("trust", "inline", "own"):
        iam = scenes.account(inline={"own": WHOLE})
        role = iam.principals["Role", worlds.NAME]
        if place == "trust":
            role.trust = make()
        elif place == "inline":
            role.inline = {"own": make()}
        else:
            role.inline, role.attached = {}, [iam.add_policy("CloudrestoreRestoreAccess", make())]
        try:
            result = run(iam, scenes.OPTIONS, check=True)
        except RestoreAccessError as error:
            assert worlds.NAME in error.message or "CloudrestoreRestoreAccess" in error.message
            assert error.message.isprintable()
        else:
            assert result["compliant"] is False
            assert values.is_fit_for_output(result)


def test_what_is_only_odd_is_read_as_it_stands():
    odd = "".join(text for text in values.TEXTS.values() if len(text) < 100 and "${" not in text)
    document = worlds.document({**worlds.allow("*"), "Sid": odd, odd: odd})
    verdicts = scenes.verdicts(verify(scenes.account(inline={odd: document}), scenes.GIVEN))
    assert {verdict for name, verdict in verdicts.items() if ":" in name} == {"allowed"}


# IAM's answers as the SDK reads them off the wire.

ANSWER = """<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role><Path>/</Path>
<Arn>arn:aws:iam::111122223333:role/r</Arn><RoleName>r</RoleName><RoleId>AROAX</RoleId>
<AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"""


def as_the_sdk_reads_it(document: str) -> Any:
    client = Session().create_client(
        "iam",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        endpoint_url="http://127.0.0.1:9",
    )
    body = ANSWER.format(quote(document)).encode()

    class Raw:
        def stream(self, *_arguments: Any, **_options: Any) -> Any:
            yield body

    client.meta.events.register("before-send.iam.GetRole", lambda **_event: AWSResponse("", 200, {}, Raw()))
    return with_strict_documents(client).get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]


def test_the_sdk_does_not_decide_which_of_two_elements_counts():
    stored = as_the_sdk_reads_it(TRUSTS["Effect twice"]())
    with pytest.raises(UnreadableDocumentError, match="twice"):
        load(stored)
    with pytest.raises(UnreadableDocumentError, match="not valid JSON"):
        load(as_the_sdk_reads_it(TRUSTS["a deep text"]()))
    fine = {"Version": "2012-10-17", "Statement": [json.loads(f"{{{ADMIT}}}")]}
    assert as_the_sdk_reads_it(json.dumps(fine)) == fine


# Bounded work and memory

LARGE: dict[str, Callable[[int], Any]] = {
    "text": lambda size: f'{{"Statement":[{{"Sid":"{"a" * size}"}}]}}',
    "statements": lambda size: {"Statement": [{}] * (size // 3)},
    "actions": lambda size: json.dumps({"Statement": {"Action": ["*"] * (size // 5)}}),
    "encoded": lambda size: quote(json.dumps({"Statement": {"Sid": "\u20ac" * size}})),
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_what_is_too_long_costs_no_more_than_seeing_that(make: Callable[[int], Any]):
    def refused(document: Any) -> None:
        with pytest.raises(UnreadableDocumentError, match="longer than any policy"):
            load(document)

    small, large = make(1_600_000), make(6_400_000)
    assert test_growth.work(lambda: refused(large)) <= 4.4 * test_growth.work(lambda: refused(small))
    tracemalloc.start()
    try:
        refused(large)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30 * 6_400_000


def test_a_result_is_no_more_than_a_few_times_what_it_is_about():
    """Each of 38 requirements may quote a condition of the one document that decides them."""
    sizes = []
    for size in (1000, 4000):
        condition = {"StringEquals": {"aws:Key": ["a" * 10] * (size // 13)}}
        iam = scenes.account(inline={"theirs": worlds.document(worlds.allow("*", Condition=condition))})
        sizes.append(len(json.dumps(verify(iam, scenes.GIVEN))))
    assert sizes[1] - sizes[0] <= 3000 * 38 * 4
