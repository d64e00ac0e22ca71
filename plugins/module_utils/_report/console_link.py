# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the AWS console shows a role or user. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

# Each partition has a console of its own; of the isolated ones no address is published.
_CONSOLES: Final = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-eusc": "console.amazonaws-eusc.eu",
}
_PRINCIPAL = re.compile(
    r"arn:(aws[a-z-]*):iam::[0-9]{12}:(role|user)/(?:[!-~]*/)?([A-Za-z0-9_+=,.@-]{1,128})", re.ASCII
)


def console_link(arn: str) -> str:
    """The page of the principal, for whoever is signed in to its account; empty where there is none. IAM is global."""
    found = _PRINCIPAL.fullmatch(arn)
    if found is None or found[1] not in _CONSOLES:
        return ""
    return f"https://{_CONSOLES[found[1]]}/iam/home#/{found[2]}s/details/{quote(found[3], safe='')}"
