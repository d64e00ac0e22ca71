# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The site of the documentation, and the changelog, leave nothing out."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "docsite"


def test_every_guide_is_in_the_table_of_contents():
    sections = yaml.safe_load((SITE / "extra-docs.yml").read_text())["sections"]
    listed = [name for section in sections for name in section["toctree"]]
    assert sorted(listed) == sorted(path.stem for path in (SITE / "rst").glob("*.rst"))


def test_the_changelog_holds_every_fragment_and_the_version():
    """The version of galaxy.yml."""
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    releases = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text())["releases"]
    told = {name for release in releases.values() for name in release["fragments"]}
    assert version in releases
    assert told == {path.name for path in (ROOT / "changelogs" / "fragments").iterdir()}
    assert f"## v{version}".replace(".", "\\.") in (ROOT / "CHANGELOG.md").read_text()
