# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers are checked as botocore checks them, and the CA certificates for it are loaded once.

By real connections to servers on this machine, with a plain client of boto3 beside ours.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws import session, tls
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _in_process, _primed
from botocore.config import Config
from botocore.exceptions import SSLError
from botocore.httpsession import URLLib3Session, create_urllib3_context

from tests.emulator.tls import CALLER, Authority, sts

ONCE = {"retries": {"max_attempts": 1}, "connect_timeout": 10}
KEYS = {"access_key": "AKIANOBODY", "secret_key": "not-a-secret"}
# Read once, for the sake of time. All else of a plain client is its own.
MODELS = botocore.session.Session().get_component("data_loader")
SERVERS = ("right", "wrong name", "unknown CA", "expired")


@dataclass(frozen=True)
class Site:
    """``endpoints``: by what is wrong with the server. ``bundle``: what its authority is known by."""

    endpoints: dict[str, str]
    bundle: Path
    other_bundle: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("tls")
    known, unknown = Authority(directory, "known"), Authority(directory, "unknown")
    contexts = {
        "right": known.server_context(),
        "wrong name": known.server_context("example.org"),
        "unknown CA": unknown.server_context(),
        "expired": known.server_context(expired=True),
    }
    with contextlib.ExitStack() as running:
        endpoints = {name: running.enter_context(sts(context)) for name, context in contexts.items()}
        yield Site(endpoints, known.bundle, unknown.bundle)


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And nothing of the caller's own AWS set-up."""
    monkeypatch.setattr(tls, "_contexts", {})
    monkeypatch.setattr(_primed, "_ahead", {})
    for name in [
        name for name in os.environ if name.startswith(("AWS_", "REQUESTS_")) or name.lower().endswith("_proxy")
    ]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    _primed._shared.cache_clear()


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What TLS contexts really load."""
    loaded: list[object] = []
    really = ssl.SSLContext.load_verify_locations

    def counted(self: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        loaded.append(cafile)
        really(self, cafile, capath, cadata)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    return loaded


def own_client(options: Mapping[str, Any], *, as_module: bool = False, service: str = "sts") -> Any:
    """The client that a task with these options makes in Ansible's worker, or as a module."""
    given = {"region": "eu-west-1", "aws_config": ONCE, **({} if "profile" in options else KEYS), **options}
    connection = _in_process._validated({}, given)[1]
    if as_module:
        connection = replace(connection, new_session=session.boto3_session)
    return session.Session(connection, None, "aws").client(service)


def plain_client(endpoint: str, verify: bool | str | None, profile: str | None = None) -> Any:
    keys = {} if profile else {"aws_access_key_id": "AKIANOBODY", "aws_secret_access_key": "not-a-secret"}
    core = botocore.session.Session(profile=profile)
    core.register_component("data_loader", MODELS)
    made = boto3.session.Session(botocore_session=core)
    return made.client("sts", "eu-west-1", endpoint_url=endpoint, verify=verify, config=Config(**ONCE), **keys)


def outcome(client: Any) -> str:
    """Whom the server takes the client for, or the class of the error."""
    try:
        return str(client.get_caller_identity()["Arn"])
    except Exception as error:  # noqa: BLE001 (whatever it is, it is to be the same)
        return type(error).__name__


def by_option(bundle: Path, _monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"aws_ca_bundle": str(bundle)}, {"verify": str(bundle)}


def by_environment(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any]]:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    return {}, {"verify": None}


def by_profile(bundle: Path, _monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any]]:
    write_profile(bundle)
    return {"profile": "ours"}, {"verify": None, "profile": "ours"}


def without_bundle(_bundle: Path, _monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any]]:
    return {}, {"verify": None}


def unchecked(_bundle: Path, _monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"validate_certs": False}, {"verify": False}


def write_profile(bundle: Path | str) -> None:
    lines = [
        "[profile ours]",
        "aws_access_key_id = AKIANOBODY",
        "aws_secret_access_key = none",
        f"ca_bundle = {bundle}",
    ]
    Path(os.environ["AWS_CONFIG_FILE"]).write_text("\n".join(lines) + "\n")


WAYS = [by_option, by_environment, by_profile, without_bundle, unchecked]


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("server", SERVERS)
def test_a_server_is_taken_for_what_botocore_takes_it_for(
    server: str, way: Callable[..., Any], site: Site, monkeypatch: pytest.MonkeyPatch
):
    """In Ansible's worker, and as a module."""
    options, plain = way(site.bundle, monkeypatch)
    endpoint = site.endpoints[server]
    accepted = way is unchecked or (server == "right" and way is not without_bundle)
    expected = CALLER if accepted else "SSLError"
    given = {"endpoint_url": endpoint, **options}
    clients = [own_client(given, as_module=as_module) for as_module in (False, True)]
    found = [outcome(client) for client in (plain_client(endpoint, **plain), *clients)]
    assert found == [expected] * 3


