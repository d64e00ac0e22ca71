# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether anybody at all may assume a role through an identity provider that is open to everyone. Pure.

What such a provider says of a stranger is asked of the engine, as a request of sts:AssumeRole with the provider's keys. Some
keys are the stranger's to choose, such as the audience of a token of GitHub Actions: a condition on them keeps nobody out.
Source: IAM User Guide, "Available keys for AWS web identity federation", and the providers' documentation of their claims.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from . import assume, principals
from .arns import partition_in
from .context import Given
from .documents import Json, as_list, element, statements
from .matching import StoredPolicy
from .statements import condition_values, effect, is_allow

_ACTION = "sts:assumerolewithwebidentity"
_STRANGER = "000000000000"
_POOL = "us-east-1:00000000-0000-0000-0000-000000000000"

# Host → what a stranger's token says, by the last part of the condition key.
PUBLIC: Final[Mapping[str, Mapping[str, str]]] = {
    "accounts.google.com": {"aud": "0.apps.googleusercontent.com", "oaud": "0.apps.googleusercontent.com", "sub": "0"},
    "app.terraform.io": {"sub": "organization:x0:project:x0:workspace:x0:run_phase:apply"},
    "cognito-identity.amazonaws.com": {"aud": _POOL, "sub": _POOL},
    "gitlab.com": {"sub": "project_path:x0/x0:ref_type:branch:ref:main"},
    "graph.facebook.com": {"app_id": "0", "id": "0"},
    "token.actions.githubusercontent.com": {"sub": "repo:x0/x0:ref:refs/heads/main"},
    "www.amazon.com": {"app_id": "amzn1.application.0", "user_id": "amzn1.account.0"},
}
# How a subject begins, before the owner that a stranger cannot be. The rest of it, such as the name of a branch, is for the
# stranger to choose, and so is the audience.
_OWNED = {
    "app.terraform.io": "organization:",
    "gitlab.com": "project_path:",
    "token.actions.githubusercontent.com": "repo:",
}
_ANY = "x0/x0"
# Whether the provider knows who it is: both kinds of token are to be had of a pool of one's own.
_METHODS = ("authenticated", "unauthenticated")


def open_provider(document: Mapping[str, Json], statement: Json, role_arn: str) -> str:
    """The host of a provider by which the statement, beside the document's Deny statements, allows everyone; empty for none."""
    if not is_allow(statement) or not _covers(statement):
        return ""
    denies = [other for other in statements(document) if effect(other) == "Deny" and _may_cover(other)]
    for host in _hosts(statement):
        body = [*(_asked_by(other, "*") for other in denies), _asked_by(statement, _STRANGER)]
        policy = StoredPolicy("", {"Version": element(document, "Version"), "Statement": body})
        who = principals.role(f"arn:{partition_in(role_arn)}:iam::{_STRANGER}:role/nobody")
        values = (
            assume.trust_value(policy, role_arn, who, None, token) for token in _tokens(host, [statement, *denies])
        )
        if any(value.allow.is_true and value.deny.is_false for value in values):
            return host
    return ""


def _hosts(statement: Mapping[str, Json]) -> Iterator[str]:
    principal = element(statement, "Principal")
    entries = as_list(element(principal, "Federated")) if isinstance(principal, Mapping) else ()
    for entry in entries:
        host = str(entry).rpartition("oidc-provider/")[2].lower()
        if host in PUBLIC:
            yield host


def _tokens(host: str, body: Sequence[Json]) -> Iterator[dict[str, Given]]:
    """What a stranger can get from the provider, as far as conditions ask for it."""
    known: dict[str, Given] = {f"{host}:{name}": text for name, text in PUBLIC[host].items()}
    if host not in _OWNED:
        yield from ({**known, f"{host}:amr": method} for method in _METHODS)
        return
    known[f"{host}:aud"] = next(_asked_values(body, f"{host}:aud"), "x0").replace("*", "x0").replace("?", "x")
    yield known
    start = _OWNED[host]
    for asked in _asked_values(body, f"{host}:sub"):
        rest = asked.removeprefix(start)
        if rest.startswith("*"):
            yield {**known, f"{host}:sub": start + rest.replace("*", _ANY).replace("?", "x")}


def _asked_values(body: Sequence[Json], key: str) -> Iterator[str]:
    return (value for one in body if isinstance(one, Mapping) for value in condition_values(one, key))


def _covers(statement: Mapping[str, Json]) -> bool:
    left_out = element(statement, "NotAction")
    named = as_list(element(statement, "Action") if left_out is None else left_out)
    return any(fnmatch.fnmatchcase(_ACTION, str(entry).lower()) for entry in named) == (left_out is None)


def _may_cover(statement: Json) -> bool:
    return isinstance(statement, Mapping) and _covers(statement)


def _asked_by(statement: Json, who: str) -> dict[str, Json]:
    """The same, as a statement about sts:AssumeRole by ``who``."""
    left = ("principal", "notprincipal", "action", "notaction")
    rest = {key: value for key, value in dict(statement).items() if key.lower() not in left}  # type: ignore[arg-type]
    return {**rest, "Principal": {"AWS": who}, "Action": assume.ASSUME_ROLE}
