# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What boto3 reads and builds before its first call, read and built once, for every session that follows.

Only what is the same for everybody is shared: AWS's service models, endpoint rules and default settings, and botocore's
own event handlers. Credentials, profile and configuration belong to each session alone.
"""

from __future__ import annotations

import contextlib
import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..module_utils import _account

try:
    import boto3
    import botocore.session
    from botocore.exceptions import BotoCoreError
    from botocore.hooks import HierarchicalEmitter
except ImportError:  # the module says so in Ansible's own words
    BotoCoreError = Exception

_SERVICES = ("sts", "iam")


@dataclass(frozen=True)
class _Shared:
    """``loader``: holds every model it has read. ``handlers``: copied for each session."""

    loader: Any
    handlers: Any


def boto3_session(profile: str | None) -> Any:
    """As ``_account.boto3_session``, for a seventh of the time. Raises what boto3 raises."""
    shared = _shared()
    if shared is None:
        return _account.boto3_session(profile)
    core = botocore.session.Session(event_hooks=copy.copy(shared.handlers), include_builtin_handlers=False)
    core.register_component("data_loader", shared.loader)
    return boto3.session.Session(botocore_session=core, profile_name=profile)


@cache
def _shared() -> _Shared | None:
    """None where the caller's AWS settings cannot be read: then each session is to say so for itself."""
    handlers = HierarchicalEmitter()
    try:
        core = botocore.session.Session(event_hooks=handlers)
        return _Shared(core.get_component("data_loader"), handlers)
    except BotoCoreError:
        return None


@cache
def prime() -> None:
    """Load all of it now: what a process has loaded, the workers that it forks have too."""
    # Whatever is wrong, a session that is really used will say so.
    with contextlib.suppress(Exception):
        # The models are loaded, and botocore's modules imported, by making clients. These are thrown away.
        session = boto3_session(None)
        for service in _SERVICES:
            session.client(service, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106
