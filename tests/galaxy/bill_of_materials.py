# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bill of materials of a release, in CycloneDX: the archive with its hash, and what it runs on, in the versions that it was tested with.

``bill_of_materials.py ARCHIVE SITE_PACKAGES``; writes to standard output, the same for the same input.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
import uuid
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

PYTHON_PACKAGES = ("ansible-core", "boto3", "botocore")


def collection(info: dict[str, Any], **more: Any) -> Component:
    """``info``: what MANIFEST.json has under `collection_info`."""
    name = f"{info['namespace']}.{info['name']}"
    where = PackageURL("generic", info["namespace"], info["name"], info["version"])
    return Component(name=name, version=info["version"], type=ComponentType.LIBRARY, bom_ref=name, purl=where, **more)


def bill(archive: Path, site_packages: Path) -> str:
    with tarfile.open(archive) as opened:
        manifest = json.load(opened.extractfile("MANIFEST.json") or sys.exit("no MANIFEST.json"))["collection_info"]
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    ours = collection(
        manifest,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        licenses=[LicenseFactory().make_from_string(name) for name in manifest["license"]],
    )
    needed = []
    for name in manifest["dependencies"]:
        path = site_packages / "ansible_collections" / name.replace(".", "/") / "MANIFEST.json"
        needed.append(collection(json.loads(path.read_text())["collection_info"]))
    installed = {
        distribution.metadata["Name"]: distribution.version for distribution in distributions(path=[str(site_packages)])
    }
    for name in PYTHON_PACKAGES:
        where = PackageURL("pypi", name=name, version=installed[name])
        needed.append(
            Component(name=name, version=installed[name], type=ComponentType.LIBRARY, bom_ref=name, purl=where)
        )
    written = Bom(components=needed, serial_number=uuid.uuid5(uuid.NAMESPACE_URL, digest))
    written.metadata.component = ours
    with tarfile.open(archive) as opened:
        written.metadata.timestamp = datetime.fromtimestamp(opened.getmember("MANIFEST.json").mtime, UTC)
    written.register_dependency(ours, needed)
    return str(JsonV1Dot6(written).output_as_string(indent=2))


if __name__ == "__main__":
    print(bill(Path(sys.argv[1]), Path(sys.argv[2])))
