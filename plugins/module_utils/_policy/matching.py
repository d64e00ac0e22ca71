# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which statements of a layer's policies match a request (rules 1-7, 10, 11, 17, 54).

"Rule N" here, and in all of this package, is number N of docs/iam_rules.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from . import arns, conditions
from .context import Context
from .documents import Json, as_list, element, load, statements
from .errors import UnreadableDocumentError
from .patterns import matches
from .principals import NOBODY, Caller, Grades, names
from .statements import Effect, effect, label
from .truth import YES, Answer, every, negate, some, truth, unknown
from .variables import replaced, resolve

_WITH_VARIABLES = "2012-10-17"
_NAMES = ("Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")
_ELEMENTS = {name.lower(): name for name in _NAMES}


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A policy as IAM returned it. ``name``: ARN or inline name; ``document``: dict, JSON text, or anything stored."""

    name: str
    document: object


@dataclass(frozen=True, slots=True)
class Request:
    """``resource``: an ARN, a pattern that stands for all of a kind, or ``*`` for an action without resource types."""

    action: str
    resource: str
    context: Context
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class Actions:
    """Action or NotAction, made ready once for however many requests; ``flaw`` says why it cannot be (rules 5, 9, 10).

    ``plain`` and ``patterns`` in lower case: entries without and with wildcards. ``odd``: those with a variable, where AWS
    documents none.
    """

    plain: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    negated: bool = False
    flaw: str = ""

    def cover(self, action: str) -> Answer:
        if self.flaw:
            return unknown(self.flaw)
        lowered = action.lower()
        named = lowered in self.plain or any(matches(pattern, lowered) for pattern in self.patterns)
        if self.odd and not named and any(matches(pattern, lowered) for pattern in self.odd):
            return unknown("a variable in an action, where AWS documents none")
        return truth(named is not self.negated)


@dataclass(frozen=True, slots=True)
class Entries:
    """What Resource lists: ``whole`` ARNs without wildcards or variables, by their lower case, and ``others``. ``flaw``: as of Actions.

    A list of a thousand names is asked about each of them, so that it is not gone through for each.
    """

    whole: Mapping[str, tuple[str, ...]]
    others: tuple[str, ...]
    flaw: str = ""

    def near(self, resource: str) -> tuple[str, ...]:
        """Those that may cover ``resource``; one whole ARN covers no other."""
        if not arns.is_whole(resource):
            return (*(entry for same in self.whole.values() for entry in same), *self.others)
        return (*self.whole.get(resource.lower(), ()), *self.others)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its place. ``body``: each element that bears on access by its name, None where there is none.

    ``effect`` is None, and ``flaw`` says why, where it cannot be read (rule 5).
    """

    layer: str
    policy: str
    label: str
    body: Mapping[str, Json]
    effect: Effect | None
    variables: bool
    flaw: str = ""
    actions: Actions = Actions()
    entries: Entries = Entries({}, ())

    @property
    def place(self) -> str:
        where = f"{self.layer} policy {self.policy}".rstrip()
        return f"{where}, statement {self.label}" if self.label else where


class Match(NamedTuple):
    """How a statement answers a request. ``near``: its action matches, its resource or a condition does not.

    ``grades``: in a resource policy, ``answer`` by how the caller is named.
    """

    statement: Statement
    answer: Answer
    near: bool
    grades: Grades = NOBODY

    @property
    def leaves(self) -> frozenset[str]:
        """What it depends on, in whatever grade."""
        return self.answer.leaves.union(
            self.grades.direct.leaves, self.grades.by_role.leaves, self.grades.account.leaves
        )


def parse(layer: str, policy: StoredPolicy) -> list[Statement]:
    """The statements of one policy; a policy that cannot be read is one statement of unknown effect (rule 1)."""
    what = f"policy {policy.name}" if policy.name else "the policy"
    try:
        document = load(policy.document)
    except UnreadableDocumentError as error:
        return [Statement(layer, policy.name, "", {}, None, False, f"{what} cannot be read: {error}")]
    if element(document, "Statement") is None:
        return [Statement(layer, policy.name, "", {}, None, False, f"{what} cannot be read: it has no Statement")]
    variables = element(document, "Version") == _WITH_VARIABLES  # rule 7
    return [_statement(layer, policy.name, body, index, variables) for index, body in enumerate(statements(document))]


def _statement(layer: str, policy: str, body: Json, index: int, variables: bool) -> Statement:
    name = label(body, index)
    if not isinstance(body, Mapping):
        return Statement(layer, policy, name, {}, None, variables, "a statement that is not an object")
    how = effect(body)
    flaw = _flaw(body) if how else "a statement without a readable Effect"
    # Looked for in every spelling once, and not for every request.
    read = {element_name: element(body, element_name) for element_name in _NAMES}
    return Statement(layer, policy, name, read, how, variables, flaw, _actions(read, variables), _entries(read))


def _entries(body: Mapping[str, Json]) -> Entries:
    whole: dict[str, tuple[str, ...]] = {}
    others: list[str] = []
    for entry in as_list(element(body, "Resource")):
        if not isinstance(entry, str):
            return Entries({}, (), "a resource that is not a string")
        if arns.is_whole(entry):
            whole[entry.lower()] = (*whole.get(entry.lower(), ()), entry)
        else:
            others.append(entry)
    return Entries(whole, tuple(others))


