# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The site of the documentation, and the changelog, leave nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tests.galaxy import site_index

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


INDEX = """.. _changelog_section_for_cloudrestore.aws:

Changelog
---------

.. toctree::
    :maxdepth: 1

    changelog

Running fleets
--------------

.. toctree::
    :maxdepth: 1

    docsite/guide_rollout

Lookup Plugins
~~~~~~~~~~~~~~

* :ansplugin:`dead_run lookup <cloudrestore.aws.dead_run#lookup>` -- What became of a run

.. toctree::
    :maxdepth: 1
    :hidden:

    dead_run_lookup
"""


def test_the_sidebar_of_the_site_has_groups_with_the_changelog_last():
    made = site_index.grouped(INDEX)
    captions = re.findall(r"^    :caption: (.*)$", made, re.M)
    assert captions == ["Running fleets", "Lookups", "Changelog"]
    assert "* :doc:`docsite/guide_rollout`\n" in made
    assert "    dead_run <dead_run_lookup>\n" in made
    assert made.count(":hidden:") == len(captions)
