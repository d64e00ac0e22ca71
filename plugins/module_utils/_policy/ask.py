# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine's two doors for plain Python: plain dicts in, a frozen Decision out.

``may`` answers a permission question, ``may_assume`` a trust question:

    >>> allow_all = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}}
    >>> may("dynamodb:DescribeTable", "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders", identity=[allow_all]).verdict
    'allowed'

    >>> office = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    >>> deny = {"Statement": {"Sid": "Office", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": office}}
    >>> may("dynamodb:ListTables", "*", identity=[allow_all, deny]).conditions
    ('aws:SourceIp (IpAddress 10.0.0.0/8) [identity policy #1, statement Office]',)

    >>> cut = may("dynamodb:ListTables", "*", identity=[allow_all], scps=[[allow_all], []])
    >>> cut.verdict, cut.layer
    ('implicit_deny', 'scp level 2')

    >>> trust = {"Statement": {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}}
    >>> assume_any = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}
    >>> restore, appliance = "arn:aws:iam::111122223333:role/Restore", "arn:aws:iam::444455556666:role/Appliance"
    >>> may_assume(trust, restore, appliance, identity=[assume_any]).verdict
    'allowed'
    >>> may_assume(trust, restore, appliance).reason
    'needs sts:AssumeRole in account 444455556666, whose policies were not read'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from . import assume, evaluate, principals
from .arns import account_in
from .context import Context, Given
from .evaluate import Policies
from .matching import StoredPolicy
from .verdicts import Decision

Document = object


def may(
    action: str,
    resource: str,
    *,
    identity: Sequence[Document] | None,
    boundary: Document | None = None,
    session: Sequence[Document] | None = None,
    scps: Sequence[Sequence[Document]] | None = None,
    rcps: Sequence[Document] | None = None,
    context: Mapping[str, Given] | None = None,
) -> Decision:
    """May a principal with these policies do ``action`` on ``resource``? Raises nothing, whatever the documents hold.

    Documents are dicts or JSON text; None stands for a layer that does not exist, such as ``identity`` for the root
    user, or ``scps`` and ``rcps`` without an organization. ``scps``: documents per level, from the organization's root
    down. ``context``: condition keys, see Context; a key that is not provided is unknown.
    """
    return evaluate.may(_layers(identity, boundary, session, scps, rcps), action, resource, Context(context))


def may_assume(
    trust: Document,
    role_arn: str,
    caller: str,
    *,
    identity: Sequence[Document] | None = None,
    boundary: Document | None = None,
    scps: Sequence[Sequence[Document]] | None = None,
    rcps: Sequence[Document] | None = None,
    external_id: str | None = None,
    context: Mapping[str, Given] | None = None,
) -> Decision:
    """May ``caller`` assume the role? ``caller``: ARN of a role, user or session, a 12-digit account ID, or a service.

    ``identity``: the caller's own policies; None if they are not known. ``boundary`` and ``scps`` are the caller's too,
    ``rcps`` those of the role's account. Raises nothing, whatever the documents hold; ValueError if ``role_arn`` is no
    ARN.
    """
    if not account_in(role_arn):
        raise ValueError(f"not the ARN of a role: {role_arn}")
    own = None if identity is None else _layers(identity, boundary, None, scps, None)
    return assume.may_assume(
        StoredPolicy("", trust),
        role_arn,
        replace(principals.parse(caller), has_boundary=boundary is not None),
        own=own,
        external_id=external_id,
        rcps=None if rcps is None else _policies(rcps),
        more=context,
    )


def _layers(
    identity: Sequence[Document] | None,
    boundary: Document | None,
    session: Sequence[Document] | None,
    scps: Sequence[Sequence[Document]] | None,
    rcps: Sequence[Document] | None,
) -> Policies:
    return Policies(
        identity=None if identity is None else _policies(identity),
        boundary=None if boundary is None else StoredPolicy("", boundary),
        session=None if session is None else _policies(session),
        scps=None if scps is None else tuple(_policies(level) for level in scps),
        rcps=None if rcps is None else _policies(rcps),
    )


def _policies(documents: Sequence[Document]) -> tuple[StoredPolicy, ...]:
    return tuple(StoredPolicy(f"#{index}", document) for index, document in enumerate(documents))
