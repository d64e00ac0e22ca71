# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a session to an organization. Every method raises RestoreAccessError; nothing is returned in part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from .._aws.calls import CallError
from .._aws.session import Connection, Session
from . import explain, policies, read
from .state import Header, Member, Organization

try:
    from botocore.config import Config
except ImportError:  # the shell reports the missing library with Ansible's own words
    Config = None

Result = TypeVar("Result")
# AWS Organizations throttles early and for long: attempts and pauses for some minutes of it.
_PATIENCE = {"mode": "standard", "max_attempts": 12}


def patient(connection: Connection) -> Connection:
    """The same connection with more retries, unless the user's own ``aws_config`` says otherwise."""
    own = connection.client_arguments.get("aws_config")
    config = Config(retries=_PATIENCE)
    arguments = {**connection.client_arguments, "aws_config": config.merge(own) if own else config}
    return replace(connection, client_arguments=arguments)


class Gathering:
    """Reads of one organization through one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._header: Header | None = None

    def ask(self, question: Callable[[Any, Header], Result]) -> Result:
        """The answer to ``question(client, header)``. Raises RestoreAccessError in place of CallError."""
        try:
            client = self._session.client("organizations")
            if self._header is None:
                self._header = read.header(client)
            return question(client, self._header)
        except CallError as failed:
            failure = explain.error(failed, self._account_id(), self._header)
        raise failure

    def organization(self) -> Organization:
        return self.ask(read.organization)

    def policies(self, account_ids: Sequence[str]) -> policies.OrganizationPolicies:
        """Of these accounts; none given: of the whole organization."""

        def asked(client: Any, header: Header) -> policies.OrganizationPolicies:
            if account_ids:
                return policies.of_accounts(client, header, account_ids)
            return policies.whole(client, header)

        return self.ask(asked)

    def with_tags(self, members: Iterable[Member]) -> tuple[Member, ...]:
        """The same accounts with their tags: one call for each whose tags were not read yet."""

        def tagged(client: Any, _header: Header) -> tuple[Member, ...]:
            return tuple(
                member if member.tags is not None else replace(member, tags=read.tags(client, member.account_id))
                for member in members
            )

        return self.ask(tagged)

    def _account_id(self) -> str:
        try:
            return self._session.account().account_id
        except CallError:
            return ""
