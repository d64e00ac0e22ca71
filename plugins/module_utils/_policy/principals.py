# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the Principal element of a trust policy, or of another resource's policy, names a caller (rules 45-53)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from .arns import account_in
from .documents import Json, as_list, element
from .truth import NO, YES, Answer, every, negate, some, truth, unknown

CallerKind: TypeAlias = Literal["role", "session", "user", "service", "account", "root"]
ROLE: Final = "role"
SESSION: Final = "session"
USER: Final = "user"
SERVICE: Final = "service"
ACCOUNT: Final = "account"
ROOT: Final = "root"

# Unique IDs of roles, users, groups and the like; IAM shows them once the principal is deleted (rule 51).
UNIQUE_ID = re.compile(r"A(ROA|IDA|GPA|IPA|NPA|NVA|SCA|BIA|CCA|KIA|SIA)[A-Z0-9]+", re.ASCII)
_ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``arn``: of the role, user or session; empty for an account and a service.

    ``kind`` ``account`` asks whether the account as a whole is named, with no concrete caller (rule 70).
    """

    kind: CallerKind
    arn: str = ""
    account_id: str = ""
    service: str = ""
    unique_id: str = ""
    has_boundary: bool = False


def role(arn: str, **more: object) -> Caller:
    """A caller known by its role's ARN, whatever its session is called."""
    return Caller(ROLE, arn, account_in(arn), **more)  # type: ignore[arg-type]


def user(arn: str, **more: object) -> Caller:
    return Caller(USER, arn, account_in(arn), **more)  # type: ignore[arg-type]


def session(arn: str, **more: object) -> Caller:
    """A caller known by its session ARN, ``arn:P:sts::ID:assumed-role/NAME/SESSION``."""
    return Caller(SESSION, arn, account_in(arn), **more)  # type: ignore[arg-type]


def service(name: str) -> Caller:
    return Caller(SERVICE, service=name)


def account(account_id: str) -> Caller:
    return Caller(ACCOUNT, account_id=account_id)


def parse(who: str) -> Caller:
    """A caller from an ARN, a 12-digit account ID (no concrete caller), or the name of a service."""
    if not who.startswith("arn:"):
        return account(who) if _ACCOUNT_ID.fullmatch(who) else service(who)
    if account_of(who):
        return Caller(ROOT, who, account_of(who))
    if ":assumed-role/" in who:
        return session(who)
    return user(who) if ":user/" in who else role(who)


@dataclass(frozen=True, slots=True)
class Grades:
    """How a statement names the caller (rules 46, 64).

    ``direct``: itself or everyone. ``by_role``: by its role's ARN, which a boundary or session policy still cuts.
    ``account``: only through its account.
    """

    direct: Answer = NO
    by_role: Answer = NO
    account: Answer = NO

    @property
    def any(self) -> Answer:
        return some((self.direct, self.by_role, self.account))

    def both(self, answer: Answer) -> Grades:
        """Each grade only where ``answer`` holds too."""
        return Grades(*(every((answer, grade)) for grade in (self.direct, self.by_role, self.account)))


NOBODY = Grades()


def names(statement: Mapping[str, Json], caller: Caller) -> Grades:
    """The grades in which a statement of a resource policy names ``caller``."""
    plain, negated = element(statement, "Principal"), element(statement, "NotPrincipal")
    if plain is not None and negated is not None:
        return _open("Principal and NotPrincipal together")
    deny = element(statement, "Effect") == "Deny"
    if plain is not None:
        return _named(plain, caller, some_of_account=deny)
    # A statement without any Principal element names nobody (rule 53).
    if negated is None:
        return NOBODY
    if not _entries(negated):
        return _open("a NotPrincipal that is empty or cannot be read")
    listed = _named(negated, caller, some_of_account=True)
    return _not_denied(listed, caller) if deny else Grades(negate(listed.any))


def _not_denied(listed: Grades, caller: Caller) -> Grades:
    """Rule 52: with Deny, AWS may want account, role and session all listed, so a part of them decides nothing."""
    if caller.has_boundary:
        return Grades(YES)
    if caller.kind == SERVICE or listed.any.is_false:
        return Grades(negate(listed.any))
    needed = [listed.direct, listed.account]
    if caller.kind in (ROLE, SESSION):
        # The session and the role itself.
        needed.append(listed.by_role)
    if caller.kind != ACCOUNT and every(needed).is_true:
        return NOBODY
    return _open("NotPrincipal lists a part of account, role and session")


def _open(leaf: str) -> Grades:
    return Grades(unknown(leaf), unknown(leaf), unknown(leaf))


def _entries(principal: Json) -> list[tuple[str, Json]] | None:
    """Kind and value of each entry; None if that cannot be read."""
    if principal == "*":
        return [("aws", "*")]  # rule 45
    if not isinstance(principal, Mapping) or None in principal.values():
        return None
    return [(kind.lower(), value) for kind, values in principal.items() for value in as_list(values)]