@pytest.mark.parametrize("bundle", ["missing", "directory", "empty", "no certificate", "unreadable link"])
def test_a_bundle_of_no_use_is_told_as_botocore_tells_it(bundle: str, site: Site, tmp_path: Path):
    path = tmp_path / "bundle"
    if bundle == "directory":
        path.mkdir()
        shutil.copy(site.bundle, path)
    elif bundle == "unreadable link":
        path.symlink_to(tmp_path / "nowhere")
    elif bundle != "missing":
        path.write_text("no certificate" if bundle == "no certificate" else "")
    endpoint = site.endpoints["right"]
    own = own_client({"endpoint_url": endpoint, "aws_ca_bundle": str(path)})
    assert outcome(own) == outcome(plain_client(endpoint, str(path))) != CALLER


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_bundle_of_a_profile_switches_no_check_off(blank: str, site: Site):
    """botocore 1.34 takes an empty one for permission to check nothing."""
    write_profile(blank)
    assert outcome(own_client({"endpoint_url": site.endpoints["right"], "profile": "ours"})) == "SSLError"


def test_certificates_are_loaded_once_for_many_connections(site: Site, loads: list[object]):
    options = {"endpoint_url": site.endpoints["right"], "aws_ca_bundle": str(site.bundle)}
    clients = [own_client(options, as_module=as_module) for as_module in (False, True, False)]
    assert [outcome(client) for client in clients] == [CALLER] * 3
    for client in clients:
        client._endpoint.http_session.close()
    assert [outcome(client) for client in clients] == [CALLER] * 3
    assert loads == [str(site.bundle)]
    # So much is saved: botocore loads them for each connection.
    plain = plain_client(site.endpoints["right"], str(site.bundle))
    assert outcome(plain) == CALLER
    plain._endpoint.http_session.close()
    assert outcome(plain) == CALLER
    assert loads == [str(site.bundle)] * 3


@pytest.mark.parametrize("way", [by_environment, by_profile], ids=lambda way: way.__name__)
def test_a_worker_loads_none_that_its_parent_has(
    way: Callable[..., Any], site: Site, loads: list[object], monkeypatch: pytest.MonkeyPatch
):
    options, _plain = way(site.bundle, monkeypatch)
    _primed.prime(_in_process._validated({}, {})[1])
    assert loads.count(str(site.bundle)) == 1
    loads.clear()

    def work(into: Any) -> None:
        found = [outcome(own_client({"endpoint_url": site.endpoints[server], **options})) for server in SERVERS]
        into.send((found, list(loads)))

    receiver, sender = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("fork").Process(target=work, args=(sender,))
    worker.start()
    sender.close()
    assert receiver.recv() == ([CALLER, "SSLError", "SSLError", "SSLError"], [])
    worker.join()


def test_a_client_built_ahead_has_the_certificates(site: Site, loads: list[object], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(site.bundle))
    monkeypatch.setenv("AWS_ENDPOINT_URL", site.endpoints["right"])
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    connection = _in_process._validated({}, {})[1]
    _primed.prime(connection)
    ahead = _primed._ahead["sts"].client
    client = session.Session(_in_process._validated({}, KEYS)[1], None, "aws").client("sts")
    assert client is ahead
    assert outcome(client) == CALLER
    assert loads == [str(site.bundle)]


def test_a_bundle_is_trusted_by_its_own_clients_only(site: Site):
    known, other = (
        own_client({"endpoint_url": site.endpoints["right"], "aws_ca_bundle": str(bundle)})
        for bundle in (site.bundle, site.other_bundle)
    )
    assert [outcome(client) for client in (known, other, known)] == [CALLER, "SSLError", CALLER]


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_no_check_switched_off_reaches_another_client(site: Site):
    options = {"endpoint_url": site.endpoints["wrong name"], "aws_ca_bundle": str(site.bundle)}
    checked = own_client(options)
    assert outcome(own_client({**options, "validate_certs": False})) == CALLER
    assert outcome(checked) == "SSLError"
    assert outcome(own_client(options)) == "SSLError"


