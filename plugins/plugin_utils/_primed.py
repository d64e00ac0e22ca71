# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What boto3 reads and builds before its first call, read and built once, for every session that follows.

What is the same for everybody is shared: AWS's service models, endpoint rules and default settings, and botocore's own
event handlers. Credentials, profile and configuration belong to each session alone. A client for the settings that are
most used, those of the environment, is built ahead, without credentials, and given away once.
"""

from __future__ import annotations

import contextlib
import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..module_utils._aws import session, tls

try:
    import boto3
    import botocore.session
    from botocore.credentials import Credentials, RefreshableCredentials
    from botocore.exceptions import BotoCoreError
    from botocore.hooks import HierarchicalEmitter
except ImportError:  # the module says so in Ansible's own words
    BotoCoreError = Exception

# The services that every account is asked by, each with the calls of a drift check. The values matter to nobody.
_ROLE, _POLICY = {"RoleName": "none"}, {"PolicyArn": "arn:aws:iam::000000000000:policy/none"}
_CALLS: dict[str, dict[str, dict[str, str]]] = {
    "sts": {"assume_role": {"RoleArn": "arn:aws:iam::000000000000:role/none", "RoleSessionName": "none"}},
    "iam": {
        "get_role": _ROLE,
        "list_attached_role_policies": _ROLE,
        "list_policy_versions": _POLICY,
        "get_policy_version": {**_POLICY, "VersionId": "v1"},
        "list_role_policies": _ROLE,
    },
}
# Each takes 18 ms once, if it is as large as the usual one.
_MOST_BUNDLES = 8
_CREDENTIALS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


@dataclass(frozen=True)
class _Shared:
    """``loader``: holds every model it has read. ``handlers``: copied for each session."""

    loader: Any
    handlers: Any


@dataclass(frozen=True)
class _Ahead:
    """A client built ahead for ``profile`` and ``arguments``; it signs with ``credentials``, which its user fills in."""

    profile: str | None
    arguments: dict[str, Any]
    client: Any
    credentials: Any


# By service. A worker takes its own copy by being forked; what is taken is gone, so that nobody gets a client that
# somebody else signs with.
_ahead: dict[str, _Ahead] = {}


class PrimedSession:
    """As much of a boto3 session as an account needs: ``client``."""

    def __init__(self, profile: str | None) -> None:
        self._profile = profile
        self._own: Any = None

    def client(self, service: str, **arguments: Any) -> Any:
        """As boto3's. Raises what boto3 raises."""
        ahead = _ahead.get(service)
        if ahead and (ahead.profile, ahead.arguments) == (self._profile, _without_credentials(arguments)):
            credentials = self._credentials(arguments)
            if credentials is not None:
                return _taken(service, credentials)
        own = self._session()
        return own.client(service, **tls.with_bundle_of_profile(own, arguments))

    def _session(self) -> Any:
        if self._own is None:
            self._own = boto3_session(self._profile)
        return self._own

    def _credentials(self, arguments: dict[str, Any]) -> Any:
        """Those to sign with; None where they are not known for as long as the client lives, or not complete."""
        keys = [arguments.get(name) for name in _CREDENTIALS]
        if any(keys):
            return Credentials(*keys) if keys[0] and keys[1] else None
        credentials = self._session().get_credentials()
        # Credentials that renew themselves stay with the session that renews them.
        lasting = isinstance(credentials, Credentials) and not isinstance(credentials, RefreshableCredentials)
        return credentials if lasting else None


def _without_credentials(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in _CREDENTIALS}


def _taken(service: str, credentials: Any) -> Any:
    ahead = _ahead.pop(service)
    ahead.credentials.access_key = credentials.access_key
    ahead.credentials.secret_key = credentials.secret_key
    ahead.credentials.token = credentials.token
    return ahead.client


def boto3_session(profile: str | None) -> Any:
    """As ``session.boto3_session``, for a seventh of the time. Raises what boto3 raises."""
    shared = _shared()
    if shared is None:
        return session.boto3_session(profile)
    return boto3.session.Session(botocore_session=_core(shared), profile_name=profile)


def _core(shared: _Shared) -> Any:
    core = botocore.session.Session(event_hooks=copy.copy(shared.handlers), include_builtin_handlers=False)
    core.register_component("data_loader", shared.loader)
    return core


@cache
def _shared() -> _Shared | None:
    """None where the caller's AWS settings cannot be read: then each session is to say so for itself."""
    handlers = HierarchicalEmitter()
    try:
        core = botocore.session.Session(event_hooks=handlers)
        return _Shared(core.get_component("data_loader"), handlers)
    except BotoCoreError:
        return None


def prime(connection: session.Connection) -> None:
    """Load all of it now: what a process has loaded, the workers that it forks have too.

    ``connection``: that of a task without any connection option. Its credentials are not used.
    """
    # Whatever is wrong, a session that is really used will say so.
    with contextlib.suppress(Exception):
        shared = _shared()
        if shared is None:
            return
        arguments = _without_credentials(session.client_arguments(connection, "aws"))
        for service, calls in _CALLS.items():
            core = _core(shared)
            own = boto3.session.Session(botocore_session=core, profile_name=connection.profile)
            core.set_credentials("none", "none")
            client = own.client(service, **tls.with_bundle_of_profile(own, arguments))
            tls.with_shared_certificates(client)
            # To sign a URL resolves the endpoint and reads the model of the call, without making it.
            for name, parameters in calls.items():
                client.generate_presigned_url(name, Params=parameters)
            _ahead[service] = _Ahead(connection.profile, arguments, client, core.get_credentials())
        for bundle in _bundles_of_profiles(_core(shared)):
            tls.load(bundle)


def _bundles_of_profiles(core: Any) -> list[str]:
    """The first few: a task may name a profile, which is not known before it runs."""
    named = [profile.get("ca_bundle") for profile in core.full_config.get("profiles", {}).values()]
    return list(dict.fromkeys(bundle for bundle in named if bundle))[:_MOST_BUNDLES]
