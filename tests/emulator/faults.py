# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults in front of an emulator: one chosen API call of an account fails, once, in a chosen way.

microburst answers in AWS's place, cuts connections and cuts answers short. What it cannot do, a proxy of ours behind it
does: an answer that comes too late though the call was carried out (microburst's time-outs are of calls that it does not pass
on), and a page of something that is not AWS at all. That proxy also writes down which calls an account made, and which of
them the emulator carried out. An account is told by its access key, which here is its ID.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.emulator.proxy import Proxy, in_front_of
from tests.emulator.server import Server, microburst

Rule = dict[str, Any]


def refusal(code: str, status: int) -> Rule:
    """The call is not carried out."""
    return {"error": {"code": code, "status": status, "message": "injected"}}


# What microburst does, as the effect of a rule of its.
MICROBURST: dict[str, Rule] = {
    "ThrottlingException": refusal("ThrottlingException", 400),
    "Throttling": refusal("Throttling", 400),
    "RequestLimitExceeded": refusal("RequestLimitExceeded", 503),
    "ServiceFailure 500": refusal("ServiceFailure", 500),
    "ServiceUnavailable 503": refusal("ServiceUnavailable", 503),
    "ExpiredToken": refusal("ExpiredToken", 403),
    "AccessDenied": refusal("AccessDenied", 403),
    "NoSuchEntity once": refusal("NoSuchEntity", 404),
    "reset before": {"reset": True},
    "reset after": {"response": {"abort_bytes": 0}},
    "body cut short": {"response": {"truncate_frac": 0.5}},
}
TIMEOUT, GARBAGE = "timeout", "garbage body"
KINDS = (*MICROBURST, TIMEOUT, GARBAGE)
# What botocore or the product waits out by itself, so that the run ends well.
RETRIED = (*list(MICROBURST)[:5], "reset before", "reset after", TIMEOUT)
_READS = re.compile("Get|List|Assume")


@dataclass(frozen=True)
class Seen:
    """A call that was passed on. ``begun``, ``ended``: seconds of a monotonic clock, around what the emulator did."""

    action: str
    begun: float
    ended: float
    carried_out: bool


@dataclass
class Weather:
    """What the proxy of ours does and sees.

    ``due``: account → (number of the call, from 0; kind of fault). ``hold``: seconds that a timeout takes. ``called_as``: the
    host that clients sign for, where microburst stands in between; None if it is the proxy's own.
    ``before``: called with account, action and number of a call before it is passed on. ``after_write``: called with account
    and action of a change once it was carried out, before it is answered.
    """

    hold: float = 4.0
    called_as: str | None = None
    before: Callable[[str, str, int], None] = lambda _account, _action, _number: None
    after_write: Callable[[str, str], None] = lambda _account, _action: None
    due: dict[str, tuple[int, str]] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    seen: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def arrives(self, account: str, action: str) -> str | None:
        """The fault for this call, or None."""
        with self.lock:
            self.calls[account].append(action)
            place = len(self.calls[account]) - 1
            number, kind = self.due.get(account, (-1, ""))
        self.before(account, action, place)
        return kind if number == place else None

    def writes(self, account: str) -> list[str]:
        """The operations that changed something in an account."""
        return [call.action for call in self.seen[account] if call.carried_out and is_write(call.action)]


def is_write(action: str) -> bool:
    return not _READS.match(action)


@dataclass(frozen=True)
class Sky:
    """An emulator behind both proxies. ``endpoint``: what clients call."""

    server: Server
    endpoint: str
    weather: Weather

    def strike(self, account: str, number: int, kind: str) -> None:
        """Call ``number`` of the account, from 0, fails."""
        if kind not in MICROBURST:
            self.weather.due[account] = (number, kind)
            return
        about = _about(account)
        waiting = [{**about, "times": number}] if number else []
        self.rules("PATCH", [*waiting, {**about, "times": 1, **MICROBURST[kind]}])

    def calm(self, account: str) -> None:
        self.weather.due.pop(account, None)
        self.rules("DELETE", [_about(account)])

    def rules(self, method: str, rules: Sequence[Rule]) -> None:
        """POST replaces microburst's rules, PATCH adds to them, DELETE removes those that are like one given."""
        request = urllib.request.Request(  # noqa: S310 (our own URL)
            f"{self.endpoint}/_microburst/rules", json.dumps(list(rules)).encode(), method=method
        )
        with urllib.request.urlopen(request, timeout=60):  # noqa: S310
            pass


def _about(account: str) -> Rule:
    return {"headers": {"Authorization": f"Credential={account}/"}}


@contextlib.contextmanager
def above(server: Server) -> Iterator[Sky]:
    """microburst in front of the proxy of ours in front of the emulator."""
    weather = Weather()
    with behind(server, weather) as passed_on, microburst(passed_on) as address:
        # In a host with dots microburst looks for a service of AWS: the first time it takes longer than a client waits.
        endpoint = address.replace("127.0.0.1", "localhost")
        # microburst calls what is behind it by its own name, and a signature covers the name that the client called.
        weather.called_as = urlsplit(endpoint).netloc
        yield Sky(server, endpoint, weather)


@contextlib.contextmanager
def behind(server: Server, weather: Weather) -> Iterator[str]:
    """The endpoint of the proxy of ours alone."""
    with in_front_of(server, _Faults, weather=weather) as endpoint:
        yield endpoint


class _Faults(Proxy):
    weather: Weather

    def do_POST(self) -> None:
        body = self.body()
        account = re.sub(".*Credential=", "", self.headers.get("Authorization", "")).split("/")[0]
        action = parse_qs(body.decode("latin-1")).get("Action", ["unknown"])[0]
        kind = self.weather.arrives(account, action)
        begun = time.monotonic()
        answer = self.pass_on(body, self.weather.called_as)
        carried_out = answer.status == 200
        with self.weather.lock:
            self.weather.seen[account].append(Seen(action, begun, time.monotonic(), carried_out))
        if carried_out and is_write(action):
            self.weather.after_write(account, action)
        if kind == TIMEOUT:
            time.sleep(self.weather.hold)
        self.answer(replace(answer, content=b"<html>Welcome") if kind == GARBAGE else answer)
