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
  - Evaluates every requirement of a restore for one principal in one account, and changes nothing. Who may assume the role, whether
    the appliance's own policies let it, and each of the 35 actions, by every layer of policies that bears on it.
  - A verdict is one of V(allowed), V(conditional), V(implicit_deny), V(explicit_deny), V(not_applicable) and V(unreadable), with the
    layer, policy and statement behind it. What is not known is neither allowed nor denied.
  - What lies outside the account is evaluated if it is given, in O(organization_policies) and O(appliance_policies). If it is not, what
    depends on it is V(unreadable), which is no drift, and RV(not_judged) says so. Only with all of it given can RV(compliant) be true.
  - Tags of the tables, vaults and keys that O(tables), O(vaults) and O(kms_keys) name are read where a policy that was read has a
    condition on them (C(aws:ResourceTag)), and nowhere else (C(dynamodb:ListTagsOfResource), C(backup:ListTags),
    C(kms:ListResourceTags)). A resource that is named without its Region needs O(regions). Where they cannot be read, what depends on
    them stays V(conditional), and its reason and RV(not_judged) say why. AWS's simulator is not told of them.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  run_id:
    description:
      - Name of the run, which is part of the session name, unless O(assume_role_session_name) is set. Not set, the session name has none.
    type: str
  method:
    description:
      - V(evaluate) uses this collection's own engine, and needs no more than the documents.
      - V(simulate) asks AWS's policy simulator, C(iam:SimulatePrincipalPolicy), about the actions. It knows the account's service
        control policies. What it cannot evaluate (trust, resource control policies, policies of KMS keys and vaults) comes from
        the engine.
      - V(both) asks both, goes by the stricter, and lists in RV(disagreements) where they differ.
    type: str
    choices: [evaluate, simulate, both]
    default: evaluate
  check_key_policies:
    description: Whether to read the policies of O(kms_keys) (C(kms:GetKeyPolicy)) and evaluate them as well. A restore fails on them too.
    type: bool
    default: false
  check_vault_policies:
    description:
      - Whether to read the access policies of O(vaults) (C(backup:GetBackupVaultAccessPolicy)) and evaluate them as well. A restore
        fails on what they deny.
      - A vault that is given by its name needs O(regions).
    type: bool
    default: false
  organization_policies:
    description:
      - The organization policies that bear on the account, as the filter P(cloudrestore.aws.account_policies#filter) picks them from
        what M(cloudrestore.aws.organization_policies_info) read.
      - C(service_control_policies) is a list of policies for each level, from the root over each OU to the account.
        C(resource_control_policies) is a list of policies. Each is null where there is no such layer, as in an account without
        an organization.
      - A policy is a dictionary of C(name) and C(document).
      - C(organization_id) and C(organization_path) say where the account is in its organization. Conditions on
        C(aws:PrincipalOrgID), C(aws:ResourceOrgID), C(aws:PrincipalOrgPaths) and C(aws:ResourceOrgPaths) are decided by them.
    type: dict
  appliance_policies:
    description:
      - The policies of the appliance's Impersonation roles, as M(cloudrestore.aws.principal_policies_info) returned them.
      - An entry can have C(organization_policies) of its own, those of the appliance's account, which also say in which
        organization that is.
    type: list
    elements: dict
    default: []
  context:
    description:
      - What only you know of the requests. Condition keys, each with its value, a list of values, or V(absent).
      - They hold for the appliance, for AWS Backup and for the principal. Under C(appliance), C(service) or C(principal) stand those
        of one of them, which count more.
      - A network such as V(203.0.113.0/24) says that the address is one of it.
      - What was read counts more than what is stated. What was decided by it says so in its reason, and in C(stated).
      - It never permits a write, and loosens no finding. AWS's simulator is not told, so that with O(method=simulate) and
        O(method=both) what depends on it stays V(conditional).
    type: dict
  accepted_risks:
    description:
      - What is known to be unmet or found, and may stay so until a day. Such a requirement, or finding, says C(accepted), and the
        run does not fail on it; the verdict, RV(compliant) and RV(drifted) stay what they are.
      - It permits no write, and forbids none. It counts no longer when it has expired, or when the requirement is unmet, or the
        finding is found, in another place than the one that is named.
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
        description: Whom the requirement is about. Empty for whomever.
        type: str
        default: ''
      layer:
        description: The layer of the place, exactly as the result has it; empty where that has none.
        type: str
        default: ''
      policy:
        description: The policy of the place, exactly as the result has it; C(ACCOUNT) in it stands for the ID of whichever account it is about.
        type: str
        default: ''
      statement:
        description: The statement of the place, exactly as the result has it.
        type: str
        default: ''
      statement_sha256:
        description: The digest that a finding has of its statement. With it only the statement as it is now is accepted, and no
          later one under the same name.
        type: str
        default: ''
      accounts:
        description: 12-digit IDs of the accounts in which it is accepted, or V(all) alone.
        type: list
        elements: str
        required: true
      reason:
        description: Why it is accepted.
        type: str
        required: true
      owner:
        description: Who accepts it.
        type: str
        required: true
      expires:
        description: The last day, in UTC, on which it is accepted, as V(2027-01-31).
        type: str
        required: true
  key_policies:
    description:
      - The policies of KMS keys in O(kms_keys), by their ARN, as C(kms:GetKeyPolicy) returns them. They are not read again.
      - The policy of another account's key can be read in that account only. Without it, whether the key lets the principal in is
        not known.
    type: dict
  observed:
    description:
      - The principal as RV(cloudrestore.aws.restore_role#module:observed) has it, to be evaluated without reading it again.
      - Only good right after that module ran. Not set, the principal is read.
    type: dict
  probe_assume_role:
    description:
      - Whether to try AssumeRole for real, instead of evaluating anything. The role is assumed (C(sts:AssumeRole)), with
        O(appliance_external_id) if it is set, and RV(probe) says what became of it. The session is thrown away at once, and was
        one that is allowed nothing.
      - The connection's credentials must be the appliance's own, those of its Impersonation role, and are compared with
        O(appliance_principals). O(assume_role_arn), the automation's own role, is not used. O(account_id) is required, and a role
        with a path needs O(path) or V(PATH/NAME).
      - Check mode does it too. Assuming a role changes nothing, and leaves no trace but an event in CloudTrail.
    type: bool
    default: false
  fail_on_drift:
    description: Whether the module fails if a restore could fail. The result is complete either way.
    type: bool
    default: true
  fail_on_findings:
    description:
      - From which severity of a finding on the module fails, such as for a trust policy that allows every AWS account to assume the
        role. V(none) lets it pass. The result is complete either way.
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
    details: This module reads only.
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

- name: Ask about one table and its key, key policy and vault policy included
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

- name: Evaluate what it has just read back
  cloudrestore.aws.restore_role_verify:
    name: VeeamDynamoDBRestore
    appliance_principals:
      - "444455556666"
    observed: "{{ converged.observed }}"

- name: Try with the appliance's credentials whether it can assume the role
  cloudrestore.aws.restore_role_verify:
    name: VeeamDynamoDBRestore
    account_id: "111122223333"
    profile: appliance
    appliance_principals:
      - arn:aws:iam::444455556666:role/VeeamImpersonation
    appliance_external_id: "{{ appliance_external_id }}"
    probe_assume_role: true
    fail_on_drift: false

- name: Compare with AWS's own simulator
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
  description: Whether there is such a principal.
  returned: when the run did not fail, and O(probe_assume_role) is off
  type: bool
  sample: true
method:
  description: How the actions were evaluated, as O(method); V(probe) with O(probe_assume_role).
  returned: when the run did not fail
  type: str
  sample: "evaluate"
compliant:
  description: Whether every requirement is met, with nothing left unknown.
  returned: when the run did not fail
  type: bool
  sample: false
session_policy:
  description:
    - Whether the session in the account was limited by a session policy.
    - It was not with credentials of the account itself, since no role was assumed, nor with O(assume_role_session_policy=false).
  returned: when the account was entered
  type: bool
  sample: true
drifted:
  description: Whether a restore could fail, because a requirement is not met for another reason than that something outside the
    account was not provided.
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
      description: Whom it is about, if the requirement alone does not say.
      type: str
    verdict:
      description: V(allowed), V(conditional), V(implicit_deny), V(explicit_deny), V(not_applicable) or V(unreadable).
      type: str
    reason:
      description: Why.
      type: str
    layer:
      description: V(trust), V(identity), V(boundary), V(scp), V(scp level N) counted from the root, V(rcp), V(key),
        V(vault) or V(probe).
      type: str
    policy:
      description: ARN or name of the policy that decided it.
      type: str
    statement:
      description: Sid of the statement that decided it, or C(#) and its index.
      type: str
    resource:
      description: ARN, or pattern of ARNs, that was asked about.
      type: str
    places:
      description: Every statement that has a part in it.
      type: list
      elements: str
    conditions:
      description: What a verdict of V(conditional) or V(unreadable) depends on.
      type: list
      elements: str
    method:
      description: V(evaluate) if the engine decided it, V(simulate) if AWS's simulator did, V(probe) if it was tried.
      type: str
    asked_for:
      description: Whether a verdict of V(conditional) depends on nothing but a condition that the options ask for, such as
        O(backup_source_account_condition).
      type: bool
    stated:
      description: Condition keys by which it was decided and that were not read, with the values that O(context) states.
      type: list
      elements: str
    drift:
      description: Whether a restore could fail on it.
      type: bool
    fixable:
      description: Whether a run of M(cloudrestore.aws.restore_role) with the same options would fix it, by the plan that it would make. An
        account with drift that no run fixes is C(blocked) in the report.
      type: bool
    consequence:
      description: What fails in a restore without it; empty if it is met, or open only because something was not provided.
      type: str
    accepted:
      description: By whom it is accepted, until when and why, by O(accepted_risks); empty if it is met, or accepted by nobody.
      type: str
  sample:
    - requirement: backup_service_may_assume
      subject: backup.amazonaws.com
      verdict: implicit_deny
      reason: no statement names it
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
      consequence: 'AWS Backup cannot act under the role: its copy and restore jobs fail.'
      accepted: ''
    - requirement: kms:CreateGrant
      subject: ''
      verdict: explicit_deny
      reason: a Deny applies, whatever else allows it
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
  description: How many requirements have each verdict.
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
  description: Actions on which a restore could fail, for whatever reason.
  returned: when the run did not fail
  type: list
  elements: str
  sample:
    - iam:PassRole
    - kms:CreateGrant
missing_permissions_policy:
  description: A policy document that grants exactly what no policy of the principal grants yet, ready to paste. Empty if
    nothing is to be granted. An action that is granted and denied elsewhere is not in it, since granting would not help.
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
  description: What somebody should look at, the most severe first.
  returned: when the run did not fail
  type: list
  elements: dict
  contains:
    finding:
      description: V(appliance_not_given), V(denied_beside_aws_backup_policy), V(external_id_for_a_service),
        V(external_id_not_enforced), V(external_id_not_given), V(granted_by_others),
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
      description: SHA-256 of what the statement says, with C(ACCOUNT) for the account's own ID; empty where there is no statement, or one outside
        the account. See O(accepted_risks[].statement_sha256).
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
      remedy: 'Leave it and run verify regularly, or converge with match: exact to have the actions in a policy of its own.'
      statement_sha256: ''
      accepted: ''
not_judged:
  description: What the verdicts say nothing about, because it was not provided, not asked for, or could not be read, such as the tags of
    a key on which a policy has a condition.
  returned: when the run did not fail
  type: list
  elements: str
  sample:
    - 'access policies of backup vaults were not read: vaults names none'
    - 'the organization''s resource control policies are not known: organization_policies was not provided'
    - 'the organization''s service control policies are not known: organization_policies was not provided'
    - 'the policies of the Impersonation role are not known: appliance_policies does not hold them'
    - 'the policies of the KMS keys are not known: kms_keys names none, or check_key_policies is off'
disagreements:
  description: With O(method=both), every requirement on which the engine and the simulator disagree.
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
      description: Why that can be.
      type: str
  sample:
    - requirement: kms:Decrypt
      evaluate: implicit_deny
      simulate: allowed
      reason: the engine finds the permissions boundary in the way, and the simulator does not
probe:
  description: What became of the attempt to assume the role. No credentials are in it.
  returned: when the run did not fail, with O(probe_assume_role)
  type: dict
  contains:
    outcome:
      description: V(assumed), V(denied) if AWS refused, V(unreadable) if AWS could not be asked, as with expired credentials, or
        V(not_applicable) for a user.
      type: str
    role_arn:
      description: ARN of the role or user.
      type: str
    caller:
      description: ARN of the session that tried; empty for a user.
      type: str
    error:
      description: AWS's code and message, empty if the role was assumed.
      type: str
    remedy:
      description: What to do; empty if the role was assumed.
      type: str
  sample:
    outcome: denied
    role_arn: arn:aws:iam::111122223333:role/VeeamDynamoDBRestore
    caller: arn:aws:sts::444455556666:assumed-role/VeeamImpersonation/appliance
    error: 'AccessDenied: not authorized to perform: sts:AssumeRole'
    remedy: 'Verify the account without probe_assume_role, with the automation''s credentials and appliance_policies: it names
      the side that refuses, trust policy, external ID or the Impersonation role''s own policies, and whether the role exists.'
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
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import VERIFY_SPEC


def main() -> None:
    _module.run(VERIFY_SPEC, _tasks.restore_role_verify)


if __name__ == "__main__":
    main()
