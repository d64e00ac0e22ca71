# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of a rollback that is about our managed policy: its versions put back, or the policy itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._policy.documents import Json, load, statements, text
from ..._policy.statements import with_statements
from ..model.operations import (
    CREATE_POLICY,
    CREATE_POLICY_VERSION,
    DELETE_POLICY,
    DELETE_POLICY_VERSION,
    SET_DEFAULT_POLICY_VERSION,
    TAG_POLICY,
    UNTAG_POLICY,
    create_policy,
    create_policy_version,
    delete_policy_version,
    set_default_policy_version,
    tag_policy,
    untag_policy,
)
from ..model.ownership import is_named_for
from ..model.state import Limits, ManagedPolicy, Observed, Operation, OwnPolicy, PolicyUse, PolicyVersion
from ..plan.permissions import deletion, new_version
from ..records.diff import readable
from ..records.snapshot import PolicyBefore, PolicyHistory
from .others import stands_again

_REASON = "rollback"


def revives(observed: Observed, history: PolicyHistory) -> Iterator[Operation]:
    """Our policy as it was: created again if the run deleted it, else its default version, and those pruned."""
    before, own = history.before, observed.own_policy(history.arn)
    if before is None or history.is_of_the_run or stands_again(observed, history):
        return
    if own is None:
        # Only one of ours is ever deleted.
        was = OwnPolicy(ManagedPolicy(before.arn, before.document), PolicyUse(before.tags))
        if history.of(DELETE_POLICY) and is_named_for(observed, was):
            yield from _create_again(history, before)
        return
    # Whatever a journal says, none of somebody else's is written.
    if is_named_for(observed, own):
        yield from _versions(own.stored, before, history)
        yield from _tags(own, before, history)


def _tags(own: OwnPolicy, before: PolicyBefore, history: PolicyHistory) -> Iterator[Operation]:
    """The tags that say whose it is, as they were: last, since without them it is no longer ours to write."""
    now = own.use.tags if own.use else {}
    removed = [str(key) for made in history.of(UNTAG_POLICY) for key in _listed(made.arguments["TagKeys"])]
    back = {key: before.tags[key] for key in removed if key in before.tags and key not in now}
    if back:
        yield tag_policy(own.arn, back, f"{_REASON}: {', '.join(sorted(back))}")
    tagged = [entry for made in history.of(TAG_POLICY) for entry in _listed(made.arguments["Tags"])]
    written = {str(entry["Key"]): entry["Value"] for entry in tagged}
    added = [key for key, value in written.items() if key not in before.tags and now.get(key) == value]
    if added:
        yield untag_policy(own.arn, added, f"{_REASON}: {', '.join(sorted(added))}")


def _listed(value: Json) -> list[Any]:
    return value if isinstance(value, list) else []


def _versions(own: ManagedPolicy, before: PolicyBefore, history: PolicyHistory) -> Iterator[Operation]:
    """IAM numbers what is created anew: beside its number it is the version that was pruned."""
    known = [version for version in history.known_versions if version in _ids(own)]
    documents = {**history.pruned, before.default_version: before.document}
    deleted = _deleted(before, history)
    pruned = {version: documents[version] for version in deleted if version in documents and version not in known}
    new = {version.version_id: version.document for version in own.versions if version.version_id not in known}
    again = _made_again(pruned, new)
    writes = history.of(CREATE_POLICY, CREATE_POLICY_VERSION)
    written = [readable(made.arguments["PolicyDocument"]) for made in writes]
    extra = [
        version for version, document in new.items() if version not in again.values() and readable(document) in written
    ]
    current = own.default_version
    # Where somebody else has put another version in charge since, that one stays in charge.
    set_by_run = [made.arguments["VersionId"] for made in history.of(SET_DEFAULT_POLICY_VERSION)]
    ours = current in extra or current in set_by_run or current in again.values()
    chosen = before.default_version if before.default_version in known else again.get(before.default_version)
    same = readable(own.document) == readable(before.document)
    if ours and not same and chosen is not None and chosen != current:
        yield set_default_policy_version(own.arn, chosen, _REASON)
        current = chosen
    made_by_run = {version: delete_policy_version(own.arn, version, f"{_REASON}: the run made it") for version in extra}
    yield from (operation for version, operation in made_by_run.items() if version != current)
    missing = {version: document for version, document in pruned.items() if version not in again}
    for version, document in missing.items():
        why, default = f"{_REASON}: a version that was pruned", ours and version == before.default_version
        yield create_policy_version(own.arn, _text(document), why, default=default)
    if before.default_version in missing:
        # The run's version, if it was in charge, no longer is, and only now can it go.
        yield from (operation for version, operation in made_by_run.items() if version == current)


def _deleted(before: PolicyBefore, history: PolicyHistory) -> list[str]:
    """The versions that the run deleted, by themselves or with the policy."""
    if history.of(DELETE_POLICY):
        return list(before.versions)
    by_run = {made.arguments["VersionId"] for made in history.of(DELETE_POLICY_VERSION)}
    return [version for version in before.versions if version in by_run]


def _made_again(pruned: Mapping[str, object], new: Mapping[str, object]) -> dict[str, str]:
    """Pruned version → version that holds the same and came since: an earlier rollback made it."""
    free, again = dict(new), {}
    for version, document in pruned.items():
        same = next((number for number, candidate in free.items() if readable(candidate) == readable(document)), None)
        if same is not None:
            again[version] = same
            del free[same]
    return again


def _ids(own: ManagedPolicy) -> set[str]:
    return {version.version_id for version in own.versions}


def _create_again(history: PolicyHistory, before: PolicyBefore) -> Iterator[Operation]:
    documents = {**history.pruned, before.default_version: before.document}
    first, *others = sorted(documents, key=lambda version: PolicyVersion(version, False).number)
    why = f"{_REASON}: the run deleted it"
    yield create_policy(before.arn, _text(documents[first]), before.tags, before.description, why)
    for version in others:
        default = version == before.default_version
        yield create_policy_version(before.arn, _text(documents[version]), _REASON, default=default)


def deletes(observed: Observed, history: PolicyHistory) -> Iterator[Operation]:
    """Our policy, if the run created it and nothing else uses it."""
    if history.is_of_the_run:
        reason = f"{_REASON}: the run created it, and nothing else uses it"
        yield from deletion(observed, history.arn, reason, of_versions=_REASON)


def leaves(observed: Observed, history: PolicyHistory, added: Sequence[Json] | None) -> Iterator[Operation]:
    """Of our policy, which the run created, only what somebody has put into it. ``added``: that; None where nobody can tell."""
    own = observed.own_policy(history.arn)
    # What the run wrote, others have come to use as well.
    if own is None or not added or not is_named_for(observed, own) or observed.other_uses(own) > 0:
        return
    document = load(own.stored.document)
    if list(added) == list(statements(document)):
        return
    left, why = text(with_statements(document, added)), f"{_REASON}: only what somebody has put into it since"
    no_room = f"{_REASON}: IAM keeps no more versions, and it is not in use"
    yield from new_version(own.stored, left, Limits(), why, of_version=no_room)


def _text(document: object) -> str:
    return document if isinstance(document, str) else text(load(document))
