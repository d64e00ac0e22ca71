# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What sessions share in a worker, and that every module has an action plugin that does the same."""

from __future__ import annotations

import gc
import importlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore.session
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws import session
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _in_process, _primed
from botocore.config import Config
from botocore.exceptions import PartialCredentialsError

PLUGINS = Path(__file__).parents[2] / "plugins"
# These modules are documentation: their actions run on the controller only.
ACTIONS = ("restore_access", "restore_role_report")
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if path.stem not in ACTIONS)
COLLECTION = "ansible_collections.cloudrestore.aws.plugins"
KEYS = {"aws_access_key_id": "one", "aws_secret_access_key": "one"}


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_an_action_plugin_like_it(name: str, monkeypatch: pytest.MonkeyPatch):
    """With the same options and the same task."""
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    action = importlib.import_module(f"{COLLECTION}.action.{name}").ActionModule
    given: list[tuple[object, object]] = []
    monkeypatch.setattr(module._module, "run", lambda spec, task: given.append((spec, task)))
    module.main()
    ((spec, task),) = given
    assert action.argument_spec is spec
    assert action.task is task


def test_a_primed_session_makes_the_same_client():
    """As one of its own would."""
    primed, own = (
        make(None).client("iam", region_name="us-east-1", **KEYS)
        for make in (_primed.boto3_session, session.boto3_session)
    )
    assert primed.meta.config.user_agent == own.meta.config.user_agent
    assert primed.meta.endpoint_url == own.meta.endpoint_url
    assert primed.meta.service_model.operation_names == own.meta.service_model.operation_names


def test_primed_sessions_share_models_and_no_credentials():
    first, second = _primed.boto3_session(None), _primed.boto3_session(None)
    first._session.set_credentials("one", "one")
    assert first._session.get_component("data_loader") is second._session.get_component("data_loader")
    assert second._session.get_credentials() is not first._session.get_credentials()
    assert first.events is not second.events


def test_a_handler_of_one_session_is_not_called_in_another():
    heard: list[str] = []
    first, second = _primed.boto3_session(None), _primed.boto3_session(None)
    first.events.register("provide-client-params.iam.GetRole", lambda **_: heard.append("first"))
    for each in (second, botocore.session.Session()):
        emitter = each.events if each is second else each.get_component("event_emitter")
        emitter.emit("provide-client-params.iam.GetRole", params={}, model=None, context={})
    assert heard == []


def test_settings_that_cannot_be_read_are_left_to_each_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    broken = tmp_path / "config"
    broken.write_text("this is no configuration")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    _primed._shared.cache_clear()
    try:
        assert _primed._shared() is None
        monkeypatch.setattr(_primed, "_ahead", {})
        _primed.prime(connection())
        assert _primed._ahead == {}
    finally:
        _primed._shared.cache_clear()


def connection(**more: Any) -> session.Connection:
    """As a task has it that gives no connection option."""
    own = {"aws_access_key_id": None, "aws_secret_access_key": None, "aws_session_token": None, "verify": True}
    return session.Connection("eu-west-1", None, own | more)


@pytest.fixture
def primed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_primed, "_ahead", {})
    _primed.prime(connection())


def signing_key(client: Any) -> str:
    """The access key ID that a client signs with."""
    url = client.generate_presigned_url("get_caller_identity")
    return parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].split("/")[0]


def client_of(**given: Any) -> Any:
    arguments = {**session.client_arguments(connection(), "aws"), **given}
    return _primed.PrimedSession(None).client("sts", **arguments)


def test_a_client_built_ahead_is_given_away_once(primed: None):
    """It signs with the credentials of its user."""
    ahead = _primed._ahead["sts"].client
    first = client_of(aws_access_key_id="first", aws_secret_access_key="one")
    second = client_of(aws_access_key_id="second", aws_secret_access_key="two")
    assert first is ahead
    assert second is not ahead
    assert [signing_key(credentials) for credentials in (first, second, first)] == ["first", "second", "first"]


def test_a_client_built_ahead_signs_with_the_environment_s_keys(primed: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ofthepeople")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    ahead = _primed._ahead["sts"].client
    client = client_of()
    assert client is ahead
    assert signing_key(client) == "ofthepeople"


@pytest.mark.parametrize(
    "given",
    [
        {"region_name": "us-west-2"},
        {"endpoint_url": "http://127.0.0.1:1"},
        {"verify": False},
        {"config": Config(connect_timeout=1)},
    ],
    ids=lambda given: next(iter(given)),
)
def test_a_client_for_other_settings_is_a_new_one(given: dict[str, Any], primed: None):
    ahead = _primed._ahead["sts"].client
    assert client_of(aws_access_key_id="one", aws_secret_access_key="one", **given) is not ahead
    assert _primed._ahead["sts"].client is ahead


def test_renewing_credentials_stay_with_their_session(primed: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    process = tmp_path / "config"
    answer = {"Version": 1, "AccessKeyId": "renewed", "SecretAccessKey": "one", "Expiration": "2999-01-01T00:00:00Z"}
    process.write_text(f"[default]\ncredential_process = echo '{json.dumps(answer)}'\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(process))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    ahead = _primed._ahead["sts"].client
    client = client_of()
    assert client is not ahead
    assert signing_key(client) == "renewed"


def test_half_of_the_credentials_is_an_error_as_ever(primed: None):
    with pytest.raises(PartialCredentialsError):
        client_of(aws_access_key_id="one")


def test_garbage_collection_is_afterwards_as_it_was():
    with _in_process._without_garbage_collection():
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize(("given", "same"), [("python3", False), ("/usr/bin/env python3", False), ("/no/such", False)])
def test_another_interpreter_is_told_from_this_one(given: str, same: bool):
    assert (_in_process._place(given) == _in_process._place(_in_process.sys.executable)) is same


def test_another_environment_s_interpreter_is_another_one(tmp_path: Path):
    """Of another virtual environment."""
    link = tmp_path / "bin" / "python"
    link.parent.mkdir()
    link.symlink_to(_in_process.sys.executable)
    assert _in_process._place(str(link)) != _in_process._place(_in_process.sys.executable)
    beside = Path(_in_process.sys.executable)
    assert _in_process._place(f"{beside.parent}/./{beside.name}") == _in_process._place(str(beside))


def test_a_way_out_that_the_controller_forbids_is_told_as_one():
    said = "Remove it manually, or set allow_widening: true to remove it."
    closed = said.replace("true", "true (which this controller does not allow)")
    # What was read and written is no message, whatever stands in it.
    read = {"previous": {"description": said}, "diff": {"before": said}, "before": {"reason": said}}

    def result(told: str) -> dict[str, Any]:
        entries = {"unresolved": [{"reason": told, "places": [said]}], "findings": [{"message": told, "remedy": told}]}
        return {"changed": False, "msg": told, "warnings": [told], "count": 3, "none": None, **read, **entries}

    assert _in_process.without_ways_out(result(said), ["allow_widening"]) == result(closed)
    assert _in_process.without_ways_out(result(said), ["allow_privileged"]) == result(said)
