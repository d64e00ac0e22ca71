# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From connection options to an account's IAM client: one session, assume-role built in, retries, user agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from typing import Any

from .._errors import OptionError
from .._policy.documents import as_stored
from .._version import VERSION
from . import credentials_in_urls, profiles, tls
from .account import Account
from .calls import DOCUMENTS, CallError, call, of_arn
from .deadline import OUT_OF_TIME, Deadline, OutOfTimeError
from .partitions import home_region

try:
    import boto3
    import botocore.handlers
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
except ImportError:  # the module shell reports the missing library with Ansible's own words
    BotoCoreError = Exception

_SHORTEST_SESSION = 900
_LONGEST_CHAINED_SESSION = 3600


@dataclass(frozen=True)
class AssumeRole:
    """The AssumeRoles into an account. ``arns``: roles, each assumed with the credentials of the one before; the last is the account's.

    ``seconds``: how long the work in it may take. ``policy``: what the session in the account may do, empty for all that the
    role may. Only the last hop has it, and the external ID. ``source_identity`` and ``tags`` are set at the first hop, and go
    on to every further session: AWS takes neither a second time.
    """

    arns: tuple[str, ...]
    external_id: str | None
    session_name: str
    seconds: int
    policy: str = ""
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def hops(self) -> tuple[dict[str, Any], ...]:
        """The arguments of each AssumeRole, in order."""
        duration = max(_SHORTEST_SESSION, min(self.seconds, _LONGEST_CHAINED_SESSION))
        hops = [
            {"RoleArn": arn, "RoleSessionName": self.session_name, "DurationSeconds": duration} for arn in self.arns
        ]
        hops[0] |= {"SourceIdentity": self.source_identity} if self.source_identity else {}
        hops[0] |= {"Tags": [{"Key": key, "Value": value} for key, value in self.tags]} if self.tags else {}
        hops[0] |= {"TransitiveTagKeys": [key for key, _value in self.tags]} if self.tags and len(hops) > 1 else {}
        hops[-1] |= {"ExternalId": self.external_id} if self.external_id else {}
        hops[-1] |= {"Policy": self.policy} if self.policy else {}
        return tuple(hops)


@dataclass(frozen=True)
class Mfa:
    """A device of the calling user, and the code that it shows, which works once."""

    serial: str
    code: str = field(repr=False)


def check_one_identity(params: Mapping[str, Any]) -> None:
    """Whether it is clear whose credentials are meant, by the connection options. Raises OptionError.

    They take a profile and keys from the environment as well, where people set one and forget the other.
    """
    keys = any(params.get(name) for name in ("access_key", "secret_key", "session_token"))
    if params.get("profile") and keys:
        account_id = params.get("account_id")
        raise OptionError(
            f"{f'Account {account_id}: ' if account_id else ''}Both a profile and access keys are set, by options or "
            "by the environment (such as AWS_PROFILE and AWS_ACCESS_KEY_ID), so it is not clear which credentials to "
            "use. Nothing was done. Remove one of the two, for example with unset AWS_PROFILE."
        )


def check_config(config: Mapping[str, Any] | None) -> None:
    """Whether ``aws_config`` is one of botocore's. Raises OptionError: botocore itself raises whatever comes of it."""
    if isinstance(config, Mapping):
        _check_proxies(config.get("proxies"))
    try:
        Config(**(config or {}))
    except (AttributeError, BotoCoreError, TypeError, ValueError) as error:
        reason = credentials_in_urls.without(str(error)).rstrip(".")
        raise OptionError(
            f"aws_config cannot be used: {reason}. It accepts the options of botocore's Config."
        ) from None


def _check_proxies(proxies: object) -> None:
    """botocore takes anything for them, and fails at the first call, without naming them."""
    fitting = isinstance(proxies, Mapping) and all(
        isinstance(scheme, str) and isinstance(url, str | None) for scheme, url in proxies.items()
    )
    if proxies is not None and not fitting:
        # The value is not repeated: it can hold a password.
        raise OptionError(
            "aws_config.proxies must be a mapping, such as {https: 'http://proxy.example:3128'}, of schemes to URLs."
        )


def boto3_session(profile: str | None) -> Any:
    """A session that shares nothing with any other. Raises what boto3 raises."""
    return boto3.session.Session(profile_name=profile)


def with_strict_documents(client: Any) -> Any:
    """``client`` of IAM, whose answers hold policy documents as ``load`` reads them, and else as they came.

    botocore's own reading keeps the last of two elements of one name without a word, and fails on a deep one.
    """
    # A botocore without it has nothing to be taken out.
    if own := getattr(botocore.handlers, "json_decode_policies", None):
        client.meta.events.unregister("after-call.iam", own)
    client.meta.events.register("after-call.iam", _read_documents)
    return client


def _read_documents(parsed: dict[str, Any], **_event: Any) -> None:
    for part in (parsed, *parsed.values()):
        if isinstance(part, dict):
            part |= {name: as_stored(part[name]) for name in DOCUMENTS if isinstance(part.get(name), str)}


@dataclass(frozen=True)
class Connection:
    """amazon.aws's connection options, resolved. ``client_arguments``: credentials, verify, profile_name, aws_config.

    ``new_session``: makes a boto3 session, or as much of one as is used here, from the name of a profile. ``deadline``: of every
    call that is made with it, None for none.
    """

    region: str | None
    endpoint_url: str | None
    client_arguments: dict[str, Any] = field(repr=False)
    new_session: Callable[[str | None], Any] = boto3_session
    deadline: Deadline | None = None

    @property
    def profile(self) -> str | None:
        name: str | None = self.client_arguments.get("profile_name")
        return name


