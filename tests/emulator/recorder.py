# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A proxy in front of an emulator that writes down every API call: which account, which action."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs

from tests.emulator.organization import Organization
from tests.emulator.proxy import Proxy, in_front_of
from tests.emulator.server import Server

_READS = re.compile(r"(backup|dynamodb|iam|kms):(Get|List|Simulate)|sts:(AssumeRole|GetCallerIdentity)$")
# AWS Backup has no name of the operation in a request, but a path for each.
_PATHS = {r"/tags/": "ListTags", r"/backup-vaults/[^/]+/access-policy": "GetBackupVaultAccessPolicy"}


@dataclass
class Recording:
    """``calls``: (account ID, ``service:Action``) in order. ``secrets``: what AssumeRole handed out.

    ``before`` is called with account and action before a call is passed on; ``after`` may change its answer.
    """

    calls: list[tuple[str, str]] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    accounts: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    before: Callable[[str, str], None] = lambda _account, _action: None
    after: Callable[[str, str, bytes], bytes] = lambda _account, _action, answer: answer

    def of(self, account_id: str) -> list[str]:
        return [action for account, action in self.calls if account == account_id]

    def writes(self, account_id: str) -> list[str]:
        """The operations, as IAM spells them, that changed something in an account."""
        return [action.removeprefix("iam:") for action in self.of(account_id) if not _READS.match(action)]

    def clear(self) -> None:
        self.calls.clear()

    def asked(self, authorization: str, body: bytes, named: str = "") -> tuple[str, str]:
        """Account and action of a request. Entering an account counts as a call in that account.

        ``named``: the operation, of a service that does not have it in the body.
        """
        asked = {key: values[0] for key, values in parse_qs(body.decode("latin-1")).items()}
        key, _date, _region, service, *_rest = re.sub(".*Credential=", "", authorization).split("/")
        action = f"{service}:{named or asked.get('Action', 'unknown')}"
        if action == "sts:AssumeRole":
            return asked["RoleArn"].split(":")[4], action
        return self.accounts.get(key, ""), action

    def note(self, account: str, action: str, answer: bytes) -> None:
        with self.lock:
            if action == "sts:AssumeRole":
                self._learn(account, answer.decode())
            self.calls.append((account, action))

    def _learn(self, account: str, answer: str) -> None:
        for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
            for value in re.findall(f"<{name}>([^<]+)</{name}>", answer):
                self.secrets.add(value)
                if name == "AccessKeyId":
                    self.accounts[value] = account


@contextlib.contextmanager
def recorded(
    organization: Organization, recording: Recording | None = None
) -> Iterator[tuple[Organization, Recording]]:
    """The same organization, reached through a recorder on a port of its own."""
    recording = recording or Recording()
    with in_front_of(organization.server, _Recorder, recording=recording) as endpoint:
        server: Server = replace(organization.server, endpoint=endpoint)
        yield replace(organization, server=server), recording


class _Recorder(Proxy):
    recording: Recording

    def do_GET(self) -> None:
        self._record(next((name for path, name in _PATHS.items() if re.match(path, self.path)), self.path))

    def do_POST(self) -> None:
        # Services with JSON have it there, behind their own name.
        self._record(self.headers.get("X-Amz-Target", "").rpartition(".")[2])

    def _record(self, named: str) -> None:
        body = self.body()
        account, action = self.recording.asked(self.headers.get("Authorization", ""), body, named)
        self.recording.before(account, action)
        answer = self.pass_on(body)
        answer = replace(answer, content=self.recording.after(account, action, answer.content))
        self.recording.note(account, action, answer.content)
        self.answer(answer)
