# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the callback fleet tells of many hosts, and how a run ends on the screen."""

from __future__ import annotations

from ansible_collections.cloudrestore.aws.plugins.module_utils._report import console
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.progress import Progress

REFUSED = "Account {}: sts:AssumeRole was refused"


def refused(told: console.Told, hosts: int) -> int:
    """How many of so many hosts are shown that their account refused."""
    return sum(told.tells(f"host{number:03d}", REFUSED.format(210000000000 + number)) for number in range(hosts))


def test_the_same_message_is_told_of_three_hosts_and_counted():
    """The account's ID in it makes it no other message."""
    told = console.Told()
    assert refused(told, 500) == 3
    assert told.rest() == [
        "497 more hosts with the message of host000: host003, host004, host005, host006, host007 and 492 more"
    ]


def test_nothing_is_told_twice_of_a_host():
    told = console.Told()
    assert told.tells("orders", "no route to orders")
    assert told.rest() == []
    assert not told.tells("orders", "no route to orders")
    assert told.rest() == []
    assert told.tells("orders", "something else")


def test_500_hosts_that_fail_in_500_ways_leave_the_screen_to_the_report():
    told = console.Told()
    shown = [told.tells(f"host{number:03d}", "x" * number) for number in range(500)]
    assert sum(shown) == 12
    (rest,) = told.rest()
    assert rest.startswith("488 more hosts with other messages: host012, ")


def test_a_long_run_has_no_more_than_ten_lines_and_its_last():
    progress, lines = Progress("Verify", 500, 0.0, 10, step=50), 0
    for number in range(500):
        progress.count(drifted=False, failed=False)
        if progress.due(number * 60.0):
            progress.line(number * 60.0)
            lines += 1
    assert lines == 10


def test_what_changed_is_told_in_one_line_for_all_hosts():
    assert console.changed("Copy", ["a", "b"], check_mode=False) == "changed: Copy (a, b)"
    assert console.changed("Copy", list("abcdefg"), check_mode=True) == "would change: Copy (a, b, c, d, e and 2 more)"


def test_a_run_without_a_report_ends_with_its_hosts_in_one_line():
    nothing = {"failures": 0, "unreachable": 0, "changed": 0}
    assert console.recap({"a": nothing, "b": nothing}) == "2 hosts: nothing changed, nothing failed"
    wrong = {"b": nothing | {"failures": 1}, "c": nothing | {"unreachable": 1}}
    assert console.recap({"a": nothing, **wrong}) == "3 hosts: 1 unreachable (c), 1 failed (b)"


def test_the_verdict_is_apart_from_the_table_and_comes_after_the_files():
    ending = console.ending(
        {
            "lines": ["HOST", "orders", "", "1 account: 1 drifted"],
            "statuses": {"orders": "drifted"},
            "report": {"json": "/r/a.json"},
        }
    )
    assert ending is not None
    assert ending.table == ("HOST", "orders", "")
    assert ending.last == ["Report: /r/a.json", "1 account: 1 drifted"]


def test_a_report_that_is_only_tried_is_no_ending():
    assert console.ending({"lines": ["0 accounts: nothing was examined"], "statuses": {}}) is None
    assert console.ending({}) is None


def test_nothing_shown_steers_the_terminal():
    assert console.shown("a\x1b[2Jb\r\nc\rd\te") == "a\\x1b[2Jb\nc\\x0dd       e"
    diff = console.safe_diff({"before": "a\x1b[2J\n", "after": "\tb", "before_header": "\u202ex", "lines": 3})
    assert diff == {"before": "a\\x1b[2J\n", "after": "\\x09b", "before_header": "\\u202ex", "lines": 3}
    told = console.Told(same=1)
    assert told.tells("a\x1b[2J", "message")
    assert not told.tells("b\x1b[2J", "message")
    assert told.rest() == ["1 more host with the message of a\\x1b[2J: b\\x1b[2J"]