@cache
def _config() -> Any:
    """The same object each time, so that what was made with it can be told."""
    return Config(
        # Back-off with jitter for throttling in all its names, 5xx, resets and timeouts. Not the adaptive mode: its
        # rate limit is meant for a stream of calls, and would hold up the few of one account for many seconds.
        retries={"mode": "standard", "max_attempts": 7},
        connect_timeout=10,
        read_timeout=30,
        user_agent_extra=f"cloudrestore.aws/{VERSION}",
    )


def client_arguments(connection: Connection, partition: str) -> dict[str, Any]:
    """What boto3 makes a client from, for any service."""
    options = connection.client_arguments
    user_config = options.get("aws_config")
    return {
        **{name: value for name, value in options.items() if name not in ("profile_name", "aws_config")},
        # STS must be called somewhere even if no region is set.
        "region_name": connection.region or home_region(partition),
        "endpoint_url": connection.endpoint_url,
        "config": _config().merge(user_config) if user_config else _config(),
    }


class Session:
    """The clients of one account. Nothing is called before the first use; every method raises CallError."""

    def __init__(
        self,
        connection: Connection,
        assume: AssumeRole | None,
        partition: str,
        mfa: Mfa | None = None,
        start: Session | None = None,
    ) -> None:
        """``start``: the session whose credentials this one is entered with."""
        self._assume = assume
        self._mfa = mfa
        self._start = start
        self._connection = connection
        self._partition = partition
        self._arguments = client_arguments(connection, partition)

    @cached_property
    def _boto3(self) -> Any:
        return self._connection.new_session(self._connection.profile)

    @cached_property
    def _with_mfa(self) -> dict[str, str]:
        """The credentials of the one session with MFA, in place of the connection's own; empty without MFA."""
        if self._start is not None:
            return self._start._with_mfa
        if self._mfa is None:
            return {}
        device = {"SerialNumber": self._mfa.serial, "TokenCode": self._mfa.code}
        sts = self._made("sts", {})
        return _credentials(call(sts, "sts", "GetSessionToken", self._mfa.serial, device))

    def _client(self, service: str, more: dict[str, str]) -> Any:
        return self._made(service, {**self._with_mfa, **more})

    def _made(self, service: str, more: dict[str, str]) -> Any:
        deadline = self._connection.deadline
        make = partial(self._made_by_boto3, service, more)
        try:
            client = make() if deadline is None else deadline.watch(deadline.run(f"{service} client", make))
        except OutOfTimeError as error:
            # It is still asking for credentials, such as by the credential_process of the profile.
            said = str(error).replace("it was not made", "the credentials were not there")
            failure = CallError(f"{service} client", "the AWS SDK", OUT_OF_TIME, said)
        except (BotoCoreError, EOFError, OSError, ValueError) as error:
            # boto3 asks some kinds of profile for credentials as soon as a client is made.
            code, told = profiles.code_and_message(error) or (type(error).__name__, str(error))
            urls = credentials_in_urls.used(self._connection.endpoint_url, self._arguments["config"])
            said = credentials_in_urls.without(told, urls)
            failure = CallError(f"{service} client", "the AWS SDK", code, said)
        else:
            return with_strict_documents(client) if service == "iam" else client
        raise failure

    def _made_by_boto3(self, service: str, more: dict[str, str]) -> Any:
        arguments = tls.with_bundle_of_profile(self._boto3, {**self._arguments, **more})
        return tls.with_shared_certificates(self._boto3.client(service, **arguments))

    @cached_property
    def _base_sts(self) -> Any:
        return self._client("sts", {})

    @cached_property
    def _assumed(self) -> dict[str, Any] | None:
        if self._assume is None:
            return None
        sts = self._base_sts
        *before, last = self._assume.hops
        for hop in before:
            answer = call(sts, "sts", "AssumeRole", hop["RoleArn"], hop)
            sts = self._client("sts", _credentials(answer))
        return call(sts, "sts", "AssumeRole", last["RoleArn"], last)

    @cached_property
    def iam(self) -> Any:
        """The account's IAM client, with the assumed role's credentials if a role was asked for."""
        return self.client("iam")

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of any service in the account. ``region``: where it is; None for the connection's own."""
        where = {"region_name": region} if region else {}
        if self._assumed is None:
            return self._client(service, where)
        return self._client(service, _credentials(self._assumed) | where)

    def entering(self, assume: AssumeRole | None) -> Session:
        """A session in another account, entered with the credentials of this one's connection."""
        connection = replace(self._connection, new_session=lambda _profile: self._boto3)
        return Session(connection, assume, self._partition, start=self)

    def with_mfa(self) -> dict[str, str]:
        """The credentials of a session with MFA, as boto3 names them; one GetSessionToken."""
        return dict(self._with_mfa)

    def account(self) -> Account:
        """Where the credentials lead. Free with an assumed role, whose ARN tells; else one GetCallerIdentity."""
        return self._account

    def caller(self) -> str:
        """The ARN that CloudTrail shows for this session's calls."""
        return self._caller

    @cached_property
    def _caller(self) -> str:
        if self._assumed is not None:
            return str(self._assumed["AssumedRoleUser"]["Arn"])
        return str(call(self._base_sts, "sts", "GetCallerIdentity", "the caller", {})["Arn"])

    @cached_property
    def _account(self) -> Account:
        action = "sts:GetCallerIdentity" if self._assume is None else "sts:AssumeRole"
        return Account(*of_arn(self._caller, action, "the caller"))


def _credentials(assumed: Mapping[str, Any]) -> dict[str, str]:
    """What boto3 makes a client from, of the answer to AssumeRole or GetSessionToken."""
    fresh = assumed["Credentials"]
    return {
        "aws_access_key_id": fresh["AccessKeyId"],
        "aws_secret_access_key": fresh["SecretAccessKey"],
        "aws_session_token": fresh["SessionToken"],
    }
