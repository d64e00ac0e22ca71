# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of a rollback that is about our managed policy: its versions put back, or the policy itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..._policy.documents import Json, load, text
from ..model.operations import PERMISSIONS, on_policy
from ..model.state import ManagedPolicy, Observed, Operation, PolicyVersion
from ..records.diff import readable
from ..records.snapshot import OwnPolicy, Snapshot

_REASON = "rollback"


def revives(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    """Our policy as it was: created again if the run deleted it, else its default version, and those given up."""
    before, own = snapshot.own_policy, observed.own_policy
    if before is None:
        return
    if own is None:
        if snapshot.of("DeletePolicy"):
            yield from _create_again(snapshot, before)
        return
    yield from _versions(own, before, snapshot)


def _versions(own: ManagedPolicy, before: OwnPolicy, snapshot: Snapshot) -> Iterator[Operation]:
    """IAM numbers what is created anew: beside its number it is the version that was given up."""
    known = [version for version in snapshot.known_versions if version in _ids(own)]
    documents = {**snapshot.given_up, before.default_version: before.document}
    given_up = {
        version: documents[version] for version in before.versions if version in documents and version not in known
    }
    new = {one.version_id: one.document for one in own.versions if one.version_id not in known}
    found = _found_again(given_up, new)
    writes = (*snapshot.of("CreatePolicy"), *snapshot.of("CreatePolicyVersion"))
    written = [readable(one.arguments["PolicyDocument"]) for one in writes]
    extra = [one for one, document in new.items() if one not in found.values() and readable(document) in written]
    (current,) = (one.version_id for one in own.versions if one.is_default)
    # Where somebody else has put another version in charge since, that one stays in charge.
    ours = current in extra or current in [one.arguments["VersionId"] for one in snapshot.of("SetDefaultPolicyVersion")]
    ours = ours or current in found.values()
    chosen = before.default_version if before.default_version in known else found.get(before.default_version)
    same = readable(own.document) == readable(before.document)
    if ours and not same and chosen not in (None, current):
        yield on_policy(own.arn, "SetDefaultPolicyVersion", _REASON, VersionId=chosen)
        current = chosen
    made = [
        on_policy(own.arn, "DeletePolicyVersion", f"{_REASON}: the run made it", VersionId=version) for version in extra
    ]
    yield from (one for one in made if one.arguments["VersionId"] != current)
    missing = {version: document for version, document in given_up.items() if version not in found}
    for version, document in missing.items():
        why, default = f"{_REASON}: a version that was given up", ours and version == before.default_version
        yield on_policy(own.arn, "CreatePolicyVersion", why, PolicyDocument=_text(document), SetAsDefault=default)
    if ours and before.default_version in missing:
        # It is no longer the one in charge, and only now can it go.
        yield from (one for one in made if one.arguments["VersionId"] == current)


def _found_again(given_up: Mapping[str, object], new: Mapping[str, object]) -> dict[str, str]:
    """Version that was given up → version that holds the same and came since: an earlier rollback made it."""
    free, found = dict(new), {}
    for version, document in given_up.items():
        same = next((one for one, candidate in free.items() if readable(candidate) == readable(document)), None)
        if same is not None:
            found[version] = same
            del free[same]
    return found


def _ids(own: ManagedPolicy) -> set[str]:
    return {one.version_id for one in own.versions}


def _create_again(snapshot: Snapshot, before: OwnPolicy) -> Iterator[Operation]:
    documents = {**snapshot.given_up, before.default_version: before.document}
    first, *others = sorted(documents, key=lambda version: PolicyVersion(version, False).number)
    path, _slash, name = before.arn.partition(":policy")[2].rpartition("/")
    tags: list[Json] = [{"Key": key, "Value": value} for key, value in sorted(before.tags.items())]
    arguments: dict[str, Json] = {"PolicyName": name, "PolicyDocument": _text(documents[first]), "Tags": tags}
    arguments |= {"Description": before.description} if before.description else {}
    arguments |= {"Path": f"{path}/"} if path else {}
    yield Operation("CreatePolicy", arguments, before.arn, PERMISSIONS, f"{_REASON}: the run deleted it")
    for version in others:
        default = version == before.default_version
        document = _text(documents[version])
        yield on_policy(before.arn, "CreatePolicyVersion", _REASON, PolicyDocument=document, SetAsDefault=default)


def deletes(observed: Observed, snapshot: Snapshot) -> Iterator[Operation]:
    """Our policy, if the run created it and nothing else uses it."""
    own, created = observed.own_policy, snapshot.of("CreatePolicy")
    if own is None or not created or snapshot.own_policy is not None:
        return
    used = observed.ownership.policy_attachments - int(observed.exists and observed.is_attached(own.arn))
    if used > 0 or not observed.ownership.policy_created_here:
        return
    for version in sorted(own.versions, key=lambda one: one.number):
        if not version.is_default:
            yield on_policy(own.arn, "DeletePolicyVersion", _REASON, VersionId=version.version_id)
    yield on_policy(own.arn, "DeletePolicy", f"{_REASON}: the run created it, and nothing else uses it")


def _text(document: object) -> str:
    return document if isinstance(document, str) else text(load(document))
