#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the module; the logic is in module_utils/_tasks.py and below."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_role_verify
short_description: Prove that DynamoDB restores through an IAM role or user would be allowed
version_added: 0.1.0
description:
  - Evaluates every requirement of a restore for one principal in one account, and changes nothing. Checks who may assume the role, whether the
    appliance's own policies allow that, and each of the 35 actions against every policy layer that applies.
  - A verdict is one of V(allowed), V(conditional), V(implicit_deny), V(explicit_deny), V(not_applicable) and V(unreadable), with the deciding layer,
    policy and statement. What is not known is neither allowed nor denied.
  - Policies outside the account are evaluated if they are provided in O(organization_policies) and O(appliance_policies). Otherwise what depends on
    them is V(unreadable), which does not count as drift, and RV(not_evaluated) lists it. RV(compliant) can be true only if all of them are provided.
  - Tags of the tables, vaults and keys in O(tables), O(vaults) and O(kms_keys) are read (C(dynamodb:ListTagsOfResource), C(backup:ListTags),
    C(kms:ListResourceTags)) only where a policy has a condition on them (C(aws:ResourceTag)). A resource without a Region in its name requires
    O(regions). If tags cannot be read, what depends on them stays V(conditional), and its reason and RV(not_evaluated) say why. The policy simulator of
    AWS does not get the tags.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  run_id:
    description:
      - Name of the run. It is part of the session name, unless O(assume_role_session_name) is set.
    type: str
  method:
    description:
      - V(evaluate) uses this collection's own engine, which needs the policy documents only.
      - V(simulate) calls the policy simulator of AWS, C(iam:SimulatePrincipalPolicy), for the actions. The simulator knows the account's service
        control policies. Trust, resource control policies and policies of KMS keys and vaults, which it cannot evaluate, are evaluated by the engine.
      - V(both) uses both, returns the stricter verdict, and lists differences in RV(disagreements).
    type: str
    choices: [evaluate, simulate, both]
    default: evaluate
  check_key_policies:
    description: Whether to also read (C(kms:GetKeyPolicy)) and evaluate the key policies of O(kms_keys). A restore fails if a key policy denies it.
    type: bool
    default: false
  check_vault_policies:
    description:
      - Whether to also read (C(backup:GetBackupVaultAccessPolicy)) and evaluate the access policies of O(vaults). A restore fails if a vault's access
        policy denies it.
      - A vault that is specified by name requires O(regions).
    type: bool
    default: false
  organization_policies:
    description:
      - The organization's policies that apply to the account, as the filter P(cloudrestore.aws.account_policies#filter) selects them from the result
        of M(cloudrestore.aws.organization_policies_info).
      - C(service_control_policies) is a list with one list of policies for each level, from the root over each OU to the account.
        C(resource_control_policies) is a list of policies. Either is null if the layer does not exist, such as in an account without an organization.
      - A policy is a dictionary with C(name) and C(document).
      - C(organization_id) and C(organization_path) are the account's place in the organization. They are used to evaluate conditions on
        C(aws:PrincipalOrgID), C(aws:ResourceOrgID), C(aws:PrincipalOrgPaths) and C(aws:ResourceOrgPaths).
    type: dict
  appliance_policies:
    description:
      - The policies of the appliance's Impersonation roles, as M(cloudrestore.aws.principal_policies_info) returned them.
      - An entry can have its own C(organization_policies), those that apply to the appliance's account. They also identify the organization of that
        account.
    type: list
    elements: dict
    default: []
  context:
    description:
      - Values of condition keys in the requests, which only you know. Each key has a value, a list of values, or V(absent).
      - Top-level keys apply to the appliance, to AWS Backup and to the principal. Keys under C(appliance), C(service) or C(principal) apply to that
        one only and take precedence.
      - A network such as V(203.0.113.0/24) means that the address is in that network.
      - Values that were read take precedence over values that are stated here. A verdict that depends on a stated value says so in its reason and in
        C(stated).
      - This option never permits a write, and never suppresses a finding. The policy simulator of AWS does not get these values, so with
        O(method=simulate) and O(method=both) what depends on them stays V(conditional).
    type: dict
  accepted_risks:
    description:
      - Requirements that are known to be unmet, and findings that are known, that you accept until a date. They are marked as C(accepted), and the
        module does not fail because of them. The verdict, RV(compliant) and RV(drifted) do not change.
      - An entry neither permits nor prevents a write. It no longer applies after it has expired, or if the requirement is unmet, or the finding is
        found, in another place than the entry names.
      - What could not be read is never accepted.
    type: list
    elements: dict
    default: []
    suboptions:
      requirement:
        description: The requirement, as in RV(requirements). One of O(accepted_risks[].requirement) and O(accepted_risks[].finding) is required.
        type: str
        default: ''
      finding:
        description: The finding, as in RV(findings).
        type: str
        default: ''
      subject:
        description: The principal that the requirement is about. Empty for any.
        type: str
        default: ''
      layer:
        description: The layer, exactly as in the result. Empty if the result has none.
        type: str
        default: ''
      policy:
        description: The policy, exactly as in the result. C(ACCOUNT) stands for the ID of the account in question.
        type: str
        default: ''
      statement:
        description: The statement, exactly as in the result.
        type: str
        default: ''
      statement_sha256:
        description: The finding's digest of the statement. If set, only the current content of the statement is accepted, not later content under
          the same Sid.
        type: str
        default: ''
      accounts:
        description: 12-digit IDs of the accounts in which the risk is accepted, or only V(all).
        type: list
        elements: str
        required: true
      reason:
        description: Why the risk is accepted.
        type: str
        required: true
      owner:
        description: Who accepts the risk.
        type: str
        required: true
      expires:
        description: The last day, in UTC, on which the risk is accepted, such as V(2027-01-31).
        type: str
        required: true
  key_policies:
    description:
      - Key policies of KMS keys in O(kms_keys), by key ARN, as C(kms:GetKeyPolicy) returns them. They are not read again.
      - The policy of a key in another account can be read in that account only. Without it, it is not known whether the key allows the principal to
        use it.
    type: dict
  observed:
    description:
      - The value of RV(cloudrestore.aws.restore_role#module:observed), to evaluate the principal without reading it again.
      - Use it only right after that module ran. If not set, the principal is read.
    type: dict
  probe_assume_role:
    description:
      - Whether to try AssumeRole instead of evaluating policies. The module assumes the role (C(sts:AssumeRole)), with O(appliance_external_id) if it
        is set, and returns the outcome in RV(probe). The session has no permissions and is discarded immediately.
      - The connection must use the appliance's own credentials, those of its Impersonation role. The caller is compared with O(appliance_principals).
        O(assume_role_arn), the automation's own role, is not used. O(account_id) is required, and a role with a path requires O(path) or
        V(PATH/NAME).
      - This is done in check mode too, since assuming a role changes nothing. It leaves an event in CloudTrail.
    type: bool
    default: false
  fail_on_drift:
    description: Whether the module fails if a restore could fail. The result is complete in either case.
    type: bool
    default: true
  fail_on_findings:
    description:
      - The severity from which findings make the module fail, such as a trust policy that allows every AWS account to assume the role. With V(none),
        findings never do. The result is complete in either case.
    type: str
    choices: [none, high, medium]
    default: high
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - cloudrestore.aws.runtime
  - cloudrestore.aws.principal
  - cloudrestore.aws.principal.requirements
  - cloudrestore.aws.assume_role
  - cloudrestore.aws.timeout
  - cloudrestore.aws.attributes
  - cloudrestore.aws.attributes.action_group
attributes:
  check_mode:
    support: full
    details: This module makes only read calls.
  diff_mode:
    support: none
    details: Nothing changes.
  idempotent:
    support: full
notes:
  - The lookup P(cloudrestore.aws.operator_policy#lookup) returns the policy that the credentials need in the account.
seealso:
  - module: cloudrestore.aws.restore_role
  - module: cloudrestore.aws.principal_policies_info
  - plugin: cloudrestore.aws.operator_policy
    plugin_type: lookup
  - plugin: cloudrestore.aws.account_policies
    plugin_type: filter
  - plugin: cloudrestore.aws.appliance_policies
    plugin_type: filter
  - name: The rules of evaluation
    description: What the engine makes of each part of a policy, rule by rule, with the source of each.
    link: https://github.com/cloudrestore/cloudrestore.aws/blob/main/docs/iam_rules.md
"""

EXAMPLES = r"""
- name: Fail if a restore in this account could fail
  cloudrestore.aws.restore_role_verify:
    name: VeeamDynamoDBRestore
    assume_role_arn: arn:aws:iam::111122223333:role/OrganizationAccountAccessRole
    appliance_principals:
      - arn:aws:iam::444455556666:role/VeeamImpersonation
    appliance_external_id: "{{ appliance_external_id }}"

- name: Evaluate one table with its key policy and vault policy
  cloudrestore.aws.restore_role_verify:
    name: VeeamDynamoDBRestore
    appliance_principals:
      - "444455556666"
    regions: [eu-west-1]
    tables: [orders]
    vaults: [restores]
    kms_keys:
      - arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
    check_key_policies: true
    check_vault_policies: true
    fail_on_drift: false

- name: Converge
  cloudrestore.aws.restore_role:
    name: VeeamDynamoDBRestore
    appliance_principals:
      - "444455556666"
  register: converged

- name: Evaluate the state that was just read back
  cloudrestore.aws.restore_role_verify:
    name: VeeamDynamoDBRestore
    appliance_principals:
      - "444455556666"
    observed: "{{ converged.observed }}"

- name: Try to assume the role with the appliance's credentials
  cloudrestore.aws.restore_role_verify:
    name: VeeamDynamoDBRestore
    account_id: "111122223333"
    profile: appliance
    appliance_principals:
      - arn:aws:iam::444455556666:role/VeeamImpersonation
    appliance_external_id: "{{ appliance_external_id }}"
    probe_assume_role: true
    fail_on_drift: false

- name: Compare with the policy simulator of AWS
  cloudrestore.aws.restore_role_verify:
    name: dynamodb-restore
    principal_type: user
    method: both
"""

RETURN = r"""
principal:
  description: The principal.
  returned: when the run did not fail
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
exists:
  description: Whether the principal exists.
  returned: when the run did not fail, and O(probe_assume_role) is off
  type: bool
  sample: true
method:
  description: How the actions were evaluated. The value of O(method), or V(probe) with O(probe_assume_role).
  returned: when the run did not fail
  type: str
  sample: "evaluate"
compliant:
  description: Whether every requirement is met and nothing is unknown.
  returned: when the run did not fail
  type: bool
  sample: false
session_policy:
  description:
    - Whether a session policy limited the session in the account.
    - It is V(false) if no role was assumed, or with O(assume_role_session_policy=false).
  returned: when the module could sign in to the account
  type: bool
  sample: true
drifted:
  description: Whether a restore could fail because a requirement is not met. Requirements that are unknown only because policies outside the
    account were not provided do not count.
  returned: when the run did not fail
  type: bool
  sample: true
requirements:
  description: Every requirement with its verdict.
  returned: when the run did not fail
  type: list
  elements: dict
  contains:
    requirement:
      description: V(appliance_may_assume), V(backup_service_may_assume), V(appliance_can_call), or an action. With O(probe_assume_role)
        only V(probe_assume_role).
      type: str
    subject:
      description: The principal that the requirement is about, if the requirement alone does not tell.
      type: str
    verdict:
      description: V(allowed), V(conditional), V(implicit_deny), V(explicit_deny), V(not_applicable) or V(unreadable).
      type: str
    reason:
      description: Why the requirement has this verdict.
      type: str
    layer:
      description: V(trust), V(identity), V(boundary), V(scp), V(scp level N) counted from the root, V(rcp), V(key), V(vault) or V(probe).
      type: str
    policy:
      description: ARN or name of the deciding policy.
      type: str
    statement:
      description: Sid of the deciding statement, or C(#) and its index.
      type: str
    resource:
      description: ARN, or pattern of ARNs, that was evaluated.
      type: str
    places:
      description: Every statement that contributes to the verdict.
      type: list
      elements: str
    conditions:
      description: What a verdict of V(conditional) or V(unreadable) depends on.
      type: list
      elements: str
    method:
      description: V(evaluate) if the engine decided, V(simulate) if the policy simulator of AWS did, V(probe) if AssumeRole was tried.
      type: str
    asked_for:
      description: Whether a verdict of V(conditional) depends only on a condition that the options ask for, such as
        O(backup_source_account_condition).
      type: bool
    stated:
      description: Condition keys that decided the verdict and whose values were taken from O(context).
      type: list
      elements: str
    drift:
      description: Whether a restore could fail because of it.
      type: bool
    fixable:
      description: Whether a run of M(cloudrestore.aws.restore_role) with the same options would fix it. The report shows an account with drift that
        no run fixes as C(blocked).
      type: bool
    consequence:
      description: What fails in a restore without it. Empty if it is met, or unknown only because something was not provided.
      type: str
    accepted:
      description: Who accepts it by O(accepted_risks), until when and why. Empty if it is met or not accepted.
      type: str
  sample:
    - requirement: backup_service_may_assume
      subject: backup.amazonaws.com
      verdict: implicit_deny
      reason: no statement names this principal
      layer: trust
      policy: ''
      statement: ''
      resource: ''
      places: []
      conditions: []
      method: evaluate
      asked_for: false
      stated: []
      drift: true
      fixable: true
      consequence: 'AWS Backup cannot assume the role: its copy and restore jobs fail.'
      accepted: ''
    - requirement: kms:CreateGrant
      subject: ''
      verdict: explicit_deny
      reason: an explicit Deny applies, which no Allow can override
      layer: identity
      policy: guardrail
      statement: NoGrants
      resource: arn:aws:kms:*:111122223333:key/*
      places:
        - identity policy guardrail, statement NoGrants
      conditions: []
      method: evaluate
      asked_for: false
      stated: []
      drift: true
      fixable: false
      consequence: DynamoDB may not use the key of an encrypted table.
      accepted: ''
summary:
  description: Number of requirements by verdict.
  returned: when the run did not fail
  type: dict
  sample:
    explicit_deny: 1
    implicit_deny: 2
    unreadable: 1
    conditional: 2
    allowed: 32
    not_applicable: 0
missing_permissions:
  description: Actions on which a restore could fail, for any reason.
  returned: when the run did not fail
  type: list
  elements: str
  sample:
    - iam:PassRole
    - kms:CreateGrant
missing_permissions_policy:
  description: A policy document, ready to paste, that grants exactly what no policy of the principal grants yet. Empty if nothing is missing. An
    action that is granted but denied elsewhere is not included, since granting it would not help.
  returned: when the run did not fail
  type: dict
  sample:
    Version: '2012-10-17'
    Statement:
      - Sid: CloudrestoreMissing
        Effect: Allow
        Action:
          - iam:PassRole
        Resource: '*'
findings:
  description: What should be reviewed, the most severe first.
  returned: when the run did not fail
  type: list
  elements: dict
  contains:
    finding:
      description: V(appliance_not_provided), V(denied_beside_aws_backup_policy), V(external_id_for_a_service),
        V(external_id_not_enforced), V(external_id_not_provided), V(granted_by_others),
        V(more_than_a_restore_needs), V(orphaned_principal), V(principal_not_asked_for), V(privileges_not_known), V(source_account_not_enforced),
        V(trust_to_a_whole_account), V(trust_to_an_organization) or V(trust_to_everyone).
      type: str
    severity:
      description: V(high), V(medium) or V(low).
      type: str
    layer:
      description: As in RV(requirements).
      type: str
    policy:
      description: ARN or name of the policy; empty for the trust policy.
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
        statement, or the statement is outside the account. See O(accepted_risks[].statement_sha256).
      type: str
    accepted:
      description: As in RV(requirements).
      type: str
  sample:
    - finding: granted_by_others
      severity: low
      layer: identity
      policy: restore
      statement: ''
      message: '34 of the 35 actions (backup-storage:MountCapsule, backup:CopyFromBackupVault, backup:CopyIntoBackupVault, backup:CreateBackupVault,
        backup:DeleteBackupVault and 29 more) are granted to arn:aws:iam::111122223333:role/VeeamDynamoDBRestore by the policy
        restore, and not by this collection''s own: this collection does not own it, so it can change at any time.'
      remedy: 'Leave it and run verify regularly, or converge with match: exact to grant the actions in this collection''s own policy.'
      statement_sha256: ''
      accepted: ''
not_evaluated:
  description: What was not evaluated, because it was not provided, not requested, or could not be read, such as the tags of a key that a policy has
    a condition on.
  returned: when the run did not fail
  type: list
  elements: str
  sample:
    - 'access policies of backup vaults were not read: no vaults are set'
    - 'the organization''s resource control policies are not known: organization_policies was not provided'
    - 'the organization''s service control policies are not known: organization_policies was not provided'
    - 'the policies of the Impersonation role are not known: appliance_policies does not contain them'
    - 'the policies of the KMS keys are not known: no kms_keys are set, or check_key_policies is off'
disagreements:
  description: With O(method=both), every requirement for which the engine and the simulator return different verdicts.
  returned: when the run did not fail
  type: list
  elements: dict
  contains:
    requirement:
      description: The action.
      type: str
    evaluate:
      description: The engine's verdict.
      type: str
    simulate:
      description: The simulator's verdict.
      type: str
    reason:
      description: Possible cause of the difference.
      type: str
  sample:
    - requirement: kms:Decrypt
      evaluate: implicit_deny
      simulate: allowed
      reason: the engine finds that the permissions boundary does not allow it, and the simulator does not
probe:
  description: Outcome of the attempt to assume the role. It contains no credentials.
  returned: when the run did not fail, with O(probe_assume_role)
  type: dict
  contains:
    outcome:
      description: V(assumed), V(denied) if AWS refused, V(unreadable) if the attempt could not be made, such as with expired credentials, or
        V(not_applicable) for a user.
      type: str
    role_arn:
      description: ARN of the role or user.
      type: str
    caller:
      description: ARN of the session that made the attempt. Empty for a user.
      type: str
    error:
      description: Error code and message of AWS. Empty if the role was assumed.
      type: str
    remedy:
      description: What to do. Empty if the role was assumed.
      type: str
  sample:
    outcome: denied
    role_arn: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
    caller: arn:aws:sts::444455556666:assumed-role/VeeamImpersonation/appliance
    error: 'AccessDenied: not authorized to perform: sts:AssumeRole'
    remedy: 'Verify the account without probe_assume_role, with the automation''s credentials and appliance_policies. The result
      shows whether the role exists and what refuses: the trust policy, the external ID or the Impersonation role''s own policies.'
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
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import VERIFY_SPEC


def main() -> None:
    _module.run(VERIFY_SPEC, _tasks.restore_role_verify)


if __name__ == "__main__":
    main()