def test_a_bundle_that_was_replaced_is_another_bundle(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Even for a client that was built before."""
    bundle = tmp_path / "bundle.pem"
    shutil.copy(site.bundle, bundle)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("AWS_ENDPOINT_URL", site.endpoints["right"])
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    _primed.prime(_in_process._validated({}, {})[1])
    shutil.copy(site.other_bundle, bundle)
    ahead = _primed._ahead["sts"].client
    client = session.Session(_in_process._validated({}, KEYS)[1], None, "aws").client("sts")
    assert client is ahead
    with pytest.raises(SSLError):
        client.get_caller_identity()
    assert outcome(own_client({"endpoint_url": site.endpoints["right"]})) == "SSLError"


def test_a_bundle_replaced_under_a_client_is_loaded_anew(site: Site, tmp_path: Path, loads: list[object]):
    """As botocore does for the next connection; whoever comes later has the new one alone."""
    bundle = tmp_path / "bundle.pem"
    shutil.copy(site.other_bundle, bundle)
    options = {"endpoint_url": site.endpoints["right"], "aws_ca_bundle": str(bundle)}
    client = own_client(options)
    assert outcome(client) == "SSLError"
    shutil.copy(site.bundle, bundle)
    assert outcome(client) == CALLER
    assert loads == [str(bundle)] * 2
    other = {**options, "endpoint_url": site.endpoints["unknown CA"]}
    assert [outcome(own_client(options)), outcome(own_client(other))] == [CALLER, "SSLError"]


def test_a_shared_context_has_botocore_s_own_settings(site: Site):
    shared = context_of(own_client({"endpoint_url": site.endpoints["right"], "aws_ca_bundle": str(site.bundle)}))
    own = create_urllib3_context()
    assert shared in tls._contexts.values()
    assert tls._settings(shared) == tls._settings(own)
    assert shared.verify_mode is ssl.CERT_REQUIRED
    assert shared.cert_store_stats()["x509"] == 1


def context_of(client: Any) -> Any:
    return client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]


class _OtherSession(URLLib3Session):
    pass


def another_class(client: Any) -> None:
    client._endpoint.http_session.__class__ = _OtherSession


def more_to_check(client: Any) -> None:
    http = client._endpoint.http_session
    before = http._setup_ssl_cert

    def setup(connections: Any, url: str, verify: object) -> None:
        before(connections, url, verify)
        connections.assert_hostname = None

    http._setup_ssl_cert = setup


def stricter_settings(client: Any) -> None:
    context_of(client).minimum_version = ssl.TLSVersion.TLSv1_3


def certificates_of_its_own(client: Any) -> None:
    context_of(client).load_verify_locations(client._endpoint.http_session._verify)


def used_before(client: Any) -> None:
    client.get_caller_identity()


def without_manager(client: Any) -> None:
    """Another name for what we look at."""
    http = client._endpoint.http_session
    http.__dict__["manager"] = http.__dict__.pop("_manager")
    http._get_connection_manager = lambda _url, _proxy=None: http.manager


@pytest.mark.parametrize(
    "change",
    [another_class, more_to_check, stricter_settings, certificates_of_its_own, used_before, without_manager],
    ids=lambda change: change.__name__,
)
def test_a_botocore_unlike_this_one_goes_its_own_way(change: Callable[[Any], None], site: Site):
    for server, expected in (("right", CALLER), ("wrong name", "SSLError")):
        client = plain_client(site.endpoints[server], str(site.bundle))
        if change is used_before and server != "right":
            continue
        change(client)
        assert tls.with_shared_certificates(client) is client
        assert not tls._contexts
        assert outcome(client) == expected


@pytest.mark.parametrize(
    "config",
    [{"proxies": {"https": "http://127.0.0.1:1"}}, {"client_cert": "/does/not/exist.pem"}],
    ids=lambda config: next(iter(config)),
)
def test_proxies_and_client_certificates_are_botocore_s(config: dict[str, Any], site: Site):
    options = {"endpoint_url": site.endpoints["right"], "aws_ca_bundle": str(site.bundle)}
    own = own_client({**options, "aws_config": {**ONCE, **config}})
    made = boto3.session.Session(aws_access_key_id="AKIANOBODY", aws_secret_access_key="not-a-secret")
    settings = Config(**ONCE, **config)
    plain = made.client(
        "sts", "eu-west-1", endpoint_url=options["endpoint_url"], verify=str(site.bundle), config=settings
    )
    assert not tls._contexts
    assert outcome(own) == outcome(plain) != CALLER


def test_nothing_is_loaded_for_an_endpoint_without_tls(loads: list[object], site: Site):
    own_client({"endpoint_url": "http://127.0.0.1:1", "aws_ca_bundle": str(site.bundle)})
    assert loads == []


def test_a_context_that_was_given_more_is_not_handed_on(site: Site):
    options = {"endpoint_url": site.endpoints["unknown CA"], "aws_ca_bundle": str(site.bundle)}
    context_of(own_client(options)).load_verify_locations(cadata=site.other_bundle.read_text())
    assert outcome(own_client(options)) == "SSLError"
