# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots, handed-over states and reports that somebody has edited: read as far as they make sense, or refused with a message."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import VERIFY_SPEC, verify_options
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization import cached, selection
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import (
    chain,
    recorded_run,
    snapshot,
    snapshot_files,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records.snapshot_files import Found
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build

from tests.conftest import SOAK
from tests.unit.hostile import hosts, values
from tests.unit.hostile.test_answers import account
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import rolled_back, run, verify
from tests.unit.report import fleets

pytestmark = pytest.mark.slow

TWICE = '{"schema_version": 3, "schema_version": 3}'
BROKEN = ["", "{", "[" * values.LEVELS, "\x00", TWICE, '{"a": "\ud800"', "9" * 5000]


def changed(whole: Any) -> Iterator[tuple[str, Any]]:
    """``whole`` with each value inside it in turn replaced, or left out; every place has a third of the values, and all in `make soak`."""
    for place, path in enumerate(values.places(whole)):
        # Of a list the first two entries stand for all, and what is inside a document is tried in test_documents.py.
        inside = {"document", "trust", "Statement"} & set(path[:-1])
        if not inside and not any(isinstance(step, int) and step > 1 for step in path):
            yield f"{path} left out", values.without(whole, path)
            for number, (name, value) in enumerate(values.few()):
                if SOAK or number % 3 == place % 3:
                    yield f"{path}: {name}", values.with_value(whole, path, value)


def taken(options: dict[str, Any], **more: Any) -> tuple[Any, dict[str, Any]]:
    """An account after a run, and the snapshot from before it."""
    iam = account()
    result = run(iam, {**options, **more})
    return iam, json.loads(json.dumps(result["previous"]))


def test_a_snapshot_that_was_edited():
    options = {
        **scenes.OPTIONS,
        "tags": {"team": "b"},
        "permissions_boundary": "",
        "match": "exact",
        "purge_policies": True,
        "adopt_policy": True,
    }
    options |= {"max_session_duration": 7200, "purge_tags": True}
    iam, previous = taken(options)
    refused = 0
    for name, edited in changed(previous):
        try:
            read = snapshot.read(edited)
        except OptionError as error:
            assert error.message.startswith("snapshot "), name
            assert len(error.message) < 5000, name
            refused += 1
            continue
        assert read.kind == "role", name
        try:
            rolled_back(iam, scenes.OPTIONS, edited, check=True) if values.is_fit_for_output(edited) else None
        except RestoreAccessError as error:
            assert error.message.isprintable(), name
        except (RecursionError, ValueError):
            # What the test's own way through JSON does not take.
            assert "deep" in name or "number" in name, name
    assert refused > 100


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_a_file_that_is_no_json(tmp_path: Path, text: str):
    path = tmp_path / "file.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    content = snapshot_files.find(str(path), "role", worlds.NAME, None).content
    line = {
        "schema_version": chain.JOURNAL_SCHEMA,
        "outcome": "snapshot",
        "snapshot": {"sha256": chain.sha256(content)},
    }
    for found in (Found("a.json", content, chain.line(line, None) + b"\n"), Found("a.json", b"{}", content)):
        with pytest.raises(OptionError, match="is not the JSON that a run wrote|was changed after the run"):
            recorded_run.checked(found, None)
    with pytest.raises(RestoreAccessError, match="The report .* cannot be read"):
        build.build(fleets.params(parts=[str(path)], directory=str(tmp_path)), "1.2.3", fleets.WHEN)
    built = build.build(fleets.params(results=[{"host": "a"}], previous=str(path)), "1.2.3", fleets.WHEN)
    assert "is not compared with an earlier one" in built.warnings[0]


def test_a_state_handed_over_that_was_edited():
    iam = account()
    observed = json.loads(json.dumps(run(iam, scenes.OPTIONS, check=True)["observed"]))
    defaults = {name: option.get("default") for name, option in VERIFY_SPEC.items()}
    allowed = verify(account(), {**scenes.GIVEN, "observed": observed})["summary"]["allowed"]
    for name, edited in changed(observed):
        params = {**defaults, **scenes.GIVEN, "observed": edited}
        try:
            options = verify_options(params)
        except OptionError as error:
            assert "observed must be what" in error.message, name
            continue
        assert options.observed is not None
        try:
            result = hosts.judged(iam, params)
        except RestoreAccessError:
            continue
        assert values.is_fit_for_output({**result, "missing_permissions_policy": {}}), name
        assert result["summary"]["allowed"] <= allowed, name


def test_an_organization_in_the_cache_that_was_edited():
    organization = hosts.organization()
    stored = cached.as_json(organization, "here", with_email=False)
    nothing = selection.Selection((), (), (), (), (), (), {}, {}, ("ACTIVE",))
    for name, edited in changed(stored):
        policies = cached.from_json(edited, "here", with_email=False)
        if policies is not None:
            assert all(isinstance(candidate.name, str) for candidate in selection.candidates(policies, nothing)), name


FORMATS = list(build.FORMATS)


def rendered(part: Any, **more: Any) -> dict[str, bytes]:
    built = build.build(fleets.params(parts=[part], formats=FORMATS, **more), "1.2.3", fleets.WHEN)
    return {path.suffix: content for path, content in built.content.items()}


def one_of_each() -> dict[str, Any]:
    """A report on one account that has something in every list."""
    results = fleets.hostile()[:1]
    report = json.loads(json.dumps(fleets.report(results)))
    (entry,) = report["accounts"]
    report["accounts"] = [{key: value[:1] if isinstance(value, list) else value for key, value in entry.items()}]
    return dict(report)


def test_a_report_that_was_edited():
    part = one_of_each()
    wanted = {key: part[key] for key in ("schema_version", "generated_at", "accounts")}
    for name, edited in changed(wanted):
        try:
            files = rendered(edited)
        except RestoreAccessError as error:
            assert error.message.startswith("Part 0 of parts is not a report"), name
            continue
        json.loads(files[".json"], parse_constant=lambda constant, name=name: pytest.fail(f"{name}: {constant}"))
        ElementTree.fromstring(files[".xml"])  # noqa: S314
        rows = list(csv.reader(io.StringIO(files[".csv"].decode("utf-8"), newline="")))
        assert {len(row) for row in rows} == {len(rows[0])}, name
        assert files[".html"].isascii(), name


@pytest.mark.parametrize(
    "text", [text for text in values.TEXTS.values() if text], ids=[k for k, v in values.TEXTS.items() if v]
)
def test_a_value_is_inert_in_every_format(text: str):
    """In every place that AWS or an inventory fills; the tests of the report say what inert is in each format."""
    if len(text) > 1000:
        text = text[:1000]
    failed = {"failed": True, "msg": text}
    odd = fleets.requirement("kms:Decrypt", "explicit_deny", reason=text, policy=text, statement=text, places=[text])
    results = [
        {"host": f"a{text}", "ou": text, "result": failed},
        {"host": f"b{text}", "ou": text, "verification": fleets.verified(odd)},
    ]
    built = build.build(fleets.params(results=results, formats=FORMATS, title=text), "1.2.3", fleets.WHEN)
    files = {path.suffix: content for path, content in built.content.items()}
    assert all(line.isprintable() for line in built.returned()["lines"])
    assert all(line.isprintable() for line in files[".md"].decode("utf-8").splitlines())
    root = ElementTree.fromstring(files[".xml"])  # noqa: S314
    assert len(root.findall("testsuite")) == 2
    assert b"<img" not in files[".html"].split(b"<body", 1)[1]
    for row in csv.reader(io.StringIO(files[".csv"].decode("utf-8"), newline="")):
        assert not any(cell.lstrip()[:1] in tuple("=+@") for cell in row)
    assert all(command.isprintable() for command in commands_of(files[".html"]))


def commands_of(page: bytes) -> list[str]:
    data = json.loads(page.split(b'id="data">', 1)[1].split(b"</script>", 1)[0])
    texts = [row.replace("\ue000", "") for row in data["table"] if isinstance(row, str)]
    return [text for text in texts if text.startswith("ansible-playbook")]
