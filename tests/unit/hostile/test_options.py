# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every option of every module and plugin takes any value, or says by its name that it does not.

The options come from the specifications themselves, so that one that is new is tried as well. The role and the playbooks hand
theirs on to these, one to one (test_documentation.py).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError, AnsibleLookupError
from ansible_collections.cloudrestore.aws.plugins.filter import fleet, organization
from ansible_collections.cloudrestore.aws.plugins.inventory import organization_accounts
from ansible_collections.cloudrestore.aws.plugins.lookup import operator_policy, restore_template
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.explain import explain
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection, Session, check_config
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.account import ASSUME_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.operator_policy import OPERATOR_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.organization import (
    INVENTORY_OPTIONS,
    POLICIES_SPEC,
    account_query,
    assume_organization_role,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.template import FORMATS, TEMPLATE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import INFO_SPEC, VERIFY_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.hosts import check_role
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.names import Taken, host_names
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.state import Member
from ansible_collections.cloudrestore.aws.plugins.module_utils._printable import printable
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, files

from tests.conftest import SOAK
from tests.unit.hostile import hosts, values
from tests.unit.principal import scenes

pytestmark = pytest.mark.slow

MOST_WORDS = 5000
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"

ASSUMED = {"assume_role_arn": "arn:aws:iam::111122223333:role/Admin"}
# Options that make every other option matter.
GIVEN: dict[str, tuple[Mapping[str, Any], dict[str, Any]]] = {
    "restore_role": (RESTORE_ROLE_SPEC, {**scenes.OPTIONS, **ASSUMED}),
    "restore_role_verify": (
        VERIFY_SPEC,
        {**scenes.GIVEN, **ASSUMED, "fail_on_drift": False, "kms_keys": [KEY], "check_key_policies": True},
    ),
    "principal_policies_info": (INFO_SPEC, {"name": scenes.OPTIONS["name"], **ASSUMED}),
    "organization_policies_info": (POLICIES_SPEC, ASSUMED),
}


def paths(spec: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every option, and every option of an option."""
    for name, option in spec.items():
        yield (name,)
        yield from ((name, *below) for below in paths(option.get("options", {})))


MODULES = [(module, path) for module, (spec, _given) in GIVEN.items() for path in paths(spec)]


def put(given: Mapping[str, Any], path: tuple[str, ...], value: Any, beside: Mapping[str, Any]) -> dict[str, Any]:
    """``beside``: other options of a list's entry."""
    return {**given, path[0]: value if len(path) == 1 else [{**beside, path[1]: value}]}


def refusals(
    outcome: Callable[[Any], Any],
    path: tuple[str, ...],
    *,
    in_lists: bool = False,
    those: Callable[[], Iterator[tuple[str, Any]]] | None = None,
) -> None:
    """Every value ends in a result that can be handed on, or in a clear error. ``in_lists``: as a list's only entry, too.

    `make soak` tries each of them, and otherwise some of each kind are tried.
    """
    for name, value in (those or (values.each if SOAK else values.some))():
        for written in (value, [value]) if in_lists else (value,):
            try:
                assert values.is_fit_for_output(outcome(written)), name
            except hosts.Refused:
                pass
            except RestoreAccessError as error:
                assert len(error.message) <= MOST_WORDS, name
                assert error.message.isprintable(), name
                assert str(error) == error.message
                assert path[0] in error.message or not isinstance(error, OptionError), (name, error.message[:300])


@pytest.fixture(autouse=True)
def _in_a_place_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def option_at(spec: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    option: Mapping[str, Any] = spec[path[0]]
    return option if len(path) == 1 else option_at(option["options"], path[1:])


@pytest.mark.parametrize(
    ("module", "path"), MODULES, ids=lambda value: value if isinstance(value, str) else ".".join(value)
)
def test_an_option_of_a_module(module: str, path: tuple[str, ...]):
    spec, given = GIVEN[module]
    beside = {"name": "own", "actions": ["s3:GetObject"]}
    is_list = option_at(spec, path)["type"] == "list"
    # What is one and the same option of another module is checked by the same code.
    shared = module != "restore_role" and spec[path[0]] is RESTORE_ROLE_SPEC.get(path[0])
    those = values.some if shared else None
    refusals(
        lambda value: hosts.run(module, spec, put(given, path, value, beside)), path, in_lists=is_list, those=those
    )


REPORT: Mapping[str, Any] = build.ARGUMENT_SPEC


def report(given: Mapping[str, Any]) -> dict[str, Any]:
    """What restore_role_report does in check mode."""
    built = build.build(hosts.validated(REPORT, given), "1.2.3", "2026-01-31T12:00:00Z")
    files.differs(built.content)
    files.check(built.content)
    return built.returned()


@pytest.mark.parametrize("path", list(paths(REPORT)), ids=".".join)
def test_an_option_of_the_report(path: tuple[str, ...]):
    given = {"results": [{"host": "orders", "result": {"failed": True, "msg": "refused"}}]}
    formats = {"formats": list(build.FORMATS), "inventory": ["i"]}
    is_list = option_at(REPORT, path)["type"] == "list"
    refusals(
        lambda value: report(put({**given, **formats}, path, value, {"host": "h"})),
        path,
        in_lists=is_list,
        those=values.some,
    )


CONNECTION = ("profile", "region", "endpoint_url", "aws_config")


@pytest.mark.parametrize("name", CONNECTION)
def test_an_option_of_the_connection(name: str):
    def outcome(value: Any) -> dict[str, Any]:
        texts = {key: value if isinstance(value, str) else None for key in CONNECTION[:3] if key == name}
        if name == "aws_config":
            check_config(value)
            return {}
        arguments = {"profile_name": texts["profile"]} if name == "profile" else {}
        connection = Connection(texts.get("region"), texts.get("endpoint_url"), arguments)
        try:
            assert Session(connection, None, "aws").client("iam") is not None
        except CallError as error:
            raise RestoreAccessError(explain(error, "", "role /r")) from None
        return {}

    refusals(outcome, (name,))


LOOKUPS: dict[str, tuple[Any, Mapping[str, Any], list[str], dict[str, Any]]] = {
    "operator_policy": (operator_policy, OPERATOR_SPEC, ["present"], {"name": "restore"}),
    "restore_template": (
        restore_template,
        TEMPLATE_SPEC,
        list(FORMATS),
        {**scenes.OPTIONS, "account_id": "111122223333"},
    ),
}


@pytest.mark.parametrize(
    ("lookup", "option"),
    [(name, option) for name, (_m, spec, *_rest) in LOOKUPS.items() for option in ["_terms", *spec]],
)
def test_an_option_of_a_lookup(lookup: str, option: str):
    module, _spec, terms, given = LOOKUPS[lookup]

    def outcome(value: Any) -> Any:
        asked = (value if isinstance(value, list) else [value]) if option == "_terms" else terms
        try:
            return module.LookupModule().run(asked, **(given if option == "_terms" else {**given, option: value}))
        except OverflowError:
            raise hosts.Refused from None  # as in hosts.validated
        except AnsibleLookupError as error:
            assert lookup in str(error)
            raise hosts.Refused from error

    refusals(outcome, (option,))


STRUCTURE = {
    "management_account_id": "999988887777",
    "organization_id": "o-exampleorg",
    "policies": {"p-1": {"name": "one", "document": {}}},
    "resource_control_policies_enabled": True,
    "service_control_policies_enabled": True,
    "targets": {"r-1": {"parent": None, "name": "", "scps": ["p-1"], "rcps": []}},
}
HOSTVARS = {"orders": {"account_id": "111122223333", "restore_access_result": {"failed": True, "msg": "no"}}}
FILTERS = {**fleet.FilterModule().filters(), **organization.FilterModule().filters()}
TAKEN: dict[str, Any] = {
    "hosts": ["orders"],
    "hostvars": HOSTVARS,
    "structure": STRUCTURE,
    "account_id": "111122223333",
    "report": fleet.fleet_report(["orders"], HOSTVARS),
}
OF_A_LOOP = [{"item": "arn:aws:iam::111122223333:role/r", "msg": "no"}]
OWN = {
    "account_policies_read": {"result": {"organization_policies": STRUCTURE}},
    "appliance_policies": {"results": OF_A_LOOP},
}
PARAMETERS = [
    (name, parameter) for name, function in FILTERS.items() for parameter in inspect.signature(function).parameters
]


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_an_argument_of_a_filter(name: str, parameter: str):
    """At its top, and in every place inside of it."""
    needed = {
        parameter: OWN.get(name, {}).get(parameter, TAKEN.get(parameter))
        for parameter, about in inspect.signature(FILTERS[name]).parameters.items()
        if about.default is inspect.Parameter.empty
    }

    def outcome(value: Any) -> Any:
        try:
            return FILTERS[name](**{**needed, parameter: value})
        except AnsibleFilterError as error:
            assert (
                name in str(error) or "organization" in str(error) or "restore_access_max_changes must be" in str(error)
            )
            raise hosts.Refused from error

    refusals(lambda value: bool(outcome(value)), (parameter,))
    for path in values.places(needed.get(parameter)):
        for _name, value in values.few():
            try:
                outcome(values.with_value(needed[parameter], path, value))
            except hosts.Refused:
                pass


def of_the_inventory() -> dict[str, Any]:
    return dict(yaml.safe_load(organization_accounts.DOCUMENTATION)["options"])


TYPES: dict[str | None, type] = {"str": str, "dict": dict, "bool": bool}


@pytest.mark.parametrize(
    "name", sorted({*of_the_inventory(), *INVENTORY_OPTIONS} - {"plugin", "hostname", "member_role_arn"})
)
def test_an_option_of_the_inventory(name: str):
    assert name in INVENTORY_OPTIONS
    given = {
        inventory_option: of_the_inventory().get(inventory_option, {}).get("default")
        for inventory_option in INVENTORY_OPTIONS
    }
    given |= {"assume_role_arn": "arn:aws:iam::999988887777:role/r", "assume_role_session_name": "session"}

    def outcome(value: Any) -> bool:
        kind = TYPES.get(ASSUME_SPEC.get(name, {}).get("type"), object)
        if not isinstance(value, kind):
            raise hosts.Refused  # Ansible makes these of what it is given
        options = {**given, name: value}
        assume_organization_role(options)
        return bool(account_query(options, None, Connection(None, None, {})))

    refusals(outcome, (name,), in_lists=True)


@pytest.mark.parametrize("text", values.TEXTS.values(), ids=values.TEXTS)
def test_whatever_comes_of_a_template_of_the_inventory(text: str):
    """hostname and member_role_arn are templates, in which an account's name and tags can be."""
    member = Member("111122223333", "aws", text, "", "ACTIVE", "r-1")
    with pytest.raises(OptionError, match="member_role_arn evaluates to") as caught:
        check_role(text, member)
    assert len(caught.value.message) <= MOST_WORDS
    naming = host_names({member.account_id: text}, Taken((), {}))
    (name,) = naming.hosts.values()
    assert printable(name) == name
    assert (name == text) is not bool(naming.warnings)
    assert all(printable(warning) == warning and len(warning) <= MOST_WORDS for warning in naming.warnings)
