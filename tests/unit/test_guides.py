# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the guides say of the product is so: messages, variables, playbooks, files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import PERMISSION_SETS
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.schema import STATUSES

from tests import documents
from tests.unit import messages
from tests.unit.policy.rules.citations import RULES

ROOT = Path(__file__).parents[2]
GUIDES = sorted(documents.GUIDES.glob("*.rst"))
MARKDOWN = sorted(
    [
        *ROOT.glob("*.md"),
        *(path for folder in ("docs", "roles", "extensions") for path in (ROOT / folder).rglob("*.md")),
    ]
)
TROUBLESHOOTING = documents.guide("troubleshooting")
ENTRY = re.compile(
    r"^``(?P<message>[^\n]+)``\n\^+\n(?P<body>.*?)(?=^``[^\n]+``\n\^|^[A-Z][^\n]*\n-{4,}\n|\Z)", re.M | re.S
)
ENTRIES = {entry["message"]: entry["body"] for entry in ENTRY.finditer(TROUBLESHOOTING.read_text())}
TEXTS = messages.texts()
REPOSITORY = "cloudrestore/cloudrestore.aws"
LABEL = "ansible_collections.cloudrestore.aws.docsite."
LABELS = [
    label for path in GUIDES for label in re.findall(rf"^\.\. _{re.escape(LABEL)}(\w+):$", path.read_text(), re.M)
]
OTHERS = yaml.safe_load((ROOT / "roles/restore_access/vars/main.yml").read_text())["restore_access_others"]


@pytest.mark.parametrize("message", ENTRIES)
def test_each_message_that_is_explained_is_one_of_the_product(message: str):
    assert [text for text in TEXTS if message.removesuffix(messages.GAP) in text]


@pytest.mark.parametrize("message", ENTRIES)
def test_each_message_has_a_cause_and_a_remedy(message: str):
    assert re.fullmatch(r"\*Cause\.\* \S.*\n\n\*Remedy\.\* \S.*", ENTRIES[message].strip(), re.S)


def test_every_answer_of_aws_that_is_put_into_words_is_explained():
    told = set(messages.of_code((ROOT / "plugins" / "module_utils" / "_aws" / "explain.py").read_text()))
    sentences = {
        re.split(r"\. |: …|, in |\.$", text)[0] for text in told if re.match(r"(the|no|what|AWS|sts:A)\S* .*\w", text)
    }
    guide = " ".join(TROUBLESHOOTING.read_text().split())
    assert len(sentences) >= 9
    assert [text for text in sentences if text not in guide] == []


def test_there_is_a_guide_for_each_thing_that_people_come_for():
    names = {path.stem.removeprefix("guide_") for path in GUIDES}
    assert names == {
        *("getting_started", "playbooks", "fleet"),
        *("drift_report", "rollout", "rollback", "awx", "reliability", "troubleshooting"),
        *("how_it_decides", "verdict", "comparison"),
        *("operator", "least_privilege", "security_model", "templates"),
        *("api_calls", "scale"),
    }


def referenced(text: str) -> set[str]:
    """The labels of guides that a guide, or the documentation of a plugin, refers to."""
    return set(re.findall(rf"(?::ref:`|<|, ){re.escape(LABEL)}(\w+)(?=[>`)])", text))


def missing(text: str) -> set[str]:
    """What it links to in this repository, as on GitHub, and is not there."""
    linked = re.findall(rf"{re.escape(REPOSITORY)}(?:/(?:blob|tree)|)/main/([^)>#\s]+)", text)
    return {name for name in linked if not (ROOT / name).exists()}


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_what_a_guide_points_to_is_there(path: Path):
    text = path.read_text()
    assert text.startswith(f".. _{LABEL}{path.stem}:\n")
    assert referenced(text) - set(LABELS) == set()
    assert missing(text) == set()


def test_a_label_of_the_guides_stands_once():
    assert sorted(set(LABELS)) == sorted(LABELS)