def _named(principal: Json, caller: Caller, *, some_of_account: bool) -> Grades:
    """``some_of_account``: whether an entry for one principal matters to the question about its whole account."""
    entries = _entries(principal)
    if entries is None:
        return _open("a Principal that cannot be read")
    grades = [_entry(kind, value, caller, some_of_account) for kind, value in entries]
    return Grades(
        some(entry.direct for entry in grades),
        some(entry.by_role for entry in grades),
        some(entry.account for entry in grades),
    )


def _entry(kind: str, value: Json, caller: Caller, some_of_account: bool) -> Grades:
    if not isinstance(value, str):
        return _open("a principal that is not a string")
    if "${" in value:
        return _open("a variable in a principal, where AWS documents none")
    if kind == "service":
        # Exact but for case; "*" is no service (rule 49).
        return Grades(truth(caller.kind == SERVICE and value.lower() == caller.service.lower()))
    # Federated and CanonicalUser are no callers of sts:AssumeRole (rule 50).
    if kind != "aws":
        return NOBODY
    if value == "*":
        # Whether "*" covers services AWS does not say (rule 49).
        return Grades(unknown('whether "*" covers services') if caller.kind == SERVICE else YES)
    if caller.kind == SERVICE:
        return NOBODY
    if account_of(value):
        return Grades(account=truth(account_of(value) == caller.account_id))
    if caller.kind == ACCOUNT:
        # One principal of it is not the whole account; but what is denied to one is denied to a part (rule 70).
        within = some_of_account and account_in(value) == caller.account_id and not _has_wildcard(value)
        return Grades(account=unknown(f"only for {value}")) if within else NOBODY
    return _principal(value, caller)


def _principal(value: str, caller: Caller) -> Grades:
    """The entry of one role, session or user, by its ARN or its unique ID (rules 47, 48, 51)."""
    named = truth(value == caller.unique_id) if UNIQUE_ID.fullmatch(value) else _arn(value, caller)
    # A boundary cuts what a role is given by its own ARN, but not what its session or a user is given (rule 64). IAM
    # keeps a role's ARN as its unique ID, so that is the same.
    by_role = caller.kind in (ROLE, SESSION) and ":assumed-role/" not in value
    return Grades(by_role=named) if by_role else Grades(named)


def account_of(value: str) -> str:
    """The account ID that an entry stands for as a whole, whatever the partition; else empty (rule 46)."""
    if _ACCOUNT_ID.fullmatch(value):
        return value
    parts = value.split(":")
    is_root = len(parts) == 6 and parts[0] == "arn" and parts[2] == "iam" and parts[5] == "root"
    return parts[4] if is_root else ""


def _arn(value: str, caller: Caller) -> Answer:
    """An ARN entry. A wildcard in it matches nothing, since ARNs are compared as they stand (rules 45, 47, 48)."""
    if value == caller.arn:
        return truth(caller.arn != "")
    entry, own = _name_of(value), _name_of(caller.arn)
    if entry is None or own is None or entry.key != own.key:
        return NO
    if caller.kind == SESSION:
        # The role's ARN covers all its sessions; another session's does not.
        return truth(not entry.session)
    return unknown("the session name") if caller.kind == ROLE and entry.session else NO


@dataclass(frozen=True, slots=True)
class _Name:
    """Of a role or its session. ``key``: partition, account and lower-case role name; session ARNs drop the path."""

    key: tuple[str, str, str]
    session: str = ""


def _has_wildcard(arn: str) -> bool:
    return "*" in arn or "?" in arn


def _split(path: str) -> tuple[str, str]:
    first = path.split("/", 1)[0]
    return first, path[len(first) + 1 :]


def are_one(first: str, second: str) -> bool:
    """Whether two ARNs are of one principal: the same, or a role and a session of it, or two sessions of it.

    IAM does not tell upper from lower case in names, and a session's ARN drops the path.
    """
    names = _name_of(first), _name_of(second)
    if names[0] is None or names[1] is None:
        return first.lower() == second.lower()
    return names[0].key == names[1].key


def _name_of(arn: str) -> _Name | None:
    parts = arn.split(":", 5)
    if len(parts) != 6 or _has_wildcard(arn):
        return None
    kind, rest = _split(parts[5])
    if (parts[2], kind) == ("iam", ROLE):
        return _Name((parts[1], parts[4], rest.rsplit("/", 1)[-1].lower()))
    name, session_name = _split(rest)
    is_session = (parts[2], kind) == ("sts", "assumed-role") and session_name != ""
    return _Name((parts[1], parts[4], name.lower()), session_name) if is_session else None
