# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One session with MFA, whose credentials everything else is done with."""

from __future__ import annotations

from .calls import CallError
from .explain import explain
from .session import Connection, Mfa, Session

_NAMES = {
    "access_key": "aws_access_key_id",
    "secret_key": "aws_secret_access_key",
    "session_token": "aws_session_token",
}


def credentials(connection: Connection, device: Mfa, partition: str) -> dict[str, str]:
    """As the modules' connection options name them; ``failure`` alone, with the reason, where AWS gives none."""
    try:
        session = Session(connection, None, partition, device).with_mfa()
    except CallError as error:
        return {"failure": explain(error, "", "the session with MFA")}
    return {name: session[theirs] for name, theirs in _NAMES.items()}
