# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the callback; what is told of what is decided in module_utils/_report/console.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet
type: stdout
short_description: Show a run over many accounts on one screen, with the verdict last
version_added: 0.1.0
description:
  - Replaces Ansible's default output, which has at least one line for each account and task.
  - While M(cloudrestore.aws.restore_role) or M(cloudrestore.aws.restore_role_verify) work through the accounts of a play, one line shows how many are
    done. On a terminal it is updated in place. In a log it is repeated at most ten times for each task.
  - Failures are shown immediately, with their message. The same message is shown for three hosts, and then how many more have it.
  - The report of M(cloudrestore.aws.restore_role_report) is shown as text. The paths of its files and the verdict come last. The recap with a row for
    each host is left out.
  - For other tasks it shows what failed, what changed and the output of M(ansible.builtin.debug), so that it suits any playbook.
  - With C(-v) it shows the output of Ansible's default callback, and then the verdict.
author:
  - cloudrestore maintainers (@cloudrestore)
extends_documentation_fragment:
  - default_callback
  - result_format_callback
  - cloudrestore.aws.progress
requirements:
  - set as stdout in configuration, C(ANSIBLE_STDOUT_CALLBACK=cloudrestore.aws.fleet)
options:
  in_place:
    description:
      - Whether the progress line is updated in place.
      - By default it is on a terminal, and not in a job of AWX.
    type: bool
    env:
      - name: CLOUDRESTORE_PROGRESS_IN_PLACE
    ini:
      - section: cloudrestore_progress
        key: in_place
