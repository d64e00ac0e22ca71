# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of a rollback that is about our managed policy: its versions put back, or the policy itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..._policy.documents import load, text
from ..model.operations import (
    CREATE_POLICY,
    CREATE_POLICY_VERSION,
    DELETE_POLICY,
    SET_DEFAULT_POLICY_VERSION,
    create_policy,
    create_policy_version,
    delete_policy,
    delete_policy_version,
    set_default_policy_version,
)
from ..model.state import ManagedPolicy, Observed, Operation, PolicyVersion
from ..records.diff import readable
from ..records.snapshot import OwnPolicy, Snapshot

_REASON = "rollback"


def revives(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    """Our policy as it was: created again if the run deleted it, else its default version, and those pruned."""
    before, own = snapshot.own_policy, observed.own_policy
    if before is None:
        return
    if own is None:
        if snapshot.of(DELETE_POLICY):
            yield from _create_again(snapshot, before)
        return
    yield from _versions(own, before, snapshot)


def _versions(own: ManagedPolicy, before: OwnPolicy, snapshot: Snapshot) -> Iterator[Operation]:
    """IAM numbers what is created anew: beside its number it is the version that was pruned."""
    known = [version for version in snapshot.known_versions if version in _ids(own)]
    documents = {**snapshot.pruned, before.default_version: before.document}
    pruned = {
        version: documents[version] for version in before.versions if version in documents and version not in known
    }
    new = {one.version_id: one.document for one in own.versions if one.version_id not in known}
    found = _found_again(pruned, new)
    writes = snapshot.of(CREATE_POLICY, CREATE_POLICY_VERSION)
    written = [readable(one.arguments["PolicyDocument"]) for one in writes]
    extra = [one for one, document in new.items() if one not in found.values() and readable(document) in written]
    (current,) = (one.version_id for one in own.versions if one.is_default)
    # Where somebody else has put another version in charge since, that one stays in charge.
    ours = current in extra or current in [
        one.arguments["VersionId"] for one in snapshot.of(SET_DEFAULT_POLICY_VERSION)
    ]
    ours = ours or current in found.values()
    chosen = before.default_version if before.default_version in known else found.get(before.default_version)
    same = readable(own.document) == readable(before.document)
    if ours and not same and chosen is not None and chosen != current:
        yield set_default_policy_version(own.arn, chosen, _REASON)
        current = chosen
    made = [delete_policy_version(own.arn, version, f"{_REASON}: the run made it") for version in extra]
    yield from (one for one in made if one.arguments["VersionId"] != current)
    missing = {version: document for version, document in pruned.items() if version not in found}
    for version, document in missing.items():
        why, default = f"{_REASON}: a version that was pruned", ours and version == before.default_version
        yield create_policy_version(own.arn, _text(document), why, default=default)
    if ours and before.default_version in missing:
        # It is no longer the one in charge, and only now can it go.
        yield from (one for one in made if one.arguments["VersionId"] == current)


def _found_again(pruned: Mapping[str, object], new: Mapping[str, object]) -> dict[str, str]:
    """Pruned version → version that holds the same and came since: an earlier rollback made it."""
    free, found = dict(new), {}
    for version, document in pruned.items():
        same = next((one for one, candidate in free.items() if readable(candidate) == readable(document)), None)
        if same is not None:
            found[version] = same
            del free[same]
    return found


def _ids(own: ManagedPolicy) -> set[str]:
    return {one.version_id for one in own.versions}


def _create_again(snapshot: Snapshot, before: OwnPolicy) -> Iterator[Operation]:
    documents = {**snapshot.pruned, before.default_version: before.document}
    first, *others = sorted(documents, key=lambda version: PolicyVersion(version, False).number)
    why = f"{_REASON}: the run deleted it"
    yield create_policy(before.arn, _text(documents[first]), before.tags, before.description, why)
    for version in others:
        default = version == before.default_version
        yield create_policy_version(before.arn, _text(documents[version]), _REASON, default=default)


def deletes(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    """Our policy, if the run created it and nothing else uses it."""
    own, created = observed.own_policy, snapshot.of(CREATE_POLICY)
    if own is None or not created or snapshot.own_policy is not None:
        return
    used = observed.ownership.policy_attachments - int(observed.exists and observed.is_attached(own.arn))
    if used > 0 or not observed.ownership.policy_created_here:
        return
    for version in sorted(own.versions, key=lambda one: one.number):
        if not version.is_default:
            yield delete_policy_version(own.arn, version.version_id, _REASON)
    yield delete_policy(own.arn, f"{_REASON}: the run created it, and nothing else uses it")


def _text(document: object) -> str:
    return document if isinstance(document, str) else text(load(document))
