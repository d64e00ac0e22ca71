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
  - Brings one IAM role or user in one account to the state that a backup appliance needs to restore DynamoDB tables. The trust policy of a role must
    allow the appliance and the AWS Backup service to assume it, and the role or user must be allowed the 35 actions of a restore.
  - Five options are enough for most accounts. O(name) is the role, O(appliance_principals) is who assumes it, O(appliance_external_id) is the
    external ID if the appliance uses one, O(assume_role_arn) is the role that Ansible assumes in the account, and O(account_id) is the expected
    account. All others have defaults that change nothing beyond what a restore needs.
  - The trust policy is merged. Statements, policies and tags that this collection did not write are left in place, unless O(purge_trust), O(purge_policies) or
    O(purge_tags) is set.
  - Check mode makes only read calls in the account, and RV(changes) lists exactly the operations that a run without check mode makes.
  - An explicit deny or a permissions boundary cannot be overridden by granting more. RV(unresolved) reports it with layer, policy and statement.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  state:
    description:
      - V(present) makes sure that the principal exists and meets every requirement.
      - V(absent) removes what this collection added. The principal itself is deleted only if this collection created it (as its tag
        C(cloudrestore.aws:created-by) records) and nothing else uses it. An inline policy is deleted only if all its statements are this
        collection's.
    type: str
    choices: [present, absent]
    default: present
  match:
    description:
      - V(effect) changes nothing where a requirement is already met, however the permission is granted. Drift then means that a restore could fail.
      - V(exact) requires the policy O(policy_name) to be attached and to contain exactly O(permission_sets), O(custom_permission_sets) and
        O(additional_statements), and the trust statements to be written as this module writes them.
      - In an inline policy, V(exact) applies to this collection's statements only. Other statements are left in place.
      - A Deny in a managed policy is not replaced. The run fails and names the statement, unless O(allow_widening) is set.
      - A statement that has one of this collection's Sids but is a Deny, or has C(NotAction), C(NotResource) or a condition that this collection does
        not write, is treated as someone else's. It is left in place, and this collection's statement gets another Sid.
    type: str
    choices: [effect, exact]
    default: effect
  description:
    description: Description of the role. If not set, it is not changed.
    type: str
  max_session_duration:
    description: Maximum session duration of the role in seconds, V(3600) to V(43200). If not set, it is not changed.
    type: int
  permissions_boundary:
    description:
      - ARN of the managed policy to set as the permissions boundary. An empty string removes the boundary.
      - If not set, the boundary is not changed.
    type: str
    aliases: [boundary]
  purge_trust:
    description: Whether to remove all statements from the trust policy except those for O(appliance_principals) and O(service_principals). A Deny
      that applies to one of these is removed only with O(allow_widening).
    type: bool
    default: false
  allow_widening:
    description:
      - Whether the run may make the trust policy allow something that it refused before and that the options do not explicitly ask for.
      - By default a trust policy only gets tighter. If a statement allows a principal in O(appliance_principals) or O(service_principals) only under
        further conditions, such as an IP address, a session name or a date, no statement without these conditions is added, and O(purge_trust)
        removes no Deny. RV(unresolved) then names the statement and your options. It also does so where the requirement is met but O(purge_trust) or
        O(match=exact) could not be applied.
      - Likewise a policy O(policy_name) that exists but is not attached is attached only if it allows no more than the options ask for. Otherwise the
        run fails before the first change and names the statement.
    type: bool
    default: false
  allow_privileged:
    description:
      - Whether a new principal may be allowed to assume a role that can change IAM, and so can gain full control of the account.
      - By default no principal is added to the trust policy of a role that is allowed actions such as C(iam:CreateAccessKey),
        C(iam:CreatePolicyVersion) or C(iam:UpdateAssumeRolePolicy), or C(iam:PassRole) together with C(lambda:CreateFunction), on any resource and
        under any condition, as far as its permissions boundary allows them. RV(unresolved) then names the policy, the statement and your options.
      - The run also does not turn a role that cannot change IAM into one that can, by O(additional_statements), O(custom_permission_sets), a policy
        O(policy_name) with more than this collection wrote, O(permissions_boundary) or O(purge_policies). It fails before the first change, in check
        mode too. A role that already could is left as it is.
      - A rollback with O(snapshot) leaves out what would make the role able to change IAM, unless the role was before the run and its trust policy
        allows nobody to assume it whom it did not allow then. RV(left_in_place) names it.
      - A role with exactly what an appliance needs for all its workloads does not count as privileged, although it can attach policies to the roles
        it creates for its workers.
    type: bool
    default: false
  adopt_policy:
    description:
      - Whether to take over a managed policy O(policy_name) that has no tag of this collection and is used by this principal only. The policy is then
        tagged and updated like this collection's own.
      - A managed policy belongs to this collection if its tag C(cloudrestore.aws:created-by) says so and its tag C(cloudrestore.aws:principal) names
        this principal. A policy with the first tag only, as earlier versions created it, belongs to this collection if only this principal uses it,
        and gets the second tag at the next write. If any other policy would have to be updated or attached, the run fails before the first change, in
        check mode too.
      - The content of a policy is changed only while this principal is its only user, whatever its tags say. If the policy is also attached to
        another principal, or is used as a permissions boundary (of this principal too), a run that would change it fails in the same way. The message
        names who uses it.
    type: bool
    default: false
  purge_policies:
    description:
      - Whether other managed policies are detached and other inline policies deleted. The default is V(false), unlike in M(amazon.aws.iam_role).
      - A managed policy that is detached is not deleted.
      - A policy with a Deny stays, and RV(left_in_place) names it, unless O(allow_widening) is set.
    type: bool
    default: false
  tags:
    description: Tags of the principal. If not set, tags are not changed.
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
      - Whether to wait until IAM returns what was written. AWS can need up to five more minutes until a trust policy takes effect.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. The default is longer than in M(amazon.aws.iam_role).
    type: int
    default: 300
  snapshot:
    description:
      - Rolls back instead of converging. Set it to the path of a snapshot that a run wrote below O(snapshot_directory), or of the run's directory
        there. For a snapshot in O(snapshot_s3_bucket), set it to V(s3://BUCKET/PREFIX/RUN) or the URI of one object. O(snapshot_s3_bucket) and
        O(snapshot_s3_prefix) must then be set, and nothing outside of them is read.
      - The journal of the run must be next to the snapshot, complete, and contain the digest of this snapshot. Only what the journal records as done
        is undone. The directory of the two must have the name of the run; a link to it or a renamed copy is refused.
      - What the run changed is restored to its former state, in trust, policies and their versions, attachments, boundary, tags and settings. What
        someone else changed since is left in place. The principal is deleted only if the run created it and nothing else uses it, and created only if
        the run deleted it. A policy version that is restored gets a new version number from IAM.
      - O(state) and the requirements are ignored, and nothing is evaluated. O(name) and O(principal_type) must match the snapshot. If
        a principal was created later under the same name, which its unique ID shows, the module fails and changes nothing. Check mode shows
        what would be done. A rollback writes a snapshot of its own, so that it can be undone too.
    type: raw
  approved_plan:
    description:
      - Carries out this plan and nothing else. Set it to what the module returned as RV(plan) in check mode, with all other options unchanged.
      - If the principal was changed since, or if the options or the version of this collection now lead to other operations, the module fails, names
        what has changed, and changes nothing. If someone changes the principal during the run, it stops before the first operation that was not
        approved.
      - The playbooks read the plans of all accounts from one file. See M(cloudrestore.aws.restore_plan).
    type: dict
    suboptions:
      observed_sha256:
        description: SHA-256 of the state that was read, by aspect.
        type: dict
        required: true
      operations_sha256:
        description: SHA-256 of the operations and their arguments.
        type: str
        required: true
  snapshot_directory:
    description:
      - Directory for snapshots. Before the first change, a snapshot is written to C(RUN/ACCOUNT-TYPE-NAME.json) with mode 0600, and the journal of
        the run next to it to C(RUN/ACCOUNT-TYPE-NAME.jsonl). If they cannot be written, nothing is changed. If not set, none is written.
      - The directory is on the host that the module runs on. With C(connection=local) that is the controller. With another connection, a rollback
        over the same connection finds it there.
    type: path
  snapshots_retained:
    description:
      - How many snapshots of a principal to retain below O(snapshot_directory), including the one of this run. The oldest are deleted after a new one
        is written, except the one that a rollback undoes. If not set, all are retained.
    type: int
  snapshot_s3_bucket:
    description:
      - S3 bucket for snapshots, in addition to O(snapshot_directory). The snapshot is written to C(PREFIX/RUN/ACCOUNT-TYPE-NAME.json) before the
        first change, and the journal of the run to C(PREFIX/RUN/ACCOUNT-TYPE-NAME.jsonl) before each change. If they cannot be written, nothing is
        changed. If not set, none is written.
      - Uses the credentials that the run starts with, not those of O(assume_role_arn). They need C(s3:PutObject) and C(s3:GetObject) in the bucket.
      - A run never overwrites an object of another run, which requires botocore 1.35 or later. The bucket's lifecycle rules decide how long objects
        are retained, and its versioning and Object Lock whether anyone can change them.
      - A rollback reads snapshots from this bucket only.
    type: str
  snapshot_s3_prefix:
    description:
      - Prefix of the object keys in O(snapshot_s3_bucket), without two consecutive slashes. A rollback reads only below this prefix.
    type: str
    default: ""
  snapshot_kms_key_id:
    description:
      - ID, alias or ARN of an HMAC key in KMS (C(HMAC_256)). It signs each line of the journal next to a snapshot, and with it the digest of the
        snapshot. If signing fails, nothing is changed.
      - A rollback then refuses everything that is not signed with this key or was changed after signing.
      - Uses the credentials that the run starts with, not those of O(assume_role_arn). They need C(kms:GenerateMac) on the key, and C(kms:VerifyMac)
        for a rollback. Anyone else with C(kms:GenerateMac) on the key can forge a journal.
    type: str
  journal_directory:
    description:
      - Directory of the journals. Each account has one, C(ACCOUNT.jsonl) with mode 0600, to which lines are only appended. For each operation the
        module writes two lines of JSON. The first, before the operation starts, has its arguments and the caller. The second has the outcome, which is
        success (with the request ID that CloudTrail shows), failure, or a lost answer. Each line is on disk before the run continues, and contains the
        hash of the line before it of the same run.
      - If the journal cannot be written, nothing is changed. It is not written through a symbolic or hard link, nor to a file of another user.
      - It is on the same host as O(snapshot_directory). If not set, none is written.
    type: path
  run_id:
    description:
      - Name of the run. The journal records it, and it is the directory of the run's snapshots. If not set, the time in UTC is used, and the session
        name does not contain it.
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
    managed policy that is not in its C(managed_policies).
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

- name: Show what would change
  cloudrestore.aws.restore_role:
    name: backup/VeeamRestore
    appliance_principals:
      - "444455556666"
  check_mode: true
  diff: true

- name: Grant only what the restore of two tables in one Region needs
  cloudrestore.aws.restore_role:
    name: VeeamOrdersRestore
    appliance_principals:
      - arn:aws:iam::444455556666:role/VeeamImpersonation
    match: exact
    permissions_scope: scoped
    tables: [orders, invoices]
    regions: [eu-west-1]

- name: Allow one role to back up, restore, and read a bucket
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

- name: Converge, and record what is needed to undo it
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDBRestore
    appliance_principals:
      - "444455556666"
    snapshot_directory: reports/snapshots
    journal_directory: reports/journal
    snapshot_s3_bucket: example-snapshots
    run_id: change-4711

- name: Undo the run
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDBRestore
    account_id: "111122223333"
    snapshot: reports/snapshots/change-4711

- name: Undo the run from the bucket
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDBRestore
    account_id: "111122223333"
    snapshot: s3://example-snapshots/change-4711
    snapshot_s3_bucket: example-snapshots

- name: Remove what this collection added
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDBRestore
    state: absent
"""

RETURN = r"""
check_mode:
  description: Whether the module ran in check mode, so that RV(changes) were not made.
  returned: when a plan could be made
  type: bool
  sample: false
state:
  description: The value of O(state), or V(rolled_back) with O(snapshot).
  returned: when the principal could be read
  type: str
  sample: present
principal:
  description: The principal after the run.
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
  description: The IAM operations, in order. In check mode, exactly those that a run would make.
  returned: when a plan could be made
  type: list
  elements: dict
  contains:
    operation:
      description: Name of the operation in IAM's API.
      type: str
    target:
      description: ARN of the changed entity.
      type: str
    reason:
      description: Why the operation is needed.
      type: str
  sample:
    - operation: UpdateAssumeRolePolicy
      target: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
      reason: 'backup_service_may_assume (backup.amazonaws.com): no statement names this principal'
drift:
  description: Requirements that were not met before the run, so that a restore could fail.
  returned: when a plan could be made
  type: list
  elements: dict
  contains:
    requirement:
      description: V(appliance_may_assume), V(backup_service_may_assume), or an action.
      type: str
    subject:
      description: The principal that the requirement is about, if the requirement alone does not tell.
      type: str
    verdict:
      description: V(conditional), V(implicit_deny), V(explicit_deny) or V(unreadable).
      type: str
    reason:
      description: Why the requirement has this verdict.
      type: str
    layer:
      description: V(trust), V(identity) or V(boundary).
      type: str
    policy:
      description: ARN or inline name of the deciding policy.
      type: str
    statement:
      description: Sid of the deciding statement, or C(#) and its index.
      type: str
  sample:
    - requirement: backup_service_may_assume
      subject: backup.amazonaws.com
      verdict: implicit_deny
      reason: no statement names this principal
      layer: trust
      policy: ''
      statement: ''
findings:
  description: What does not make a restore fail but should be reviewed. Each finding is also a warning.
  returned: when a plan could be made
  type: list
  elements: dict
  contains:
    finding:
      description: V(appliance_not_provided), V(external_id_not_enforced), V(external_id_not_provided), V(external_id_for_a_service),
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
      description: SHA-256 of the content of the statement, with C(ACCOUNT) in place of the account's own ID. Empty if the finding is not about a
        statement.
      type: str
  sample:
    - finding: external_id_not_enforced
      severity: high
      layer: trust
      policy: ''
      statement: Theirs
      message: 'Statement Theirs of the trust policy of arn:aws:iam::111122223333:role/VeeamDynamoDBRestore allows
        the appliance to assume the role without the required external ID. It is not this collection''s statement and was left in
        place.'
      remedy: Add the condition on sts:ExternalId, or remove the statement.
      statement_sha256: 293c0a6580afc890e786e68e13ee1028a72540cdf742f041dc609f5ddeb31c31
unresolved:
  description: Requirements that are still not met after the run because they cannot be granted, or that are met but not as O(purge_trust) or
    O(match=exact) requires. Entries are as in RV(drift).
  returned: when the run did not fail
  type: list
  elements: dict
  sample:
    - requirement: kms:CreateGrant
      subject: ''
      verdict: explicit_deny
      reason: an explicit Deny applies, which no Allow can override
      layer: identity
      policy: guardrail
      statement: NoGrants
left_in_place:
  description:
    - What was left in place, and why.
    - With O(state=absent), what was not removed. With O(snapshot), what was not rolled back, such as a policy that would make the role able
        to change IAM for somebody whom it did not allow before the run, a policy that does not exist any more or has been created anew, and what
        someone has put into this collection's policy, and whether the journal of that run has no end, in which
      case more may have been changed than it records.
    - Otherwise, policies that are no longer needed because O(restore_role_arns) or O(custom_permission_sets) became smaller, but that contain someone
      else's statements. What this collection had written there is removed. Also policies that O(purge_policies) left in place for a Deny in them.
  returned: when the run did not fail
  type: list
  elements: str
  sample:
    - 'arn:aws:iam::111122223333:role/VeeamDynamoDBRestore was not deleted: this collection did not create the role;
      its trust policy contains statements that this collection did not write'
missing_permissions:
  description: Actions that were not allowed before the run, for any reason.
  returned: when a plan could be made
  type: list
  elements: str
  sample:
    - iam:PassRole
    - kms:CreateGrant
missing_permissions_policy:
  description: A policy document that grants exactly what no policy granted before the run. Empty if nothing was missing.
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
  description: The state after the run, by layer. In check mode, the predicted state. Entries are as in RV(before).
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
  description: A snapshot of the state before the run, with the operations that were planned. O(snapshot) accepts it as it was written to a file or
    bucket, with the journal next to it. It contains the documents of policy versions that were pruned.
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
    - Digests of the state that the plan was made from, and of its operations. Pass the value from check mode as O(approved_plan) to the run that must
      do exactly this.
    - The operations are in RV(changes), and with their arguments in RV(ignore:previous.operations).
  returned: when the run did not fail
  type: dict
  contains:
    observed_sha256:
      description: SHA-256 of the state that was read, by aspect.
      type: dict
    operations_sha256:
      description: SHA-256 of the operations and their arguments, in order.
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
    - Whether a session policy limited the session in the account.
    - It is V(false) if no role was assumed, or with O(assume_role_session_policy=false).
  returned: when the run did not fail
  type: bool
  sample: true
observed:
  description:
    - The principal as it was last read, with every policy that applies to it. Pass it as O(cloudrestore.aws.restore_role_verify#module:observed).
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
  description: Path of the snapshot, on the host that the module ran on.
  returned: when something was changed and O(snapshot_directory) is set
  type: str
  sample: reports/snapshots/change-4711/111122223333-role-VeeamDynamoDBRestore.json
snapshot_s3:
  description: URI of the snapshot in O(snapshot_s3_bucket).
  returned: when something was changed and O(snapshot_s3_bucket) is set
  type: str
  sample: s3://example-snapshots/restore/change-4711/111122223333-role-VeeamDynamoDBRestore.json
snapshot_s3_version_id:
  description: Version ID of the snapshot's object.
  returned: when something was changed and the bucket O(snapshot_s3_bucket) keeps versions
  type: str
  sample: L4kqtJlcpXroDTDmpUMLUo1
snapshot_sha256:
  description: SHA-256 of the snapshot. The journal records it too.
  returned: when something was changed and O(snapshot_directory) or O(snapshot_s3_bucket) is set
  type: str
  sample: 72d56f59250ed7ff5990e333b05c9678e64c2cb3157680d26e25c8411b62c582
unconfirmed:
  description: Operations that may or may not have been made, because the answer was lost and the account could not be read again. The next run
    finds out.
  returned: when an operation failed
  type: list
  elements: dict
  sample:
    - operation: AttachRolePolicy
      target: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
      reason: policy arn:aws:iam::111122223333:policy/Cloudrestore-role-VeeamDynamoDBRestore is not attached
not_done:
  description: Operations that were not made, starting with the one that failed. RV(changes) then contains those that were made.
  returned: when an operation failed
  type: list
  elements: dict
  sample:
    - operation: AttachRolePolicy
      target: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
      reason: policy arn:aws:iam::111122223333:policy/Cloudrestore-role-VeeamDynamoDBRestore is not attached
connection_failure:
  description:
    - Why the account could not be reached. Set if the connection of the last call failed and its endpoint had not answered any call before. Other
      accounts that are reached through the same network are likely to fail in the same way.
    - Empty if AWS answered and the module failed for another reason.
  returned: when the module failed at a call
  type: dict
  contains:
    endpoint:
      description: Host name of the endpoint, with its port if the URL has one.
      type: str
    code:
      description: Name of the SDK's error, or V(OutOfTime) if there was no answer within O(timeout).
      type: str
    message:
      description: Message of the SDK.
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