def test_what_the_documentation_of_a_plugin_points_to_is_there():
    texts = [path.read_text() for path in (ROOT / "plugins").rglob("*.py")]
    named = set.union(*map(referenced, texts))
    assert named
    assert named - set(LABELS) == set()
    assert set.union(*map(missing, texts)) == set()
    files = set(re.findall(r"C\((docs/[^)]+)\)", "".join(texts)))
    assert {name for name in files if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_links_to_is_there(path: Path):
    text = path.read_text()
    linked = {name.split("#")[0] for name in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in name}
    assert {name for name in linked if not (path.parent / name).exists()} == set()
    assert missing(text) == set()


def test_every_link_on_the_front_page_is_absolute():
    """Galaxy and Automation Hub show it away from the repository."""
    text = (ROOT / "README.md").read_text()
    assert [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link] == []
    assert len(text.splitlines()) <= 130


def test_every_place_says_the_same_of_the_versions():
    """And the lowest of them are a line of the matrix."""
    needs = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["requires_ansible"].split(",")
    core, without = needs[0].removeprefix(">="), [need.removeprefix("!=") for need in needs[1:]]
    amazon = yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]["amazon.aws"].removeprefix(">=")
    boto3 = re.findall(r"^boto(?:3|core)>=([\d.]+)$", (ROOT / "requirements.txt").read_text(), re.M)
    lowest = (ROOT / "tests/matrix/core-2.16-python3.11-lowest.txt").read_text()
    pinned = [
        f"ansible-core=={core}",
        *(f"{name}=={version}" for name, version in zip(("boto3", "botocore"), boto3, strict=True)),
    ]
    assert [pin for pin in pinned if pin not in lowest] == []
    few = [core.removesuffix(".0"), without[0], without[-1], amazon.removesuffix(".0"), boto3[0].removesuffix(".0")]
    readme = (ROOT / "README.md").read_text()
    assert [version for version in few if version not in readme.split("## Installation")[0]] == []
    assert f"ansible-core {few[0]}" in (ROOT / "roles/restore_access/README.md").read_text()
    assert f'version: ">={amazon}"' in (ROOT / "execution-environment.yml").read_text()


def test_each_playbook_has_its_section_with_exit_code_and_all_its_variables():
    text = documents.guide("playbooks").read_text()
    sections = re.findall(r"^(\w+)\n-+\n(.*?)(?=^\.\. _|\Z)", text, re.M | re.S)
    playbooks = {path.stem: path.read_text() for path in (ROOT / "playbooks").glob("*.yml")}
    told = {name: body for name, body in sections if name in playbooks}
    assert set(told) == set(playbooks)
    assert [name for name, body in told.items() if "**Exit code** 0" not in body] == []
    tasks = "\n".join([*playbooks.values(), *(path.read_text() for path in (ROOT / "playbooks").glob("*/*.yml"))])
    names = set(re.findall(r"\brestore_access_[a-z_0-9]+", tasks)) - set(role.NAMES)
    made = set(
        re.findall(
            r"^ *(?:- )?(restore_access_\w+):|(?:register|loop_var|index_var): (restore_access_\w+)", tasks, re.M
        )
    )
    # What the role's action sets for all hosts.
    made |= {("restore_access_fleet", ""), ("restore_access_mfa_session", "")}
    asked = names - {name for pair in made for name in pair}
    documented = set(re.findall(r"``(restore_access_[a-z_]+)``", text))
    assert {name for name in asked if name in OTHERS} - documented == set()


