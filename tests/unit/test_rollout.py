# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run in waves: how the accounts are put into them, and when no further one starts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest
from ansible.utils.helpers import pct_to_int
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import role, rollout
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.rollout import Rollout
from hypothesis import given
from hypothesis import strategies as st

HOSTS = ["orders", "billing", "payments", "sandbox", "111122223333"]
GROUPS = {
    "ou_Sandbox": ["sandbox", "elsewhere"],
    "gone": ["elsewhere"],
    "ou_Production": ["billing", "orders"],
    "all": HOSTS,
}
WRONG = ("unreachable", "failed", "blocked", "pending")
WAVE = st.integers(1, 300) | st.integers(1, 100).map(lambda percent: f"{percent}%")


def members(name: str) -> Collection[str] | None:
    return [name] if name in HOSTS else GROUPS.get(name)


def planned(hosts: Sequence[str] = tuple(HOSTS), **variables: Any) -> Rollout:
    asked = rollout.asked({f"restore_access_{name}": value for name, value in variables.items()}.get)
    return rollout.rollout(asked, hosts, members)


@pytest.mark.parametrize(
    "waves",
    [[1, 2], ["1", "2"], "1,2", "1, 2", "[1, 2]", '["1", "2"]', ["20%", "40%"], "20%,40%", [1, "40%"]],
    ids=repr,
)
def test_waves_are_written_as_people_write_them(waves: Any):
    assert planned(waves=waves)["waves"] == [1, 2, 2]


@pytest.mark.parametrize(
    ("variables", "waves", "first"),
    [
        ({"canary": 2}, [2, 3], ["orders", "billing"]),
        ({"canary": "2"}, [2, 3], ["orders", "billing"]),
        ({"canary": "sandbox"}, [1, 4], ["sandbox"]),
        ({"canary": ["sandbox", "orders"]}, [2, 3], ["orders", "sandbox"]),
        ({"canary": "ou_Sandbox", "waves": "50%"}, [1, 2, 2], ["sandbox"]),
        ({"canary": "ou_Sandbox, billing"}, [2, 3], ["billing", "sandbox"]),
        ({"canary": "111122223333"}, [1, 4], ["111122223333"]),
        ({"canary": 111122223333}, [1, 4], ["111122223333"]),
        ({"canary": 9}, [5], HOSTS),
        ({"canary": "all"}, [5], HOSTS),
        ({"waves": 2}, [2, 2, 1], ["orders", "billing"]),
        ({"waves": "100%"}, [5], HOSTS),
    ],
    ids=str,
)
def test_the_canary_comes_first(variables: dict[str, Any], waves: list[int], first: list[str]):
    begun = planned(**variables)
    assert begun["waves"] == waves
    assert rollout.hosts_of(begun, 1) == first
    assert sorted(begun["order"]) == sorted(HOSTS)


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_a_field_that_nobody_filled_in_asks_for_nothing(nothing: Any):
    asked = rollout.asked(dict.fromkeys(role.OF_THE_RUN, nothing).get)
    assert not asked
    assert rollout.rollout(asked, HOSTS, members)["waves"] == []


IMPOSSIBLE = [
    *(
        {"waves": value}
        for value in (
            0,
            -1,
            [],
            [0],
            [1, 0],
            ["120%"],
            "1,,2",
            "fast",
            [[1]],
            {"a": 1},
            True,
            [True],
            1.5,
            "0%",
            [1] * 1001,
        )
    ),
    *({"canary": value} for value in (0, -1, True, 1.5, [], [""], {"a": 1}, "a,,b", "5%", [["orders"]])),
    *(
        {"canary": value}
        for value in (
            "ou_*",
            "all,!orders",
            "all:&prod",
            "&prod",
            "~.*",
            "@file",
            "orders[0]",
            "{{ lookup('pipe', 'id') }}",
            "a\nb",
        )
    ),
    *({"stop_after": value} for value in (0, "0%", "120%", -1, "many", True, [1])),
    *({"max_changes": value} for value in (-1, "120%", "few", True, [1])),
]


