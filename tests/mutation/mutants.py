# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Small wrong changes to a module's source, one at a time: what a test that states a rule ought to notice.

Left alone is what does not decide anything: annotations, decorators, docstrings, type aliases, and prose, which is any
text with a blank in it.
"""

from __future__ import annotations

import ast
import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_SWAPPED = {"any": "all", "all": "any", "every": "some", "some": "every", "min": "max", "max": "min"}
_METHODS = {"startswith": "endswith", "endswith": "startswith"}
_DROPPED_METHODS = ("lower", "strip")
_TESTED = (ast.If, ast.While, ast.IfExp)
_REMOVED = (ast.Raise, ast.Continue, ast.Break, ast.Delete, ast.AugAssign)
_CONTAINERS = (ast.List, ast.Set, ast.Dict, ast.Tuple)
# What stands in these places is a declaration.
_DECLARED = {"annotation", "returns", "decorator_list", "type_params", "type", "slice_type"}


@dataclass(frozen=True)
class Mutant:
    """``function``: qualified name, empty at module level. ``before`` and ``after``: the code, as ast writes it.

    ``number``: which of several equal changes in one function. ``nested``: in a function within a function.
    """

    function: str
    before: str
    after: str
    number: int
    lines: range
    nested: bool
    source: Source
    place: tuple[Any, str, int | None]
    new: ast.AST

    @property
    def key(self) -> tuple[str, str, str, int]:
        return self.function, self.before, self.after, self.number

    def __str__(self) -> str:
        number = f" ({self.number + 1})" if self.number else ""
        where = self.function or "module"
        return f"{self.source.path}:{self.lines.start} {where}: {self.before}  =>  {self.after}{number}"

    @property
    def is_none(self) -> bool:
        """Whether it changes nothing: see ``unchanged``."""
        parent, field, index = self.place
        return self.new is (getattr(parent, field) if index is None else getattr(parent, field)[index])

    def compiled(self) -> CodeType:
        with self._applied():
            # The file's name stays, so that a test's failure shows where.
            return compile(ast.fix_missing_locations(self.source.tree), self.source.file, "exec", dont_inherit=True)

    @contextlib.contextmanager
    def _applied(self) -> Iterator[None]:
        parent, field, index = self.place
        target, key = (vars(parent), field) if index is None else (getattr(parent, field), index)
        old, target[key] = target[key], self.new
        try:
            yield
        finally:
            target[key] = old


@dataclass(frozen=True, eq=False)
class Source:
    """One module. ``path``: for people. ``file``: as Python names it in tracebacks."""

    name: str
    path: str
    file: str
    tree: ast.Module


@dataclass(frozen=True)
class _Around:
    function: str = ""
    classes: str = ""
    depth: int = 0
    statement: ast.stmt | None = None


def mutants(source: Source) -> list[Mutant]:
    """Every change to ``source``, in the order of its lines."""
    seen: Counter[tuple[str, str, str]] = Counter()
    every: list[Mutant] = []
    for place, old, new, around in _changes(source.tree, _Around()):
        before, after = ast.unparse(old), ast.unparse(new)
        key = (around.function, before, after)
        first = min(old.lineno, around.statement.lineno if around.statement else old.lineno)  # type: ignore[attr-defined]
        lines = range(first, (old.end_lineno or old.lineno) + 1)  # type: ignore[attr-defined]
        every.append(Mutant(*key, seen[key], lines, around.depth > 1, source, place, new))
        seen[key] += 1
    return every


def unchanged(mutant: Mutant) -> Mutant:
    """The same place, with what stands there."""
    parent, field, index = mutant.place
    return replace(mutant, new=getattr(parent, field) if index is None else getattr(parent, field)[index])


def _changes(node: ast.AST, around: _Around) -> Iterator[tuple[Any, ast.AST, ast.AST, _Around]]:
    for field, value in ast.iter_fields(node):
        if field in _DECLARED or isinstance(node, ast.JoinedStr):
            continue
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if not isinstance(child, ast.AST) or _says_nothing(child, around):
                continue
            inside = _within(child, around)
            # A default value is made once, where the function is defined.
            own = _Around(around.classes, around.classes) if isinstance(node, ast.arguments) else inside
            for new in _replacements(child, field, node):
                yield (node, field, index if isinstance(value, list) else None), child, new, own
            yield from _changes(child, own)


def _within(child: ast.AST, around: _Around) -> _Around:
    statement = child if isinstance(child, ast.stmt) else around.statement
    if isinstance(child, ast.ClassDef):
        name = f"{around.classes}.{child.name}".lstrip(".")
        return _Around("", name, around.depth, statement)
    if isinstance(child, ast.FunctionDef):
        if around.depth:
            return _Around(around.function, around.classes, around.depth + 1, statement)
        return _Around(f"{around.classes}.{child.name}".lstrip("."), around.classes, 1, statement)
    return _Around(around.function, around.classes, around.depth, statement)


def _says_nothing(child: ast.AST, around: _Around) -> bool:
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True  # a docstring
    if around.function or around.classes:
        return False
    if isinstance(child, ast.AnnAssign):
        return "TypeAlias" in ast.unparse(child.annotation)
    is_alias = isinstance(child, ast.Assign) and isinstance(child.value, ast.Subscript | ast.BinOp)
    return is_alias and ast.unparse(child.targets[0]).strip("_")[1:2].islower()  # type: ignore[attr-defined]


def _replacements(node: ast.AST, field: str, parent: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield from (_less(node, index) for index in range(len(node.values)))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.BinOp):
        yield from _calculated(node)
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Call):
        yield from _called(node)
    elif isinstance(node, _CONTAINERS) and field not in ("targets", "target", "slice"):
        yield from _emptied(node, parent)
    elif isinstance(node, ast.stmt):
        yield from _statement(node)
    if _is_test(field, parent) and not _negated_already(node):
        yield ast.UnaryOp(ast.Not(), node)  # type: ignore[arg-type]


def _is_test(field: str, parent: ast.AST) -> bool:
    return (field == "test" and isinstance(parent, _TESTED)) or (
        field == "ifs" and isinstance(parent, ast.comprehension)
    )


def _negated_already(node: ast.AST) -> bool:
    """Whether another change turns the answer round as well."""
    if isinstance(node, ast.Compare):
        return not isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE)
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for index, operator in enumerate(node.ops):
        other = _COMPARISONS[type(operator)]()
        yield ast.Compare(node.left, [*node.ops[:index], other, *node.ops[index + 1 :]], node.comparators)


def _less(node: ast.BoolOp, index: int) -> ast.AST:
    rest = node.values[:index] + node.values[index + 1 :]
    return ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]


def _calculated(node: ast.BinOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.BitOr):
        # Of numbers, sets, dicts and types alike: only one side of it.
        yield node.left
        yield node.right
    elif type(node.op) in _ARITHMETIC:
        yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
    elif isinstance(node.value, str) and " " not in node.value:
        yield ast.Constant(node.value + "XX")


def _called(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in _SWAPPED:
        yield ast.Call(ast.Name(_SWAPPED[node.func.id], ast.Load()), node.args, node.keywords)
    if isinstance(node.func, ast.Attribute):
        name, of = node.func.attr, node.func.value
        if name in _METHODS:
            yield ast.Call(ast.Attribute(of, _METHODS[name], ast.Load()), node.args, node.keywords)
        if name in _DROPPED_METHODS:
            yield of


def _emptied(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    entries = node.keys if isinstance(node, ast.Dict) else node.elts  # type: ignore[attr-defined]
    if not entries or isinstance(parent, ast.Subscript) or isinstance(getattr(node, "ctx", None), ast.Store):
        return
    if isinstance(node, ast.Dict):
        yield ast.Dict([], [])
    elif isinstance(node, ast.Set):
        yield ast.Call(ast.Name("set", ast.Load()), [], [])
    else:
        yield type(node)([], ast.Load())  # type: ignore[call-arg]


def _statement(node: ast.stmt) -> Iterator[ast.AST]:
    if isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield ast.Return(ast.Constant(None))
    elif (
        isinstance(node, (_REMOVED, ast.Expr))
        or isinstance(node, ast.Assign)
        and not isinstance(node.targets[0], ast.Name | ast.Tuple)
    ):
        yield ast.Pass()
