# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which actions change IAM so that whoever holds them can come to hold anything, and which of these a backup appliance needs.

Sources: AWS's service authorization reference (access level "Permissions management" of IAM), narrowed to the actions that give
permissions to somebody, let somebody in, or take a limit away; the IAM User Guide on iam:PassRole; the vendor's guide, page
full_list_permissions (build 10.0.0.232, 2025-12-04), for the one role that an organization may give the appliance. Data only.
"""

from __future__ import annotations

from typing import Final, Literal

ResourceType = Literal["role", "user", "group", "policy", "instance-profile"]
PASS_ROLE: Final = "iam:PassRole"  # noqa: S105 (an action)

# Action → the type of resource that it is evaluated on.
CHANGES_IAM: dict[str, ResourceType] = {
    "iam:AttachRolePolicy": "role",
    "iam:PutRolePolicy": "role",
    "iam:UpdateAssumeRolePolicy": "role",
    "iam:PutRolePermissionsBoundary": "role",
    "iam:DeleteRolePermissionsBoundary": "role",
    "iam:CreatePolicyVersion": "policy",
    "iam:SetDefaultPolicyVersion": "policy",
    "iam:AttachUserPolicy": "user",
    "iam:PutUserPolicy": "user",
    "iam:PutUserPermissionsBoundary": "user",
    "iam:DeleteUserPermissionsBoundary": "user",
    "iam:CreateAccessKey": "user",
    "iam:CreateLoginProfile": "user",
    "iam:UpdateLoginProfile": "user",
    "iam:AttachGroupPolicy": "group",
    "iam:PutGroupPolicy": "group",
    "iam:AddUserToGroup": "group",
}

# With iam:PassRole for the service: what runs code of the caller's under the role that was passed.
RUNS_CODE: dict[str, str] = {
    "cloudformation:CreateStack": "cloudformation.amazonaws.com",
    "codebuild:CreateProject": "codebuild.amazonaws.com",
    "ecs:RegisterTaskDefinition": "ecs-tasks.amazonaws.com",
    "glue:CreateJob": "glue.amazonaws.com",
    "lambda:CreateFunction": "lambda.amazonaws.com",
    "states:CreateStateMachine": "states.amazonaws.com",
}

# An appliance deploys its workers with roles and instance profiles that it makes: so a role that holds it all for its workloads
# can do two of the above. They are no surprise beside all of their companions, and by themselves they are one.
OF_AN_APPLIANCE: frozenset[str] = frozenset({"iam:AttachRolePolicy", "iam:PutRolePolicy"})
COMPANIONS: dict[str, ResourceType] = {
    "iam:AddRoleToInstanceProfile": "instance-profile",
    "iam:CreateInstanceProfile": "instance-profile",
    "iam:DeleteInstanceProfile": "instance-profile",
    "iam:RemoveRoleFromInstanceProfile": "instance-profile",
    "iam:CreateRole": "role",
    "iam:DeleteRole": "role",
    "iam:DeleteRolePolicy": "role",
    "iam:DetachRolePolicy": "role",
    PASS_ROLE: "role",
    "iam:AttachRolePolicy": "role",
    "iam:PutRolePolicy": "role",
}
