# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where plans are read and written: files, and objects in S3 with the credentials that the run started with."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .. import _files
from .._aws.calls import CallError
from .._aws.explain import with_reason
from .._errors import OptionError, RestoreAccessError
from .._principal.records import snapshot_s3
from .._principal.records.chain import sha256
from .._principal.records.signing import Key
from .._principal.records.snapshot_s3 import SCHEME, Put
from . import document
from .document import Plan

_URI: Final = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>[A-Za-z0-9!_.*'()/=@+-]{1,900}\.json)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """``plan``: a path or an s3:// URI. ``sha256``, ``version_id``: empty for any."""

    plan: str
    sha256: str = ""
    version_id: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a plan goes. ``bucket``: None for none."""

    directory: str
    name: str
    bucket: str | None
    prefix: str


@dataclass(frozen=True, slots=True)
class Clients:
    """``key``: that plans must be signed with; None for any, or none."""

    s3: Callable[[], Any]
    key: Key | None = None


def read(place: Place, clients: Clients) -> Plan:
    """Raises OptionError for what is no plan, is another than was asked for, is not signed as it must be, or cannot be read."""
    content = _from_s3(place, clients) if place.plan.startswith(SCHEME) else _from_file(place.plan)
    if clients.key is not None:
        clients.key.check_plan(document.signature(content), place.plan)
    return document.read(content, place.plan, place.sha256)


def _from_file(given: str) -> bytes:
    try:
        return _files.read(Path(given).expanduser())
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OptionError(
            f"The plan {given} cannot be read ({reason}). Nothing was done. Use the file plan-….json that "
            "drift_report or converge --check has written, or its s3:// URI."
        ) from None


def _from_s3(place: Place, clients: Clients) -> bytes:
    found = _URI.fullmatch(place.plan)
    if found is None:
        raise OptionError(f"{place.plan} is not the URI of a plan: it must be s3://BUCKET/KEY.json. Nothing was done.")
    try:
        return snapshot_s3.read(clients.s3(), found["bucket"], found["key"], place.version_id)
    except CallError as error:
        remedy = (
            "Nothing was done. Use the URI and version from the artifacts of the run, and credentials that are "
            "allowed s3:GetObject and s3:GetObjectVersion there."
        )
        raise OptionError(with_reason(f"The plan {place.plan} cannot be read", error, remedy)) from None


def _write(content: bytes, path: str) -> str:
    """Its absolute path. Whole or not at all, with mode 0600."""
    where = Path(path).absolute()
    try:
        _files.replace(where, content)
    except OSError as error:
        raise RestoreAccessError(
            f"The plan {path} cannot be written: {error.strerror or error}. Check the free space and the permissions of "
            "its directory, or set another directory."
        ) from None
    return str(where)


def keep(plan: Plan, target: Target, clients: Clients) -> dict[str, str]:
    """Write the plan, signed if there is a key, and say where it is. Raises RestoreAccessError."""
    content = document.written(plan)
    if clients.key is not None:
        content = document.signed(content, _signature(clients.key, content))
    file = f"plan-{target.name}-{plan.head['made_at'].replace(':', '')}.json"
    kept = {"plan_file": _write(content, os.path.join(target.directory, file)), "plan_sha256": sha256(content)}
    if target.bucket:
        put = _put(content, target.bucket, "/".join(filter(None, (target.prefix, file))), clients)
        kept["plan_s3"] = put.uri
        if put.version_id:
            kept["plan_s3_version_id"] = put.version_id
    return kept


def _signature(key: Key, content: bytes) -> str:
    try:
        return key.sign_plan(content)
    except CallError as error:
        remedy = "Grant kms:GenerateMac on that key to the credentials that the run starts with, and check the key and its Region."
        raise RestoreAccessError(with_reason(f"The plan cannot be signed with {key.key_id}", error, remedy)) from None


def _put(content: bytes, bucket: str, key: str, clients: Clients) -> Put:
    uri = f"{SCHEME}{bucket}/{key}"
    try:
        return snapshot_s3.put(clients.s3(), bucket, uri, content)
    except CallError as error:
        remedy = "Grant s3:PutObject there to the credentials that the run starts with, and check the name of the bucket and its Region."
        raise RestoreAccessError(with_reason(f"The plan {uri} cannot be uploaded", error, remedy)) from None
