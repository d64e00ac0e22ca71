# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of the lookup ``restore_template``: their specification, and from them to a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._aws.account import Account
from .._checks import PARTITION, matching
from .._errors import OptionError
from .._principal.model.state import ROLE
from .._template.cloudformation import cloudformation
from .._template.documents import documents
from .._template.terraform import terraform
from . import restore_role as _options

DOCUMENTS, CLOUDFORMATION, TERRAFORM = "documents", "cloudformation", "terraform"
FORMATS = (DOCUMENTS, CLOUDFORMATION, TERRAFORM)

# What says how an account is entered, or what becomes of things that are there, is no part of a template.
_RUNS = (
    "state",
    "match",
    "wait",
    "wait_timeout",
    "snapshot",
    "snapshot_directory",
    "snapshots_kept",
    "snapshot_s3_bucket",
    "snapshot_s3_prefix",
    "journal_directory",
)
_NOT_TAKEN = frozenset({*_options.ASSUME_SPEC, *_RUNS, "run_id", "purge_trust", "purge_policies", "purge_tags"})
TEMPLATE_SPEC: dict[str, Any] = {
    **{name: option for name, option in _options.ARGUMENT_SPEC.items() if name not in _NOT_TAKEN},
    "partition": {"type": "str"},
}
_DEFAULTS = {name: option.get("default") for name, option in _options.ARGUMENT_SPEC.items()}


def template(form: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """``form``: one of FORMATS. ``params``: validated options. Raises OptionError."""
    if form not in FORMATS:
        raise OptionError(f"There is no template of the format {form!r}. The formats are {', '.join(FORMATS)}.")
    matching("partition", params["partition"], PARTITION, "aws, aws-cn, aws-us-gov and the like")
    desired = _options.desired({**_DEFAULTS, **params})
    account_id = _options.expected_account(params)
    partition = params["partition"] or _options.partition(params)
    if form == DOCUMENTS:
        return documents(desired, Account(partition, account_id) if account_id else None)
    if desired.kind != ROLE:
        raise OptionError(f"The format {form} is for roles. For an IAM user there is the format {DOCUMENTS}.")
    return cloudformation(desired, partition) if form == CLOUDFORMATION else terraform(desired, partition)
