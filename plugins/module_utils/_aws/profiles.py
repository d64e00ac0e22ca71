# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Profiles that give no credentials: what the SDK raises then, which for some kinds is no error of its own."""

from __future__ import annotations

import re
from typing import Final

from .traces import modules

NO_MFA_CODE: Final = "NoMfaCode"
NO_PROCESS: Final = "CredentialProcessFailed"
NO_IDENTITY_FILE: Final = "WebIdentityFileNotRead"
NO_SSO_SESSION: Final = "NoSsoSession"
_SSO = frozenset({"SSOError", "SSOTokenLoadError", "TokenRetrievalError", "UnauthorizedSSOTokenError"})
_OF_PROCESS = re.compile(r"Error when retrieving credentials from custom-process: (.*)", re.DOTALL)
# What a process says of itself can hold the credentials that it was to print.
_KEYS = re.compile(r"(?<![A-Za-z0-9/+=])(?:A[KS]IA[A-Z0-9]{12,}|[A-Za-z0-9/+=]{40,})")


def code_and_message(error: Exception) -> tuple[str, str] | None:
    """Which of them it is, and what can be said of it; None for any other error."""
    where = set(modules(error))
    if "getpass" in where:
        return NO_MFA_CODE, "the profile requires the code of an MFA device"
    if type(error).__name__ in _SSO:
        return NO_SSO_SESSION, str(error)
    of_process = _OF_PROCESS.match(str(error))
    if of_process:
        return NO_PROCESS, _KEYS.sub("********", of_process[1].strip()) or "it failed without output"
    if isinstance(error, OSError) and "botocore.credentials" in where:
        told = f"{error.filename}: {error.strerror or error}"
        return (NO_PROCESS if "subprocess" in where else NO_IDENTITY_FILE), told
    if (
        isinstance(error, ValueError)
        and {"botocore.credentials", "json.decoder"} <= where
        and "botocore.utils" not in where
    ):
        return NO_PROCESS, "its output is not JSON"
    return None
