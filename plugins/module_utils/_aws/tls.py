# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The CA certificates that servers are checked against, loaded once for a process and for those that it forks.

botocore loads the whole bundle anew for each connection, and has no option that changes that. Here clients that check against
the same file share one TLS context. It is one that botocore made, with botocore's settings, and botocore asks it to load the
file for each connection as ever: it knows that it has the file. All else that is checked stays botocore's and urllib3's.

That takes attributes of theirs which are not public. Where one of them is not as expected, the client stays as botocore made it.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import stat
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

try:
    import botocore.session
    from botocore.httpsession import URLLib3Session
    from urllib3 import PoolManager
except ImportError:  # the module shell reports the missing library with Ansible's own words
    pass

# What tells one state of a file from every other: a bundle that somebody replaces is another bundle.
_Seal = tuple[int, int, int, int, int]
_Settings = tuple[Any, ...]
_contexts: dict[tuple[_Seal, _Settings], Any] = {}

_SETTINGS = (
    "protocol",
    "options",
    "verify_mode",
    "verify_flags",
    "check_hostname",
    "hostname_checks_common_name",
    "minimum_version",
    "maximum_version",
    "post_handshake_auth",
    "security_level",
    "keylog_filename",
)


def with_bundle_of_profile(boto3_session: Any, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """``arguments`` for a client, with the profile's ``ca_bundle`` where they only say that certificates are checked.

    amazon.aws says so where no option and no AWS_CA_BUNDLE names a bundle, and botocore then does not look into the profile.
    Raises what boto3 raises.
    """
    core = getattr(boto3_session, "_session", None)
    if arguments.get("verify") is not True or not isinstance(core, botocore.session.Session):
        return arguments
    bundle = core.get_config_variable("ca_bundle")
    # An older botocore takes an empty one for permission to check nothing.
    named = isinstance(bundle, str) and bundle.strip()
    return {**arguments, "verify": bundle} if named else arguments


def with_shared_certificates(client: Any) -> Any:
    """``client``, whose new connections find the CA certificates loaded. Loads them if this is the first to need them."""
    # A bundle that cannot be read is for the first call to tell, as botocore tells it.
    with contextlib.suppress(Exception):
        _share(client._endpoint.http_session, client.meta.endpoint_url)
    return client


def load(bundle: str) -> None:
    """Load the certificates of a file now, for the clients to come that are checked against it."""
    with contextlib.suppress(Exception):
        _share(URLLib3Session(verify=bundle), "https://")


def _share(http: Any, url: str) -> None:
    pools, bundle = http._manager, _bundle(http, url)
    own = pools.connection_pool_kw["ssl_context"]
    if bundle is None or not _is_as_expected(http, pools, own):
        return
    key = (_seal(bundle), _settings(own))
    if key not in _contexts:
        context = http._get_ssl_context()
        if _settings(context) != key[1] or _has_certificates(context):
            return
        _contexts[key] = _loaded(context, bundle, key)
    pools.connection_pool_kw["ssl_context"] = _contexts[key]


def _bundle(http: Any, url: str) -> str | None:
    """The file that botocore would check the server's certificate against; None if it would do anything else."""
    if not url.lower().startswith("https:") or http._proxy_config.proxy_url_for(url):
        return None
    connections = SimpleNamespace()
    http._setup_ssl_cert(connections, url, http._verify)
    bundle = getattr(connections, "ca_certs", None)
    checks = vars(connections) == {"cert_reqs": "CERT_REQUIRED", "ca_certs": bundle}
    return os.path.expanduser(bundle) if checks and isinstance(bundle, str) else None


def _is_as_expected(http: Any, pools: Any, own: Any) -> bool:
    # These classes themselves: what was derived from them may do something else.
    known = (http.__class__, pools.__class__, own.__class__) == (URLLib3Session, PoolManager, ssl.SSLContext)
    without_client_certificate = (http._cert_file, http._key_file) == (None, None)
    # What it was not given here, it must not lose.
    ours_or_empty = own in _contexts.values() or not _has_certificates(own)
    return known and without_client_certificate and ours_or_empty and own.verify_mode == ssl.CERT_REQUIRED


def _has_certificates(context: ssl.SSLContext) -> bool:
    return any(context.cert_store_stats().values())


def _settings(context: Any) -> _Settings:
    ciphers = tuple(cipher["name"] for cipher in context.get_ciphers())
    return (type(context), ciphers, *(getattr(context, name, None) for name in _SETTINGS))


def _seal(path: str) -> _Seal:
    """Raises OSError, as loading the file would."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(f"{path} is not a regular file")
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is(path: Any, seal: _Seal) -> bool:
    try:
        return _seal(path) == seal
    except (OSError, TypeError, ValueError):
        return False


def _loaded(context: Any, bundle: str, key: tuple[_Seal, _Settings]) -> Any:
    """``context`` with the certificates of ``bundle``, which it loads no second time."""
    context.load_verify_locations(bundle)
    load_really = context.load_verify_locations

    def load_verify_locations(cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        if capath or cadata or not _is(cafile, key[0]):
            # From here on it holds more than its bundle, so that nobody else is to get it.
            _contexts.pop(key, None)
            load_really(cafile, capath, cadata)

    context.load_verify_locations = load_verify_locations
    return context
