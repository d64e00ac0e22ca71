# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cases written from the rules: how many there are, and that none of the hard kinds is without one."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FEWEST = 300

# What goes wrong most easily, and how the cases about it are called.
KINDS = {
    "action globbing": r"R9 (star|prefix|infix|one character)",
    "case of actions": r"R9 case",
    "NotAction": r"R10 .*NotAction",
    "NotResource": r"R17 not:",
    "parts of an ARN": r"R12 ",
    "case in an ARN": r"R14 case",
    "short ARNs": r"R13 short",
    "a star within a part": r"R12 a star inside a part",
    "a star that runs on": r"R12 a star that would have to run on",
    "the type of a resource": r"R18 ",
    "all of a kind": r"R20 ",
    "variables without the 2012 version": r"R7 ",
    "absent variables": r"R16 a variable without a value",
    "unknown variables": r"R16 a variable of unknown value",
    "default values": r"R25 ",
    "literal stars": r"R24 a literal star",
    "negated operators with several values": r"R29 (none|neither) of the values",
    "an absent key under every operator": r"R31 \w+: absent",
    "an unknown key under every operator": r"R33 \w+: unknown",
    "set operators on the empty set": r"R31,35 For(All|Any)\w+:\w+: none",
    "dates as seconds and as ISO": r"R40 (epoch and ISO|ISO and epoch)",
    "four digits": r"R40 four digits",
    "addresses of both versions": r"R42 version 4 and version 6",
    "unquoted booleans": r"R41 an unquoted boolean",
    "everyone, an account, a role": r"R4[567] (everyone|the account's root ARN|the role's ARN)",
    "a role with a path and its session": r"R47 any path, for a session",
    "unique IDs": r"R51 ",
    "NotPrincipal in a Deny": r"R52 Deny",
    "a boundary and a role": r"R64 same account: named itself, boundary cuts",
    "a boundary and a session": r"R64 same account: its session named, boundary does not cut",
    "a boundary and a user": r"R64 same account: a user named itself, boundary",
    "a boundary and everyone": r"R64 same account: everyone, boundary does not cut",
    "a level without an SCP": r"R58 a level without a policy",
    "exemptions from RCPs": r"R59 (kms:RetireGrant|backup:StartRestoreJob|an RCP)",
    "an external ID that is not sent": r"R63 asked for and not sent",
    "an external ID in other case": r"R63 in other case",
    "an external ID that is not enforced": r"R69 (IfExists|StringLike of anything|no condition)",
    "a service call for our account": r"R68 pinned to our account",
    "a service call for another account": r"R68 pinned to another account",
    "a Deny that may apply, with an Allow": r"R73 perhaps a Deny\]",
    "a Deny that may apply, without one": r"R73 perhaps a Deny, and no Allow",
}


@cache
def cases() -> tuple[str, ...]:
    """The names of all cases that cite a rule."""
    options = ["--collect-only", "-q", "-o", "addopts=--import-mode=importlib -p no:cacheprovider"]
    run = subprocess.run([sys.executable, "-m", "pytest", *options, HERE], capture_output=True, text=True, check=True)
    return tuple(line for line in run.stdout.splitlines() if re.search(r"\[[^]]*\bR\d|::test_r\d", line))


@pytest.mark.slow
def test_there_are_enough():
    assert len(set(cases())) >= FEWEST


@pytest.mark.parametrize("named", KINDS.values(), ids=KINDS)
def test_every_hard_kind_has_a_case(named: str):
    assert any(re.search(named, case) for case in cases())