@pytest.mark.parametrize("variables", IMPOSSIBLE, ids=lambda variables: str(variables)[:60])
def test_what_cannot_be_is_refused_with_what_it_takes(variables: dict[str, Any]):
    (name,) = variables
    with pytest.raises(OptionError, match=f"^restore_access_{name}(:| must be )"):
        planned(**variables)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"canary": "nobody"}, "the inventory has no host or group nobody"),
        (
            {"canary": "gone"},
            "gone contains none of the 5 hosts of this run (restore_access_hosts and --limit)",
        ),
        ({"stop_after": 1}, "this run has a single wave. Set restore_access_waves or restore_access_canary as well"),
    ],
)
def test_what_would_protect_nobody_is_refused(variables: dict[str, Any], words: str):
    with pytest.raises(OptionError) as refused:
        planned(**variables)
    assert words in refused.value.message
    assert refused.value.message.endswith("Nothing was done.")


def test_hosts_that_no_pattern_selects_are_not_put_in_an_order():
    with pytest.raises(OptionError, match="cannot be ordered"):
        planned([*HOSTS, "web[1]"], canary="sandbox")
    assert planned([*HOSTS, "web[1]"], canary=1)["waves"] == [1, 5]


@given(st.integers(1, 600), st.lists(WAVE, min_size=1, max_size=6))
def test_the_sizes_are_those_of_ansible_s_serial(accounts: int, waves: list[Any]):
    """As ``_get_serialized_batches`` of its executor makes them."""
    expected, left = [], accounts
    for number in range(accounts):
        size = pct_to_int(waves[min(number, len(waves) - 1)], accounts)
        expected.append(min(size, left))
        left -= expected[-1]
        if not left:
            break
    assert planned([f"h{number}" for number in range(accounts)], waves=waves)["waves"] == expected


@given(st.integers(1, 600), st.integers(1, 50), st.lists(WAVE, max_size=6))
def test_every_account_is_in_one_wave(accounts: int, canary: int, waves: list[Any]):
    hosts = [f"h{number}" for number in range(accounts)]
    begun = planned(hosts, canary=canary, **({"waves": waves} if waves else {}))
    assert min(begun["waves"]) > 0
    assert [host for wave in range(len(begun["waves"])) for host in rollout.hosts_of(begun, wave + 1)] == hosts
    assert begun["waves"][0] == min(canary, accounts)


def test_the_threshold_counts_over_all_waves():
    begun = planned(waves=[1, 2], stop_after="40%")
    first = rollout.after_wave(begun, {"orders": "failed"}, WRONG)
    assert first["line"] == "Wave 1 of 3: 1 account, 1 failed. 4 accounts left."
    assert not first["stopped"]
    second = rollout.after_wave(first, {"billing": "converged", "payments": "blocked"}, WRONG)
    assert second["line"] == "Wave 2 of 3: 2 accounts, 1 converged, 1 blocked. 2 accounts left."
    assert second["stopped"] == (
        "Stopped after wave 2 of 3: 2 accounts have problems, and restore_access_stop_after is 40%. 3 accounts done, 2 not begun."
    )
    told = "not begun: the run was stopped after wave 2 of 3"
    assert rollout.placed(second) == {
        "orders": (1, ""),
        **dict.fromkeys(("billing", "payments"), (2, "")),
        **dict.fromkeys(("sandbox", "111122223333"), (3, told)),
    }


def test_after_the_last_wave_there_is_nothing_to_stop():
    begun = planned(waves=[4], stop_after=1)
    first = rollout.after_wave(begun, dict.fromkeys(HOSTS[:4], "compliant"), WRONG)
    last = rollout.after_wave(first, {"111122223333": "failed"}, WRONG)
    assert last["wrong"] == 1
    assert not last["stopped"]


def test_without_a_threshold_nothing_stops():
    begun = planned(canary=1)
    assert not rollout.after_wave(begun, {"orders": "failed"}, WRONG)["stopped"]


@pytest.mark.parametrize(
    ("maximum", "changes", "unknown", "refused"),
    [
        (None, 500, 0, False),
        ("", 500, 0, False),
        (10, 10, 0, False),
        (10, 11, 0, True),
        ("10", 9, 2, True),
        ("2%", 10, 0, False),
        ("2%", 11, 0, True),
        (0, 0, 0, False),
        (0, 1, 0, True),
        (0, 0, 1, True),
    ],
)
def test_a_run_that_would_change_too_many_is_refused(maximum: Any, changes: int, unknown: int, refused: bool):
    told = rollout.refusal(maximum, changes, unknown, 500)
    assert bool(told) is refused
    if refused:
        assert f"{changes} of 500 accounts would be changed" in told
        assert ("could not be examined" in told) is bool(unknown)
