# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The time that one account has for all of its calls, and which endpoints have answered it.

botocore's time-outs are those of one connection and one pause between two bytes, seven times over: an endpoint that takes every connection
and never answers keeps an account for minutes, one that sends a byte now and then for ever. And they do not hold for what is done
before a connection, such as looking up a name, or a credential_process. So each call is made in a thread of its own, which is waited for until
the time is over, and left alone then. It ends with the process, and begins no further attempt: that is refused right before it is sent.

No signal is used: one that comes in the middle of a write would leave nobody to write down that it may have been made.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .._policy.errors import CollectionError

_Answer = TypeVar("_Answer")

# The code of a call that the time of its account was not enough for.
OUT_OF_TIME = "OutOfTime"
# How long a write that was sent in time is waited for beyond it, and how long the journal may take: as long as one answer may.
GRACE = 30.0
_WRITES = re.compile(r"[a-z0-9-]+:(?!Assume|Describe|Get|Head|List|Simulate|Verify)")
# What a run's records need, see records/journal.py: what was done by then has to be written down.
_RECORDS = frozenset({"s3:PutObject", "s3:GetObject", "kms:GenerateMac"})
_ATTRIBUTE = "cloudrestore_deadline"


class OutOfTimeError(CollectionError):
    """``sent``: whether the call may have reached AWS."""

    def __init__(self, seconds: float, sent: bool) -> None:
        when = "no answer came" if sent else "it was not made"
        super().__init__(f"{when} within the {seconds:g} seconds of timeout for the account")
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Unreached:
    """The last call of an account if it failed at an endpoint that has never answered it. ``code``: of the failure."""

    endpoint: str
    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "code": self.code, "message": self.message}


@dataclass
class _Call:
    """What became of a call. ``sent``: whether an attempt went out."""

    sent: bool = False
    answer: Any = None
    error: BaseException | None = None


class _Current(threading.local):
    """The call that this thread makes."""

    call: _Call | None = None


@dataclass
class Deadline:
    """``seconds``: that all calls of the account have together, from now on."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    unreached: Unreached | None = field(default=None, init=False)
    _ends: float = field(init=False)
    _answered: set[str] = field(default_factory=set, init=False)
    _current: _Current = field(default_factory=_Current, init=False)

    def __post_init__(self) -> None:
        self._ends = self.clock() + self.seconds

    def left(self, action: str = "") -> float:
        """Seconds in which ``action`` may still be begun; none or less if it may not."""
        return self._ends + (GRACE if action in _RECORDS else 0.0) - self.clock()

    def sleep(self, seconds: float) -> None:
        """As long as that, or until the time is over: the call that follows says so."""
        time.sleep(max(0.0, min(seconds, self.left())))

    def watch(self, client: Any) -> Any:
        """``client``, none of whose attempts is sent after the deadline."""
        client.meta.events.register("before-send", self._before_send)
        setattr(client, _ATTRIBUTE, self)
        return client

    def _before_send(self, event_name: str, **_request: Any) -> None:
        _event, service, operation = event_name.split(".")
        current = self._current.call
        if self.left(f"{service}:{operation}") <= 0:
            raise OutOfTimeError(self.seconds, bool(current and current.sent))
        if current is not None:
            current.sent = True

    def run(self, action: str, make: Callable[[], _Answer]) -> _Answer:
        """What ``make`` returns or raises. Raises OutOfTimeError if that takes longer than there is time."""
        left = self.left(action)
        if left <= 0:
            raise OutOfTimeError(self.seconds, sent=False)
        made = _Call()
        thread = threading.Thread(target=self._make, args=(made, make), name=action, daemon=True)
        thread.start()
        # The answer to a write is worth waiting for: without it nobody knows what the account is like.
        thread.join(left + GRACE if _WRITES.match(action) and action not in _RECORDS else left)
        if thread.is_alive():
            raise OutOfTimeError(self.seconds, made.sent)
        if made.error is not None:
            raise made.error
        answer: _Answer = made.answer
        return answer

    def _make(self, made: _Call, make: Callable[[], Any]) -> None:
        self._current.call = made
        try:
            made.answer = make()
        except BaseException as error:  # noqa: BLE001 (the thread that waits for it raises it)
            made.error = error

    def answered(self, client: Any) -> None:
        """An answer came, whatever it says: the way there is open."""
        self._answered.add(_endpoint(client))
        self.unreached = None

    @property
    def has_answers(self) -> bool:
        """Whether AWS has answered at all."""
        return bool(self._answered)

    def lost(self, client: Any, code: str, message: str) -> None:
        """The connection failed."""
        endpoint = _endpoint(client)
        self.unreached = None if endpoint in self._answered else Unreached(endpoint, code, message)


def of(client: Any) -> Deadline | None:
    """The deadline that watches this client; None for none."""
    found = getattr(client, "__dict__", {}).get(_ATTRIBUTE)
    return found if isinstance(found, Deadline) else None


def _endpoint(client: Any) -> str:
    """Host and port, without what else a URL can hold."""
    url = urlsplit(str(client.meta.endpoint_url))
    return url.netloc.rpartition("@")[2]
