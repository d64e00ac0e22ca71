# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line that Ansible was started with, which its workers inherit: what commands in a report have to say again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.parsing.splitter import parse_kv

from ..module_utils._report.commands import Run
from ..module_utils._report.given import ExtraVars, given
from ._versions import versions

# What a job of AWX has among its variables. It is started by a template, whatever command AWX makes of that.
_OF_AWX = frozenset({"awx_job_id", "tower_job_id"})


def run_of(loader: Any, task_vars: Mapping[str, Any]) -> Run:
    """What is known of this run, without its inventory. ``loader``: Ansible's, which reads YAML as it does for ``-e``."""
    extra = [_extra_vars(loader, text) for text in map(str, context.CLIARGS.get("extra_vars") or ()) if text]
    return Run(
        given=given([*_of_vault()], extra),
        in_awx=not _OF_AWX.isdisjoint(task_vars),
        limit=str(context.CLIARGS.get("subset") or ""),
        check=bool(context.CLIARGS.get("check")),
        versions=versions(),
    )


def _extra_vars(loader: Any, text: str) -> ExtraVars:
    """As ``ansible.utils.vars.load_extra_vars`` takes them apart. A file stays one: it is not looked into."""
    if text.startswith("@"):
        return ExtraVars(text, None)
    try:
        content = loader.load(text) if text[0] in "[{" else parse_kv(text)
    except AnsibleError:  # it would have ended the run
        content = {}
    return ExtraVars(text, dict(content) if isinstance(content, Mapping) else {})


def _of_vault() -> Iterator[str]:
    """Where passwords of Ansible Vault come from: no secrets themselves."""
    for identity in context.CLIARGS.get("vault_ids") or ():
        yield from ("--vault-id", str(identity))
    for path in context.CLIARGS.get("vault_password_files") or ():
        yield from ("--vault-password-file", str(path))
    if context.CLIARGS.get("ask_vault_pass"):
        yield "--ask-vault-pass"