notes:
  - It shows the progress itself. P(cloudrestore.aws.progress#callback) is not needed beside it.
seealso:
  - plugin: cloudrestore.aws.progress
    plugin_type: callback
  - module: cloudrestore.aws.restore_role_report
"""

EXAMPLES = r"""
ansible.cfg: |
  [defaults]
  stdout_callback = cloudrestore.aws.fleet

  [cloudrestore_progress]
  interval = 30
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from typing import Any

from ansible import constants as C
from ansible.plugins.callback.default import CallbackModule as Default
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import console
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.progress import WORK, Progress, has_drifted, what

_REPORT = "cloudrestore.aws.restore_role_report"
# Their message is all that they have to say.
_MESSAGES = {
    "fail",
    "ansible.builtin.fail",
    "ansible.legacy.fail",
    "assert",
    "ansible.builtin.assert",
    "ansible.legacy.assert",
}
_DEBUG = {"debug", "ansible.builtin.debug", "ansible.legacy.debug"}
_LINES = 10
_REDRAW = 0.1
_CLEAR = "\x1b[K"


class CallbackModule(Default):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "cloudrestore.aws.fleet"

    def __init__(self) -> None:
        super().__init__()
        self._total = 0
        self._in_step = True
        self._of_play: dict[str, Any] = {}
        self._progress: dict[str, Progress] = {}
        self._failures, self._warned = console.Told(), console.Told()
        self._changed: dict[tuple[str, bool], list[str]] = {}
        self._endings: list[console.Ending] = []
        self._reported: list[Any] = []
        self._drawn = 0.0
        self._blank = False

    # A playbook, its plays and their tasks

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._finish_tasks()
        self._end()
        self._failures, self._warned = console.Told(), console.Told()
        # Those of the wave, in a run in waves.
        hosts = play.get_variable_manager().get_vars(play=play).get("ansible_play_batch", ())
        self._total = len(hosts)
        self._of_play = play.get_vars()
        # Under another strategy each host starts a task by itself, so that none is over before the play is.
        self._in_step = str(play.strategy).rpartition(".")[2] == "linear"
        if self._verbose:
            super().v2_playbook_on_play_start(play)
            return
        self._say(f"PLAY [{console.shown(play.get_name().strip())}]{' [CHECK MODE]' if play.check_mode else ''}")

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._start(task)
        if self._verbose:
            super().v2_playbook_on_task_start(task, is_conditional)

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self._start(task)
        if self._verbose:
            super().v2_playbook_on_handler_task_start(task)

    def v2_playbook_on_include(self, included_file: Any) -> None:
        if self._verbose:
            super().v2_playbook_on_include(included_file)

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        if self._verbose:
            super().v2_playbook_on_no_hosts_remaining()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._finish_tasks()
        if self._verbose:
            super().v2_playbook_on_stats(stats)
        else:
            if stats.custom and self.get_option("show_custom_stats"):
                self._say(f"Custom stats: {console.shown(self._dump_results(stats.custom))}")
            if not self._endings:
                self._say(console.recap({host: stats.summarize(host) for host in stats.processed}))
        self._end()

    # Results

    def v2_runner_on_ok(self, result: Any) -> None:
        task, host, returned = _task(result), _host(result), _returned(result)
        self._count(task, drifted=has_drifted(returned))
        if _action(task) == _REPORT and (ending := console.ending(returned)):
            self._reported += [returned["lines"], returned["report"]]
            self._endings.append(ending)
        else:
            ending = None
        if self._verbose:
            super().v2_runner_on_ok(result)
            return
        self._warn(host, returned)
        if ending:
            self._say("", *ending.table)
        elif _action(task) in _DEBUG:
            self._say(*self._debugged(task, host, returned))
        elif returned.get("changed"):
            self._changed.setdefault((task.get_name().strip(), bool(task.check_mode)), []).append(host)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        task, host, returned = _task(result), _host(result), _returned(result)
        self._count(task, failed=True)
        if self._verbose:
            super().v2_runner_on_failed(result, ignore_errors)
            return
        message = str(returned.get("msg") or returned.get("censored") or "failed without a message")
        if not self._failures.tells(host, message):
            return
        if _says_it_all(task, returned):
            self._warn(host, returned)
            # What runs once is no matter of the host that comes first.
            ignored = " ...ignoring" if ignore_errors and _action(task) in _MESSAGES else ""
            self._say(f"{'' if task.run_once else f'{host}: '}{message}{ignored}", color=C.COLOR_ERROR)
        else:
            self._clear()
            super().v2_runner_on_failed(result, ignore_errors)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        task, host, returned = _task(result), _host(result), _returned(result)
        self._count(task, failed=True)
        if self._verbose:
            super().v2_runner_on_unreachable(result)
            return
        message = str(returned.get("msg") or returned.get("censored") or "no message")
        # The playbooks end with a task that one host runs for another one.
        host = task.delegate_to or host
        if self._failures.tells(host, message):
            self._say(f"{host}: unreachable: {message}", color=C.COLOR_UNREACHABLE)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._count(_task(result), skipped=True)
        if self._verbose:
            super().v2_runner_on_skipped(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        if self._verbose:
            super().v2_runner_item_on_ok(result)
        elif _action(_task(result)) in _DEBUG:
            self._say(*self._debugged(_task(result), _host(result), _returned(result)))
        else:
            self._warn(_host(result), _returned(result))

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._clear()
        super().v2_runner_item_on_failed(result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        if self._verbose:
            super().v2_runner_item_on_skipped(result)

    def v2_on_file_diff(self, result: Any) -> None:
        if self._verbose:
            super().v2_on_file_diff(result)
            return
        task, returned = _task(result), _returned(result)
        for each in returned["results"] if task.loop and "results" in returned else [returned]:
            if each.get("diff") and each.get("changed"):
                diffs = each["diff"] if isinstance(each["diff"], list) else [each["diff"]]
                if text := self._get_diff([console.safe_diff(diff) for diff in diffs]):
                    self._say(f"{_host(result)}: {task.get_name().strip()}")
                    self._display.display(text.rstrip("\n"))

    # How it is said

    @property
    def _verbose(self) -> bool:
        return bool(self._display.verbosity)

    def _say(self, *lines: str, color: str | None = None) -> None:
        self._clear()
        for line in lines:
            # What stands apart from what comes before it may come right after what stood apart.
            if line or not self._blank:
                self._display.display(console.shown(line), color=color)
            self._blank = not line

    def _warn(self, host: str, returned: dict[str, Any]) -> None:
        """Warnings and deprecations as Ansible shows them, unless enough hosts have had the same."""
        told = [self._warned.tells(host, str(each)) for each in returned.get("warnings") or ()]
        if any(told) or (returned.get("deprecations") and not told):
            self._clear()
            self._handle_warnings(returned)

    def _debugged(self, task: Any, host: str, returned: dict[str, Any]) -> Iterator[str]:
        """What a debug task shows, unless it is a report that has been shown."""
        shown = [value for key, value in returned.items() if not key.startswith("_")]
        if any(value == reported for value in shown for reported in self._reported):
            return
        self._clean_results(returned, task.action)
        message = returned.get("msg")
        lines = message if isinstance(message, list) and all(isinstance(line, str) for line in message) else None
        if lines is None:
            lines = [message] if isinstance(message, str) else [self._dump_results(returned).strip("\n")]
        yield from lines if task.run_once or self._total == 1 else [f"{host}: {lines[0] if lines else ''}", *lines[1:]]

    def _start(self, task: Any) -> None:
        if self._in_step:
            self._finish_tasks()
        about = what(_action(task), task.args, bool(task.check_mode), self._of_play)
        if about and task._uuid not in self._progress:
            step = -(-self._total // _LINES)
            started, interval = time.monotonic(), self._option("interval", 10.0)
            self._progress[task._uuid] = Progress(about, self._total, started, interval, step)

    def _finish_tasks(self) -> None:
        """What is left to tell of the tasks that are over."""
        now = time.monotonic()
        finished = [progress.line(now) for progress in self._progress.values() if progress.done > progress.skipped]
        self._progress = {}
        rest = [*self._failures.rest(), *self._warned.rest()]
        changed = [console.changed(task, hosts, check_mode) for (task, check_mode), hosts in self._changed.items()]
        self._changed = {}
        if not self._verbose:
            self._say(*rest, *finished)
            self._say(*changed, color=C.COLOR_CHANGED)

    def _count(self, task: Any, *, drifted: bool = False, failed: bool = False, skipped: bool = False) -> None:
        progress = self._progress.get(task._uuid)
        if progress is None:
            return
        progress.count(drifted=drifted, failed=failed, skipped=skipped)
        now = time.monotonic()
        if self._verbose or progress.done == progress.skipped:
            return
        if not self._in_place:
            if progress.done < progress.total and progress.due(now):
                self._say(progress.line(now))
        elif now - self._drawn >= _REDRAW:
            self._drawn = now
            width = shutil.get_terminal_size().columns - 1
            # The cursor stays at the beginning, so that whatever else is shown starts there.
            self._display.display(f"{progress.line(now)[:width]}{_CLEAR}\r", screen_only=True, newline=False)
            sys.stdout.flush()

    def _clear(self) -> None:
        if self._drawn:
            self._drawn = 0.0
            self._display.display(_CLEAR, screen_only=True, newline=False)

    @property
    def _in_place(self) -> bool:
        """ansible-runner, and so AWX, runs Ansible on a terminal of its own, and keeps what is written there as a log."""
        asked = self._option("in_place", None)
        if asked is None:
            return (
                sys.stdout.isatty() and "AWX_ISOLATED_DATA_DIR" not in os.environ and os.environ.get("TERM") != "dumb"
            )
        return bool(asked)

    def _option(self, name: str, default: Any) -> Any:
        """An option, or the default where ansible-runner loads this under a name of its own, which has no such option."""
        try:
            return self.get_option(name)
        except KeyError:
            return default

    def _end(self) -> None:
        for ending in self._endings:
            self._say("", *ending.last)
        self._endings = []


def _says_it_all(task: Any, returned: dict[str, Any]) -> bool:
    """Whether the message is all that there is to show of a failure."""
    if _action(task) in WORK:
        return "module_stderr" not in returned and "results" not in returned
    return _action(task) in _MESSAGES and not task.loop and returned.get("msg") != "Assertion failed"


# Of the objects that ansible-core hands to a callback, which have other names since 2.19.


def _returned(result: Any) -> dict[str, Any]:
    returned: dict[str, Any] = result.result if hasattr(result, "result") else result._result
    return returned


def _host(result: Any) -> str:
    name: str = (result.host if hasattr(result, "host") else result._host).get_name()
    return name


def _task(result: Any) -> Any:
    return result.task if hasattr(result, "task") else result._task


def _action(task: Any) -> str:
    """The full name, also where the task leaves the collection out."""
    return str(getattr(task, "resolved_action", None) or task.action)
