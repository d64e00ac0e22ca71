# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What `make generate` makes of the modules' documentation. That its files are up to date is for `make lint`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.generate import argument_specs, files
from tests.generate.__main__ import main
from tests.generate.references import markdown, of_the_role

MODULE = "cloudrestore.aws.restore_role"
ENTRY = {"restore_access_name", "restore_access_permission_sets"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O(name)", "O(restore_access_name)"),
        ("O(permission_sets=[])", "O(restore_access_permission_sets=[])"),
        (f"O({MODULE}#module:name=x)", "O(restore_access_name=x)"),
        ("O(match=exact)", "O(cloudrestore.aws.restore_access#role:main:restore_access_match=exact)"),
        ("O(amazon.aws.iam_role#module:name)", "O(amazon.aws.iam_role#module:name)"),
        ("O(cloudrestore.aws.a#lookup:name)", "O(cloudrestore.aws.a#lookup:name)"),
        ("RV(unresolved)", f"RV({MODULE}#module:unresolved)"),
        (f"RV({MODULE}#module:observed)", f"RV({MODULE}#module:observed)"),
        ("V(name) and C(name)", "V(name) and C(name)"),
    ],
)
def test_a_reference_is_one_of_the_role(text: str, expected: str):
    """To its own entry point, or to main, or to the module that returns it."""
    assert of_the_role(text, MODULE, ENTRY) == expected


def test_a_reference_to_what_the_role_does_not_have_is_named():
    with pytest.raises(ValueError, match=r"O\(observed\) is no option of the role"):
        of_the_role("As O(observed) has it.", MODULE, ENTRY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O(restore_access_match=exact)", "`restore_access_match: exact`"),
        ("O(a.b.c#role:main:restore_access_match=exact)", "`restore_access_match: exact`"),
        ("O(restore_access_snapshot=s3://b/p)", "`restore_access_snapshot: s3://b/p`"),
        ("RV(a.b.c#module:unresolved), V(x|y)", r"`unresolved`, `x\|y`"),
        ("M(cloudrestore.aws.restore_role)", "`restore_role`"),
        ("P(cloudrestore.aws.account_policies#filter)", "`cloudrestore.aws.account_policies`"),
        (
            "R(AWX, ansible_collections.cloudrestore.aws.docsite.guide_awx) and C(*)",
            "[AWX](https://github.com/cloudrestore/cloudrestore.aws/blob/main/docs/docsite/rst/guide_awx.rst) and `*`",
        ),
    ],
)
def test_markup_is_markdown_in_the_table(text: str, expected: str):
    assert markdown(text) == expected


def test_no_markup_gets_into_the_table_unseen():
    with pytest.raises(ValueError, match="no Markdown"):
        markdown("See L(here, https://example.org).")


@pytest.mark.parametrize(
    ("name", "stated", "words"),
    [
        ("match", {"replaced": [{"module": "What no module says", "role": ""}]}, "match: the module does not say"),
        ("nmae", {"added": ["More."]}, "not have the same variables: restore_access_nmae"),
        ("nmae", {"type": "str", "description": "New."}, "not have the same variables: restore_access_nmae"),
    ],
)
def test_what_is_out_of_date_in_the_source_is_named(
    name: str, stated: dict[str, object], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = yaml.safe_load(argument_specs.SOURCE.read_text())
    source["options"][name] = stated
    (tmp_path / "source.yml").write_text(yaml.safe_dump(source))
    monkeypatch.setattr(argument_specs, "SOURCE", tmp_path / "source.yml")
    with pytest.raises(ValueError, match=words):
        argument_specs.argument_specs()


def test_a_file_that_is_not_up_to_date_is_named_and_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """With what to do about it; nothing is written by --check."""
    readme = tmp_path / "README.md"
    begin, end = (f"<!-- {words} -->\n" for words in (files._BEGIN, files._END))
    readme.write_text(f"before\n{begin}stale\n{end}after\n")
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr("tests.generate.__main__.ROOT", tmp_path)
    monkeypatch.setattr("tests.generate.__main__.generated", lambda: [(readme, files._between(readme, "new\n"))])
    assert main(["--check"]) == 1
    assert "README.md is not what" in capsys.readouterr().err
    assert "stale" in readme.read_text()
    assert main([]) == 0
    assert readme.read_text() == f"before\n{begin}new\n{end}after\n"
    assert main(["--check"]) == 0