def _flaw(body: Mapping[str, Json]) -> str:
    """Why none of the statement can be relied on; empty if there is no such reason (rules 4, 5)."""
    spellings: dict[str, list[str]] = {}
    for name in body:
        if name.lower() in _ELEMENTS:
            spellings.setdefault(name.lower(), []).append(name)
    for plain, written in spellings.items():
        # The exact name counts, whatever is beside it.
        name = _ELEMENTS[plain] if _ELEMENTS[plain] in written else written[0]
        if len(written) > 1 and name != _ELEMENTS[plain]:
            return f"a statement with {_ELEMENTS[plain]} in it twice"
        if body[name] is None:
            return f"a statement whose {_ELEMENTS[plain]} has no value"
    return ""


def match_all(
    candidates: Sequence[Statement], request: Request, kind: arns.PolicyKind = arns.IDENTITY
) -> Iterator[Match]:
    """The statements that match, may match, or nearly match ``request``; ``kind``: of the policies, see ``arns``."""
    for statement in candidates:
        match = _match(statement, request, kind)
        if match and (match.near or not match.answer.is_false):
            yield match


def _match(statement: Statement, request: Request, kind: arns.PolicyKind) -> Match | None:
    """None where it is about other actions."""
    if statement.flaw:
        open_ = _placed(statement, unknown(statement.flaw))
        return Match(statement, open_, False, Grades(open_, open_, open_))
    action = statement.actions.cover(request.action)
    if action.is_false:
        return None
    rest = every((_resource(statement, request, kind), _condition(statement, request)))
    answer = every((action, rest))
    if kind != arns.RESOURCE_POLICY or request.caller is None:
        return Match(statement, _placed(statement, answer), rest.is_false)
    named = names(statement.body, request.caller)
    met = named.both(answer)
    grades = Grades(*(_placed(statement, grade) for grade in (met.direct, met.by_role, met.account)))
    return Match(statement, grades.any, rest.is_false and not named.any.is_false, grades)


def _placed(statement: Statement, answer: Answer) -> Answer:
    """The same answer, its leaves told with the place where they stand (rule 75)."""
    if not answer.leaves:
        return answer
    return Answer(answer.value, frozenset(f"{leaf} [{statement.place}]" for leaf in answer.leaves))


def _actions(body: Mapping[str, Json], variables: bool) -> Actions:
    plain, negated = element(body, "Action"), element(body, "NotAction")
    if (plain is None) == (negated is None):
        return Actions(flaw="neither or both of Action and NotAction")
    values = as_list(plain if negated is None else negated)
    entries = [value.lower() for value in values if isinstance(value, str)]
    if len(entries) < len(values):
        return Actions(flaw="an action that is not a string")
    if not values and negated is not None:
        return Actions(flaw="an empty NotAction")
    odd = [entry for entry in entries if variables and "${" in entry]
    patterns = tuple(entry for entry in entries if ("*" in entry or "?" in entry) and entry not in odd)
    with_anything = tuple(replaced(entry, "*") for entry in odd)
    return Actions(frozenset(entries).difference(patterns, odd), patterns, with_anything, negated is not None)


def covered(statement: Statement, request: Request, kind: arns.PolicyKind) -> Answer:
    """Whether its Resource or NotResource takes in the request's resource."""
    return _resource(statement, request, kind)


def entries(statement: Statement) -> tuple[str, ...]:
    """Of its Resource, or NotResource."""
    plain, negated = element(statement.body, "Resource"), element(statement.body, "NotResource")
    return tuple(entry for entry in as_list(negated if plain is None else plain) if isinstance(entry, str))


def _resource(statement: Statement, request: Request, kind: arns.PolicyKind) -> Answer:
    plain, negated = element(statement.body, "Resource"), element(statement.body, "NotResource")
    if plain is None and negated is None:
        # Trust policies have none (rule 11); in any other policy AWS would not have stored it.
        return YES if kind == arns.RESOURCE_POLICY else unknown("neither Resource nor NotResource")
    if plain is not None and negated is not None:
        return unknown("both Resource and NotResource")
    if negated is None:
        if statement.entries.flaw:
            return unknown(statement.entries.flaw)
        return some([_covers(entry, statement, request, kind) for entry in statement.entries.near(request.resource)])
    entries = as_list(negated)
    if not all(isinstance(entry, str) for entry in entries):
        return unknown("a resource that is not a string")
    if not entries:
        return unknown("an empty NotResource")
    answers = [_covers(str(entry), statement, request, kind) for entry in entries]
    return negate(
        some(
            _open(str(entry), answer, statement, request, kind) for entry, answer in zip(entries, answers, strict=True)
        )
    )


def _covers(entry: str, statement: Statement, request: Request, kind: arns.PolicyKind) -> Answer:
    return arns.covers(entry, request.resource, request.context, variables=statement.variables, kind=kind)


def _open(entry: str, answer: Answer, statement: Statement, request: Request, kind: arns.PolicyKind) -> Answer:
    """For NotResource, an entry that names nothing, for want of a variable or of parts, is not turned into a match (rule 17)."""
    if not answer.is_false:
        return answer
    if arns.means_nothing(entry, kind):
        return unknown(f"{entry}, which is not an ARN")
    resolved = resolve(entry, request.context, enabled=statement.variables)
    if resolved.tokens is None and not resolved.sure:
        return unknown(f"the variable in {entry}")
    return answer


def _condition(statement: Statement, request: Request) -> Answer:
    return conditions.holds(element(statement.body, "Condition"), request.context, variables=statement.variables)
