# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of Ansible's own, the same on every ansible-core."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.template import Templar
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _core

from tests.core import templates

SECRET = VaultSecret(b"a password")
TEMPLATE = "{{ 1 + 1 }}"


def rendered(variables: dict[str, object], text: str) -> object:
    return Templar(DataLoader(), variables).template(_core.trusted(text))


@pytest.mark.skipif(_core.trust_as_template is not None, reason="from ansible-core 2.19 on it is a text")
def test_a_value_of_vault_is_an_option_like_any_other(tmp_path: Path):
    """An external ID, for example: it is found out in Ansible's worker, whether it stands there or comes by a variable."""
    loader = DataLoader()
    loader.set_vault_secrets([("default", SECRET)])
    encrypted = VaultLib([("default", SECRET)]).encrypt("hidden", SECRET).decode()
    lines = "\n  ".join(encrypted.splitlines())
    (tmp_path / "vars.yml").write_text(f"external_id: !vault |\n  {lines}\n")
    variables = templates(loader, tmp_path / "vars.yml")
    for value in ("{{ external_id }}", variables["external_id"]):
        value = Templar(loader, variables).template(value)
        assert _core.plain_data({"id": value}) == {"id": "hidden"}


def test_what_is_none_of_json_stays_an_error():
    with pytest.raises(TypeError, match="object is none of JSON"):
        _core.plain_data([object()])


def test_only_what_is_trusted_is_rendered():
    assert rendered({}, TEMPLATE) in (2, "2")
    assert rendered({"a": _core.untrusted({"b": [TEMPLATE]})}, "{{ a.b[0] }}") == TEMPLATE
    assert rendered({"a": _core.untrusted(TEMPLATE)}, "{{ a }}") == TEMPLATE


def test_a_plain_text_bears_no_mark():
    """Of one of the two there is a mark on every ansible-core."""
    marked = [_core.untrusted("orders"), _core.trusted("orders")]
    assert {type(text) for text in marked} != {str}
    for text in (*map(_core.plain, marked), *_core.plain_data(marked)):
        assert (text, type(text)) == ("orders", str)
