#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the module; the logic is in module_utils/_tasks.py and below."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_role
short_description: Converge the IAM role or user that DynamoDB restores run under
version_added: 0.1.0
description:
  - Brings one IAM role or user in one account to the state in which a backup appliance can restore DynamoDB tables through it.
    The trust policy of a role must allow the appliance and the AWS Backup service to assume it, and the role must hold the 35 actions of a restore.
  - Five options are enough for most accounts. O(name) is the role, O(appliance_principals) is who assumes it, O(appliance_external_id) is the
    external ID if the appliance uses one, O(assume_role_arn) is the role that Ansible enters the account with, and O(account_id) is the account
    that is meant. All others have defaults that change nothing beyond what a restore needs.
  - Trust is merged. Statements, policies and tags of others stay as they are, unless O(purge_trust), O(purge_policies) or
    O(purge_tags) say otherwise.
  - In check mode only read calls are made, and RV(changes) names exactly the operations that a run without it makes.
  - An explicit deny or a permissions boundary cannot be granted away. RV(unresolved) reports it with its place.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  state:
    description:
      - V(present) makes sure that the principal exists and meets every requirement.
      - V(absent) takes back what this collection put there. The principal itself goes only if this collection created it
        (the tag C(cloudrestore.aws:created-by) says so) and nothing else uses it. An inline policy goes only if every
        statement in it is this collection's.
    type: str
    choices: [present, absent]
    default: present
  match:
    description:
      - V(effect) changes nothing where a requirement is met already, in whatever form, because drift means that a restore
        could fail.
      - V(exact) asks for the policy O(policy_name) with exactly the content of O(permission_sets),
        O(custom_permission_sets) and O(additional_statements), attached, and for the trust statements as this module writes them.
      - In an inline policy V(exact) is about the statements of this collection only. Those of others stay.
      - A Deny in a managed policy is not replaced. The run fails and names the statement, unless O(allow_widening) is set.
      - A statement under a Sid of this collection that is a Deny, or has C(NotAction), C(NotResource) or a condition that this
        collection does not write, is somebody's. It stays, and the one of this collection gets another Sid.
    type: str
    choices: [effect, exact]
    default: effect
  description:
    description: Description of the role. Not set, it is left as it is.
    type: str
  max_session_duration:
    description: Longest session of the role in seconds, V(3600) to V(43200). Not set, it is left as it is.
    type: int
  permissions_boundary:
    description:
      - ARN of the managed policy to set as permissions boundary. An empty string removes the boundary.
      - Not set, it is left as it is.
    type: str
    aliases: [boundary]
  purge_trust:
    description: Whether the trust policy is to hold nothing but the statements for O(appliance_principals) and
      O(service_principals). A Deny that applies to one of them goes only with O(allow_widening).
    type: bool
    default: false
  allow_widening:
    description:
      - Whether the trust policy may come to allow what it refused before, other than what the options ask for in so many words.
      - By default a trust policy only gets tighter. Where a statement allows the very principal of O(appliance_principals) or
        O(service_principals) only under further conditions, such as an address, a session name or a date, no statement
        without them is added beside it, and with O(purge_trust) no Deny is taken away. RV(unresolved) then names the statement
        and the ways out, also where the requirement is met and O(purge_trust) or O(match=exact) could not be carried out.
    type: bool
    default: false
  allow_privileged:
    description:
      - Whether somebody new may be let into a role that can change IAM, and so can come to do everything in the account.
      - By default nobody is added to the trust policy of a role that holds such actions as C(iam:CreateAccessKey),
        C(iam:CreatePolicyVersion), C(iam:UpdateAssumeRolePolicy), or C(iam:PassRole) with C(lambda:CreateFunction), on anything
        or under any condition, what its permissions boundary leaves of them. RV(unresolved) then names policy and statement,
        and the ways out.
      - Nor is a role that cannot change IAM made one that can, by O(additional_statements), O(custom_permission_sets), a policy
        O(policy_name) that holds more than this collection wrote, O(permissions_boundary) or O(purge_policies). The run then
        fails before the first change, in check mode too. A role that could before stays as it is.
      - A role that holds all that an appliance needs for all its workloads is none of these, although it can attach policies
        to the roles that it makes for its workers.
    type: bool
    default: false
  adopt_policy:
    description:
      - Whether a managed policy O(policy_name) that carries no tag of this collection, and that nobody but this principal uses,
        is taken over. It is then tagged and written as this collection's own.
      - A managed policy is this collection's if its tag C(cloudrestore.aws:created-by) says so and its tag
        C(cloudrestore.aws:principal) names this principal. One with the first tag only, as earlier versions wrote it, is if
        nobody but this principal uses it, and gets the second at the next write. Any other that would have to be written or
        attached makes the run fail before the first change, in check mode too.
      - What a policy says is changed only while nobody but this principal uses it, whomever its tags name. One that is attached
        to somebody else as well, or is a permissions boundary, of this principal too, makes a run that would change it fail in
        the same way. The message names who uses it.
    type: bool
    default: false
  purge_policies:
    description:
      - Whether other managed policies are detached and other inline policies deleted. The default is V(false), unlike in M(amazon.aws.iam_role).
      - A managed policy that is detached is not deleted.
    type: bool
    default: false
  tags:
    description: Tags of the principal. Not set, tags are left as they are.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are removed. The default is V(false), unlike in M(amazon.aws.iam_role).
      - Tags of AWS (C(aws:)) and this collection's own tag always stay.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until IAM shows what was written. AWS can take up to five minutes more to act on a trust policy.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. The default is longer than in M(amazon.aws.iam_role).
    type: int
    default: 300
  snapshot:
    description:
      - Rolls back instead of converging. The path of a snapshot that a run wrote below O(snapshot_directory), or of a
        run's directory there. What went to O(snapshot_s3_bucket) is given as V(s3://BUCKET/PREFIX/RUN), or as the URI
        of one object. That bucket and O(snapshot_s3_prefix) must be set then, and nothing else is read.
      - The run's journal stands beside the snapshot and must be there, unbroken, with the digest of that very snapshot.
        Only what it says was done is undone. The directory that holds both has the name of the run, and no link's or copy's.
      - What the run changed goes back to what it was, in trust, policies and their versions, attachments, boundary,
        tags and settings. What somebody else has changed since stays. The principal is deleted only if the run
        created it and nothing else uses it, and created only if the run deleted it. A policy version that comes back
        gets a new number from IAM.
      - O(state) and what else a principal has to meet do not count, and nothing is evaluated. O(name) and
        O(principal_type) must be those of the snapshot. Check mode shows what would be done. A rollback has a
        snapshot of its own, by which it can be undone.
    type: raw
  approved_plan:
    description:
      - Carries out this plan and nothing else. What the module returned as RV(plan) in check mode, with the same other options.
      - If the principal was changed since, or if the options or the version of this collection lead to other operations now, it fails, says
        what has moved, and changes nothing. Where somebody changes the principal during the run, it ends before the first operation that was
        not approved.
      - The playbooks take the plans of all accounts from one file. See M(cloudrestore.aws.restore_plan).
    type: dict
    suboptions:
      observed_sha256:
        description: SHA-256 of what was read of the principal, by aspect.
        type: dict
        required: true
      operations_sha256:
        description: SHA-256 of the operations with their arguments.
        type: str
        required: true
  snapshot_directory:
    description:
      - Directory below which a snapshot is written before the first change, as C(RUN/ACCOUNT-TYPE-NAME.json) with
        mode 0600, with the run's journal beside it as C(RUN/ACCOUNT-TYPE-NAME.jsonl). Nothing is changed if they cannot
        be written. Not set, none is written.
      - It is on the host that the module runs on, which with C(connection=local) is the controller. Over another
        connection it is on that host, where a rollback over the same connection finds it.
    type: path
  snapshots_kept:
    description:
      - How many snapshots of a principal stay below O(snapshot_directory), that of this run among them. The oldest go
        once a new one is written, but for the one that a rollback undoes. Not set, all stay.
    type: int
  snapshot_s3_bucket:
    description:
      - Bucket that a snapshot is put into before the first change as well, as C(PREFIX/RUN/ACCOUNT-TYPE-NAME.json), and the
        run's journal before each change, as C(PREFIX/RUN/ACCOUNT-TYPE-NAME.jsonl), with the
        credentials that the run starts with, not those of O(assume_role_arn). They need C(s3:PutObject) and
        C(s3:GetObject) there. Nothing is changed if it cannot be put there. Not set, none is.
      - No object is ever overwritten by another run, which takes botocore 1.35 or later. How long they stay is for the bucket's
        lifecycle rules to say, and whether anybody can change them meanwhile for its versioning and Object Lock.
      - A rollback reads snapshots from this bucket only.
    type: str
  snapshot_s3_prefix:
    description:
      - What the names of the objects in O(snapshot_s3_bucket) begin with, without two slashes in a row. A rollback reads nothing
        else there.
    type: str
    default: ""
  snapshot_kms_key_id:
    description:
      - HMAC key in KMS (C(HMAC_256)), by its ID, an alias or the ARN of either, that signs each line of the journal beside a
        snapshot, and with it the digest of the snapshot. Nothing is changed if it cannot sign.
      - A rollback then takes nothing that this key has not signed, or that was changed since.
      - It is called with the credentials that the run starts with, not those of O(assume_role_arn). They need C(kms:GenerateMac)
        on the key, for a rollback C(kms:VerifyMac) as well. Whoever else has C(kms:GenerateMac) can forge a journal.
    type: str
  journal_directory:
    description:
      - Directory of the journals. Each account has one, C(ACCOUNT.jsonl) with mode 0600, which only ever grows. Each
        operation has a line of JSON that it was begun, with its arguments and the caller, and a line that it was
        made, with the request ID that CloudTrail shows, that it failed, or that its answer was lost. A line is
        on the disk before the run goes on. Each line holds the hash of the one before it of the same run.
      - Nothing is changed if it cannot be written. It is not written where a symbolic or hard link leads, nor to a file of
        another user.
      - On the same host as O(snapshot_directory). Not set, none is written.
    type: path
  run_id:
    description:
      - Name of the run, in the journal and as the directory of its snapshots. Not set, the time in UTC, which no session name has.
      - It is part of the session name, unless O(assume_role_session_name) is set.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - cloudrestore.aws.runtime
  - cloudrestore.aws.principal
  - cloudrestore.aws.principal.policy
  - cloudrestore.aws.principal.requirements
  - cloudrestore.aws.assume_role
  - cloudrestore.aws.timeout
  - cloudrestore.aws.attributes
  - cloudrestore.aws.attributes.action_group
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
notes:
  - The lookup P(cloudrestore.aws.operator_policy#lookup) returns the policy that the credentials need in the account.
  - Do not manage the same role with M(amazon.aws.iam_role). That module replaces the whole trust policy, and by default detaches every
    managed policy that it was not given.
seealso:
  - module: cloudrestore.aws.restore_role_verify
  - module: cloudrestore.aws.restore_role_report
  - module: cloudrestore.aws.restore_plan
  - plugin: cloudrestore.aws.operator_policy
    plugin_type: lookup
  - plugin: cloudrestore.aws.restore_template
    plugin_type: lookup
  - module: amazon.aws.iam_role
"""

EXAMPLES = r"""
- name: Bring the restore role of a member account to the required state
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDBRestore
    assume_role_arn: arn:aws:iam::111122223333:role/OrganizationAccountAccessRole
    appliance_principals:
      - arn:aws:iam::444455556666:role/VeeamImpersonation
    appliance_external_id: "{{ appliance_external_id }}"
    tags:
      team: backup

- name: See what would change, without changing it
  cloudrestore.aws.restore_role:
    name: backup/VeeamRestore
    appliance_principals:
      - "444455556666"
  check_mode: true
  diff: true

- name: Grant no more than the restore of two tables in one Region needs
  cloudrestore.aws.restore_role:
    name: VeeamOrdersRestore
    appliance_principals:
      - arn:aws:iam::444455556666:role/VeeamImpersonation
    match: exact
    permissions_scope: scoped
    tables: [orders, invoices]
    regions: [eu-west-1]

- name: Let one role back up and restore, and read a bucket of the user's own
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDB
    appliance_principals:
      - arn:aws:iam::444455556666:role/VeeamImpersonation
    permission_sets: [dynamodb_restore, dynamodb_backup_policy]
    custom_permission_sets:
      - name: exports
        actions: ["s3:GetObject"]
        resources: ["arn:aws:s3:::example-exports/*"]

- name: Give an IAM user the permissions of a restore
  cloudrestore.aws.restore_role:
    name: dynamodb-restore
    principal_type: user
    policy_type: inline

- name: Converge, and keep what is needed to undo it
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDBRestore
    appliance_principals:
      - "444455556666"
    snapshot_directory: reports/snapshots
    journal_directory: reports/journal
    snapshot_s3_bucket: example-snapshots
    run_id: change-4711

- name: Undo it
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDBRestore
    account_id: "111122223333"
    snapshot: reports/snapshots/change-4711

- name: Undo it from the bucket
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDBRestore
    account_id: "111122223333"
    snapshot: s3://example-snapshots/change-4711
    snapshot_s3_bucket: example-snapshots

- name: Take back what this collection put there
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDBRestore
    state: absent
"""

RETURN = r"""
check_mode:
  description: Whether this was check mode, so that RV(changes) was not made.
  returned: when a plan could be made
  type: bool
  sample: false
state:
  description: As O(state), or V(rolled_back) with O(snapshot).
  returned: when the principal could be read
  type: str
  sample: present
principal:
  description: The principal, as it stands after the run.
  returned: when a plan could be made
  type: dict
  contains:
    account_id:
      description: 12-digit ID of the AWS account.
      type: str
    arn:
      description: ARN of the role or user.
      type: str
    name:
      description: Its name.
      type: str
    path:
      description: Its path.
      type: str
    principal_type:
      description: V(role) or V(user).
      type: str
  sample:
    account_id: '111122223333'
    arn: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
    name: VeeamDynamoDBRestore
    path: /
    principal_type: role
compliant:
  description: Whether every requirement was met and nothing had to be changed.
  returned: when the run did not fail
  type: bool
  sample: false
changes:
  description: The IAM operations, in order. In check mode those that would be made, exactly.
  returned: when a plan could be made
  type: list
  elements: dict
  contains:
    operation:
      description: The operation as IAM spells it.
      type: str
    target:
      description: ARN of what it changes.
      type: str
    reason:
      description: Why.
      type: str
  sample:
    - operation: UpdateAssumeRolePolicy
      target: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
      reason: 'backup_service_may_assume (backup.amazonaws.com): no statement names it'
drift:
  description: Requirements that were not met before the run, because of which a restore could fail.
  returned: when a plan could be made
  type: list
  elements: dict
  contains:
    requirement:
      description: V(appliance_may_assume), V(backup_service_may_assume), or an action.
      type: str
    subject:
      description: Whom it is about, if the requirement alone does not say.
      type: str
    verdict:
      description: V(conditional), V(implicit_deny), V(explicit_deny) or V(unreadable).
      type: str
    reason:
      description: Why.
      type: str
    layer:
      description: V(trust), V(identity) or V(boundary).
      type: str
    policy:
      description: ARN or inline name of the policy that decided it.
      type: str
    statement:
      description: Sid of the statement that decided it, or C(#) and its index.
      type: str
  sample:
    - requirement: backup_service_may_assume
      subject: backup.amazonaws.com
      verdict: implicit_deny
      reason: no statement names it
      layer: trust
      policy: ''
      statement: ''
findings:
  description: What a restore does not fail on, but somebody should look at. Each is a warning as well.
  returned: when a plan could be made
  type: list
  elements: dict
  contains:
    finding:
      description: V(appliance_not_given), V(external_id_not_enforced), V(external_id_not_given), V(external_id_for_a_service),
        V(orphaned_principal), V(principal_not_asked_for), V(privileges_not_known), V(source_account_not_enforced), V(trust_to_a_whole_account),
        V(trust_to_an_organization) or V(trust_to_everyone).
      type: str
    severity:
      description: V(high), V(medium) or V(low).
      type: str
    layer:
      description: V(trust), or V(identity) for a policy that cannot be read.
      type: str
    policy:
      description: ARN or inline name of the policy; empty for the trust policy.
      type: str
    statement:
      description: Sid of the statement, or C(#) and its index.
      type: str
    message:
      description: What was found, and where.
      type: str
    remedy:
      description: What to do.
      type: str
    statement_sha256:
      description: SHA-256 of what the statement says, with C(ACCOUNT) for the account's own ID; empty where there is no statement.
      type: str
  sample:
    - finding: external_id_not_enforced
      severity: high
      layer: trust
      policy: ''
      statement: Theirs
      message: 'Statement Theirs of the trust policy of arn:aws:iam::111122223333:role/VeeamDynamoDBRestore allows
        the appliance to assume the role without the external ID that was asked for. It is not this collection''s statement and
        was left as it is.'
      remedy: Add the condition on sts:ExternalId, or remove the statement.
      statement_sha256: 293c0a6580afc890e786e68e13ee1028a72540cdf742f041dc609f5ddeb31c31
unresolved:
  description: Requirements that are not met after the run either, because they cannot be granted away, or that are met, but
    not as O(purge_trust) or O(match=exact) ask for it. As RV(drift).
  returned: when the run did not fail
  type: list
  elements: dict
  sample:
    - requirement: kms:CreateGrant
      subject: ''
      verdict: explicit_deny
      reason: a Deny applies, whatever else allows it
      layer: identity
      policy: guardrail
      statement: NoGrants
kept:
  description:
    - With O(state=absent), and with O(snapshot), what was left as it is, and why.
    - With O(snapshot) also that the journal of that run has no end, in which case more may have been done than it says.
    - Else policies that a shorter O(restore_role_arns) or smaller O(custom_permission_sets) need no more and that stay, since
      somebody has written into them. What this collection had written there is taken out.
  returned: when the run did not fail
  type: list
  elements: str
  sample:
    - 'arn:aws:iam::111122223333:role/VeeamDynamoDBRestore was not deleted: this collection did not create the role;
      its trust policy holds statements of others'
missing_permissions:
  description: Actions that were not allowed before the run, for whatever reason.
  returned: when a plan could be made
  type: list
  elements: str
  sample:
    - iam:PassRole
    - kms:CreateGrant
missing_permissions_policy:
  description: A policy document that grants exactly what no policy granted before the run. Empty if nothing was
    to be granted.
  returned: when the run did not fail
  type: dict
  sample:
    Version: '2012-10-17'
    Statement:
      - Sid: CloudrestoreMissing
        Effect: Allow
        Action:
          - iam:PassRole
          - kms:CreateGrant
        Resource: '*'
before:
  description: The state before the run, by layer.
  returned: when a plan could be made
  type: dict
  contains:
    trust:
      description: The trust policy.
      type: dict
    permissions:
      description: Documents of the attached and inline policies, by ARN or name.
      type: dict
    attachments:
      description: ARNs of the attached policies.
      type: list
      elements: str
    settings:
      description: Path, permissions boundary, tags, and of a role its description and session duration.
      type: dict
  sample:
    trust:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal:
            AWS: arn:aws:iam::444455556666:role/VeeamImpersonation
          Action: sts:AssumeRole
    permissions:
      everything:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action:
              - 'backup*:*'
              - 'dynamodb:*'
              - ec2:DescribeRegions
              - 'iam:Get*'
              - 'iam:List*'
              - iam:PassRole
              - 'iam:Simulate*'
              - 'kms:*'
            Resource: '*'
    attachments: []
    settings:
      path: /
      permissions_boundary: null
      tags: {}
      description: ''
      max_session_duration: 3600
after:
  description: The state after the run, by layer. In check mode the one predicted. As RV(before).
  returned: when the run did not fail
  type: dict
  sample:
    trust:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal:
            AWS: arn:aws:iam::444455556666:role/VeeamImpersonation
          Action: sts:AssumeRole
        - Sid: CloudrestoreBackupService
          Effect: Allow
          Principal:
            Service: backup.amazonaws.com
          Action: sts:AssumeRole
    permissions:
      everything:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action:
              - 'backup*:*'
              - 'dynamodb:*'
              - ec2:DescribeRegions
              - 'iam:Get*'
              - 'iam:List*'
              - iam:PassRole
              - 'iam:Simulate*'
              - 'kms:*'
            Resource: '*'
    attachments: []
    settings:
      path: /
      permissions_boundary: null
      tags: {}
      description: ''
      max_session_duration: 3600
previous:
  description: A snapshot of the state before the run, and the operations that were planned on it. O(snapshot) takes it as it
    was written, with the journal beside it. Versions of the policy that had to make room are in it with their documents.
  returned: when a plan could be made
  type: dict
  sample:
    schema_version: 3
    account_id: '111122223333'
    arn: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
    principal_type: role
    name: VeeamDynamoDBRestore
    exists: true
    unique_id: AROAMEMORYVeeamDynamoDBRestore
    trust:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal:
            AWS: arn:aws:iam::444455556666:role/VeeamImpersonation
          Action: sts:AssumeRole
    permissions:
      everything:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action:
              - 'backup*:*'
              - 'dynamodb:*'
              - ec2:DescribeRegions
              - 'iam:Get*'
              - 'iam:List*'
              - iam:PassRole
              - 'iam:Simulate*'
              - 'kms:*'
            Resource: '*'
    attachments: []
    settings:
      path: /
      permissions_boundary: null
      tags: {}
      description: ''
      max_session_duration: 3600
    own_policies: []
    deleted_policy_versions: []
    operations:
      - operation: UpdateAssumeRolePolicy
        target: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
        arguments:
          RoleName: VeeamDynamoDBRestore
          PolicyDocument: >-
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/VeeamImpersonation"},"Action":"sts:AssumeRole"},{"Sid":"CloudrestoreBackupService","Effect":"Allow","Principal":{"Service":"backup.amazonaws.com"},"Action":"sts:AssumeRole"}]}
plan:
  description:
    - What the plan was made from, and what it does, as digests. Of check mode, O(approved_plan) takes it in the run that is to do just that.
    - The operations are in RV(changes), and with their arguments in RV(ignore:previous.operations).
  returned: when the run did not fail
  type: dict
  contains:
    observed_sha256:
      description: SHA-256 of what was read of the principal, by aspect.
      type: dict
    operations_sha256:
      description: SHA-256 of the operations with their arguments, in their order.
      type: str
  sample:
    observed_sha256:
      principal: b619c42d2dfcbad844773096a8bd175271d271c6a6830c40b33af4dacfb56f08
      trust: 1222ea5438c4949fbfd09a6829c33537bf6fc10d8aa096ffdc7a8494d4699800
      permissions: 79ac9c3e0be7c9eee96777bcfe7eece48b0f5b8ed8f4453c131d86502a8628f0
      settings: 6a4b66411c2c201784db12f3e84a9156ab158fbba8a166b1e3b48ca318eeac41
      use: 8cc12c202e8cc07b9dee04415cdbcc9d3f150a607c4d7590f658f9c8e0288d5e
    operations_sha256: 9bd716bb4086875e9892dfae350379b6553386433d80aa02d774defe417735ce
session_policy:
  description:
    - Whether the session in the account was limited by a session policy.
    - It was not with credentials of the account itself, since no role was assumed, nor with O(assume_role_session_policy=false).
  returned: when the run did not fail
  type: bool
  sample: true
observed:
  description:
    - The principal as it was last read, with every policy that bears on it. The option
      O(cloudrestore.aws.restore_role_verify#module:observed) takes it.
    - Null if something was changed and not read back, because of O(wait=false).
  returned: when the run did not fail
  type: dict
  sample:
    schema_version: 1
    account:
      partition: aws
      account_id: '111122223333'
    kind: role
    name: VeeamDynamoDBRestore
    exists: true
    path: /
    unique_id: AROAMEMORYVeeamDynamoDBRestore
    trust:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal:
            AWS: arn:aws:iam::444455556666:role/VeeamImpersonation
          Action: sts:AssumeRole
        - Sid: CloudrestoreBackupService
          Effect: Allow
          Principal:
            Service: backup.amazonaws.com
          Action: sts:AssumeRole
    description: ''
    max_session_duration: 3600
    boundary_arn: null
    tags: {}
    attached: []
    inline:
      - name: everything
        document:
          Version: '2012-10-17'
          Statement:
            - Effect: Allow
              Action:
                - 'backup*:*'
                - 'dynamodb:*'
                - ec2:DescribeRegions
                - 'iam:Get*'
                - 'iam:List*'
                - iam:PassRole
                - 'iam:Simulate*'
                - 'kms:*'
              Resource: '*'
    groups: []
    boundaries: []
snapshot_file:
  description: Path of the snapshot that was written, on the host that the module ran on.
  returned: when something was changed and O(snapshot_directory) is set
  type: str
  sample: reports/snapshots/change-4711/111122223333-role-VeeamDynamoDBRestore.json
snapshot_s3:
  description: URI of the snapshot that was put into O(snapshot_s3_bucket).
  returned: when something was changed and O(snapshot_s3_bucket) is set
  type: str
  sample: s3://example-snapshots/restore/change-4711/111122223333-role-VeeamDynamoDBRestore.json
snapshot_s3_version_id:
  description: Version of the object that the snapshot was put into.
  returned: when something was changed and the bucket O(snapshot_s3_bucket) keeps versions
  type: str
  sample: L4kqtJlcpXroDTDmpUMLUo1
snapshot_sha256:
  description: SHA-256 of the snapshot that was written. The journal holds it as well.
  returned: when something was changed and O(snapshot_directory) or O(snapshot_s3_bucket) is set
  type: str
  sample: 72d56f59250ed7ff5990e333b05c9678e64c2cb3157680d26e25c8411b62c582
unconfirmed:
  description: Operations of which it is not known whether they were made, because the answer was lost and the account
    could not be read again. A further run finds out.
  returned: when an operation failed
  type: list
  elements: dict
  sample:
    - operation: AttachRolePolicy
      target: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
      reason: policy arn:aws:iam::111122223333:policy/Cloudrestore-role-VeeamDynamoDBRestore is not attached
not_done:
  description: Operations that were not made, the one that failed first. RV(changes) then holds those that were.
  returned: when an operation failed
  type: list
  elements: dict
  sample:
    - operation: AttachRolePolicy
      target: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
      reason: policy arn:aws:iam::111122223333:policy/Cloudrestore-role-VeeamDynamoDBRestore is not attached
connection_failure:
  description:
    - >-
      Why the account could not be reached, which is its last call, if the connection failed and that endpoint had answered none of its calls
      before. What shares the way there, such as the other accounts of a fleet, may share this.
    - Empty if AWS did answer, and the failure is another one.
  returned: when the module failed at a call
  type: dict
  contains:
    endpoint:
      description: Host of the endpoint, with its port if the URL has one.
      type: str
    code:
      description: The SDK's name of the error, or V(OutOfTime) where no answer came within O(timeout).
      type: str
    message:
      description: What the SDK said.
      type: str
  sample:
    endpoint: iam.amazonaws.com
    code: ConnectTimeoutError
    message: 'Connect timeout on endpoint URL: "https://iam.amazonaws.com/"'
"""

from ansible_collections.cloudrestore.aws.plugins.module_utils import _module, _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC


def main() -> None:
    _module.run(RESTORE_ROLE_SPEC, _tasks.restore_role)


if __name__ == "__main__":
    main()
