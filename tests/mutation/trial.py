# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One change tried, in a child process of its own, where everything is loaded already: does a test notice it?

Quickly: the changed function's code is put into the function that is there. What runs while a module is loaded, and
whatever nobody noticed that way, is tried with everything of ours loaded anew, the changed module among it.
"""

from __future__ import annotations

import functools
import gc
import importlib.abc
import importlib.machinery
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests.mutation.lines import run
from tests.mutation.mutants import Mutant

NOTICED, UNNOTICED = 1, 0
OURS = ("ansible_collections.cloudrestore", "tests.unit")
# Seconds of computing time for a test, at least, and times what it takes otherwise: a change may make a loop endless.
_AT_LEAST, _TIMES = 2.0, 20.0
_COLLECTING = 0.5
_MEMORY = 2 * 1024**3


def quickly(
    mutant: Mutant, items: Sequence[pytest.Item], seconds: dict[str, float], tell: Callable[[str], None]
) -> int:
    """Runs the tests until one fails. To be called in a child process."""
    _put_in(mutant)
    for cached in _caches():
        cached.cache_clear()
    for item, following in zip(items, [*items[1:], None], strict=True):
        limit(seconds.get(item.nodeid, 0))
        if not run(item, following):
            tell(item.nodeid)
            return NOTICED
    return UNNOTICED


@functools.cache
def _caches() -> list[Any]:
    """What of ours remembers answers. Looking for it takes longer than most tests: the parent does it once."""
    caches = [candidate for candidate in gc.get_objects() if isinstance(candidate, functools._lru_cache_wrapper)]
    return [function for function in caches if getattr(function, "__module__", "").startswith(OURS)]


def prepare() -> None:
    """To be called once before all children, so that they share as much of the memory as they can."""
    _caches()
    gc.collect()
    gc.freeze()


def anew(mutant: Mutant, names: Sequence[str], seconds: dict[str, float], tell: Callable[[str], None]) -> int:
    """The same with everything of ours loaded anew, and the changed module in place of the one in the file."""
    for name in [module for module in sys.modules if module.startswith(OURS)]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(mutant.source.name, mutant.compiled()))
    # One file after the other: what is wrong at all is mostly noticed by the first.
    for file in dict.fromkeys(name.split("::")[0] for name in names):
        limit(_COLLECTING)
        if pytest.main([*ARGUMENTS, "-x", file], plugins=[_Chosen(names, seconds, tell)]) != pytest.ExitCode.OK:
            return NOTICED
    return UNNOTICED


ARGUMENTS = ("-o", "addopts=", "--import-mode=importlib", "-s", "-p", "no:terminal", "-p", "no:cacheprovider")


class _Chosen:
    """Runs only these tests, in their order."""

    def __init__(self, names: Sequence[str], seconds: dict[str, float], tell: Callable[[str], None]) -> None:
        self._order = {name: place for place, name in enumerate(names)}
        self._seconds, self._tell = seconds, tell

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._order), key=lambda item: self._order[item.nodeid]
        )

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        limit(self._seconds.get(item.nodeid, 0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._tell(report.nodeid)


def limit(usual: float) -> None:
    """From now on. What goes beyond it ends the process."""
    signal.setitimer(signal.ITIMER_PROF, _AT_LEAST + _TIMES * usual)


def in_child(do: Callable[[Callable[[str], None]], int]) -> tuple[int, int]:
    """Process ID, and where the name of the test that noticed can be read."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    ended = NOTICED
    try:
        gc.disable()
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        resource.setrlimit(resource.RLIMIT_AS, (_size() + _MEMORY, resource.RLIM_INFINITY))
        ended = do(lambda name: os.write(writing, name.encode()) and None)
    finally:
        os._exit(ended)


def _size() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def can_be_quick(mutant: Mutant) -> bool:
    """Whether the change is in the code of one function that is there as such."""
    if not mutant.function or mutant.nested:
        return False
    function = functions(sys.modules[mutant.source.name]).get(mutant.function)
    return function is not None


def _put_in(mutant: Mutant) -> None:
    function = functions(sys.modules[mutant.source.name])[mutant.function]
    function.__code__ = next(code for code in _codes(mutant.compiled()) if code.co_qualname == mutant.function)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def functions(module: Any) -> dict[str, FunctionType]:
    """Qualified name → function, of the functions, methods and properties that a module defines."""
    own = [
        attribute for attribute in vars(module).values() if getattr(attribute, "__module__", None) == module.__name__
    ]
    members = [member for attribute in own if isinstance(attribute, type) for member in vars(attribute).values()]
    made = [_bare(member) for member in (*own, *members)]
    return {
        function.__qualname__: function
        for function in made
        if function is not None and function.__code__.co_filename == module.__file__
    }


def _bare(member: Any) -> FunctionType | None:
    for inside in ("fget", "func", "__wrapped__", "__func__"):
        member = getattr(member, inside, None) or member
    return member if isinstance(member, FunctionType) else None


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, name: str, code: CodeType) -> None:
        self._name, self._code = name, code

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname != self._name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self._code)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, origin: str, code: CodeType) -> None:
        super().__init__(name, origin)
        self._changed = code

    def get_code(self, _fullname: str) -> CodeType:
        return self._changed
