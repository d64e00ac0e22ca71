# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What sessions share in a worker, and that every module has an action plugin that does the same."""

from __future__ import annotations

import gc
import importlib
from pathlib import Path

import botocore.session
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils import _account
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _in_process, _primed

PLUGINS = Path(__file__).parents[2] / "plugins"
# The report's module is documentation: it runs on the controller only.
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if path.stem != "restore_role_report")
COLLECTION = "ansible_collections.cloudrestore.aws.plugins"
KEYS = {"aws_access_key_id": "one", "aws_secret_access_key": "one"}


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_an_action_plugin_with_the_same_options_and_task(name: str, monkeypatch: pytest.MonkeyPatch):
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    action = importlib.import_module(f"{COLLECTION}.action.{name}").ActionModule
    given: list[tuple[object, object]] = []
    monkeypatch.setattr(module._module, "run", lambda spec, task: given.append((spec, task)))
    module.main()
    ((spec, task),) = given
    assert action.argument_spec is spec
    assert action.task is task


def test_a_primed_session_makes_the_same_client_as_one_of_its_own():
    primed, own = (
        make(None).client("iam", region_name="us-east-1", **KEYS)
        for make in (_primed.boto3_session, _account.boto3_session)
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
    for session in (second, botocore.session.Session()):
        emitter = session.events if session is second else session.get_component("event_emitter")
        emitter.emit("provide-client-params.iam.GetRole", params={}, model=None, context={})
    assert heard == []


def test_settings_that_cannot_be_read_are_left_to_each_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    broken = tmp_path / "config"
    broken.write_text("this is no configuration")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    _primed._shared.cache_clear()
    try:
        assert _primed._shared() is None
        _primed.prime.__wrapped__()
    finally:
        _primed._shared.cache_clear()


def test_garbage_collection_is_afterwards_as_it_was():
    before = gc.get_freeze_count()
    with _in_process._without_what_was_inherited():
        assert gc.get_freeze_count() > before
    assert gc.get_freeze_count() == before


@pytest.mark.parametrize(("given", "same"), [("python3", False), ("/usr/bin/env python3", False), ("/no/such", False)])
def test_another_interpreter_is_told_from_this_one(given: str, same: bool):
    assert (_in_process._place(given) == _in_process._place(_in_process.sys.executable)) is same


def test_an_interpreter_of_another_virtual_environment_is_another_one(tmp_path: Path):
    link = tmp_path / "bin" / "python"
    link.parent.mkdir()
    link.symlink_to(_in_process.sys.executable)
    assert _in_process._place(str(link)) != _in_process._place(_in_process.sys.executable)
    beside = Path(_in_process.sys.executable)
    assert _in_process._place(f"{beside.parent}/./{beside.name}") == _in_process._place(str(beside))