def test_each_command_in_the_guide_to_playbooks_is_one_that_runs_as_a_test():
    """In the guides that tests/integration follows."""
    run = "\n".join(path.read_text() for path in GUIDES if path.stem != "guide_playbooks")
    commands = re.findall(r"^ +\$ (ansible-playbook .*)$", documents.guide("playbooks").read_text(), re.M)
    assert len(commands) > 6
    assert [command for command in commands if command not in run] == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_names_only_what_exists(path: Path):
    """Variables, playbooks and plugins."""
    text = path.read_text()
    known = {*role.NAMES, *OTHERS}
    assert set(re.findall(r"\brestore_access_[a-z0-9_]+[a-z0-9]", text)) - known == set()
    stems = {path.stem for folder in ("plugins", "playbooks") for path in (ROOT / folder).rglob("*.*")}
    assert set(re.findall(r"\bcloudrestore\.aws\.([a-z_]+)\b(?!\.)", text)) - stems - {"docsite", "git"} == set()
    for block in re.findall(r"code-block:: yaml\n\n((?:   .*\n|\n)+)", text):
        assert yaml.safe_load(block)


def test_each_threat_names_what_stops_it_and_tests_that_exist():
    text = (ROOT / "docs" / "docsite" / "rst" / "guide_security_model.rst").read_text()
    table = text.split("     - Shown by\n")[1].split("\n\n")[0]
    threats = [re.split(r"\n {5}- ", row) for row in table.split("   * - ")[1:]]
    assert len(threats) > 14
    for threat, stopped_by, tests in threats:
        assert stopped_by
        named = re.findall(r"``([a-z_/0-9]+\.py)``", tests)
        assert named, threat
        assert [name for name in named if not (ROOT / "tests" / name).exists()] == [], threat


def test_every_rule_of_evaluation_stands_in_its_document_once():
    text = (ROOT / "docs" / "iam_rules.md").read_text()
    rules = re.findall(r"^(\d+)\. (\S.*(?:\n {2,}.*)*)", text, re.M)
    assert [int(number) for number, _rule in rules] == list(RULES)
    assert len({rule for _number, rule in rules}) == len(rules)


def test_every_decision_is_in_the_index_and_has_its_three_parts():
    folder = ROOT / "docs" / "decisions"
    decisions = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    linked = re.findall(r"^\| \[(\d{4})\]\((\1-[a-z-]+\.md)\) \|", (folder / "README.md").read_text(), re.M)
    assert [name for _number, name in linked] == [path.name for path in decisions]
    assert [int(number) for number, _name in linked] == list(range(1, len(decisions) + 1))
    for path in decisions:
        assert re.findall(r"^#+ (.+)$", path.read_text(), re.M)[1:] == ["Context", "Decision", "Consequences"], (
            path.name
        )


def test_the_tour_through_the_code_names_files_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    tour = text.split("## Follow one account through the code")[1].split("\n## ")[0]
    named = set(re.findall(r"`([\w/]+\.(?:py|yml))`", tour))
    bases = (ROOT, ROOT / "plugins" / "module_utils")
    assert len(named) > 25
    assert {name for name in named if not any((base / name).exists() for base in bases)} == set()


def test_each_permission_set_is_in_the_guide_with_its_size_and_date():
    guide = documents.guide("least_privilege")
    rows = [[cells[0].strip("`"), *cells[1:]] for cells in documents.rows(guide) if cells[1:] and cells[1].isdecimal()]
    assert {name: int(count) for name, count, _source in rows} == {
        name: len(permission_set.actions) for name, permission_set in PERMISSION_SETS.items()
    }
    for name, _count, source in rows:
        # Two sets are of one page, which is dated once.
        assert PERMISSION_SETS[name].page_updated in source or source.startswith("the same page:")


def test_a_newcomer_can_read_how_to_contribute_in_one_go():
    """What does not fit belongs to plugins/README.md, tests/README.md or docs/releasing.md."""
    assert len((ROOT / "CONTRIBUTING.md").read_text().splitlines()) < 120


def test_each_status_has_its_meaning_exit_code_and_remedy_in_the_guide():
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_drift_report.rst").read_text()
    table = guide.split("What each status means", 1)[1].split("The files\n", 1)[0]
    assert re.findall(r"^   \* - ``(\w+)``$", table, re.MULTILINE) == list(STATUSES)
