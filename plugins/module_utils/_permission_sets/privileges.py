# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which actions change IAM so that whoever holds them can come to hold anything, and which of these a backup appliance needs.

Sources: AWS's service authorization reference (access level "Permissions management" of IAM, resource types and condition keys),
narrowed to the actions that give permissions to somebody, let somebody in, or take a limit away; the IAM User Guide on
iam:PassRole; the published lists of privilege escalations in AWS (Rhino Security Labs, pathfinding.cloud). Data only.

Not among them, on purpose:
sts:AssumeRole on everything, which changes nothing: whether a role can be assumed is said by the trust policy of that role, and
the vendor's guide and AWS's PowerUserAccess both have it;
iam:CreateRole, iam:CreateUser, iam:CreatePolicy and iam:CreateGroup, whose result holds nothing until one of the below is done;
iam:TagRole and its like, which matter only where somebody's condition asks for a tag;
iam:CreateServiceSpecificCredential and SSH keys, which log a user in to CodeCommit, Keyspaces or Bedrock and no further;
iam:DeletePolicy and iam:DeletePolicyVersion, which IAM refuses for what is in force;
code that is put in where a role is in use already (lambda:UpdateFunctionCode, ssm:SendCommand), which passes no role.
"""

from __future__ import annotations

from typing import Final, Literal

from .all_workloads import ALL_WORKLOADS

ResourceType = Literal["role", "user", "group", "policy", "saml-provider", "oidc-provider"]
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
    # What is taken away may be the policy with the Deny.
    "iam:DeleteRolePolicy": "role",
    "iam:DetachRolePolicy": "role",
    "iam:DeleteUserPolicy": "user",
    "iam:DetachUserPolicy": "user",
    "iam:DeleteGroupPolicy": "group",
    "iam:DetachGroupPolicy": "group",
    "iam:RemoveUserFromGroup": "group",
    # Whoever answers for an identity provider decides who comes in by the roles that trust it, if only by its name.
    "iam:CreateSAMLProvider": "saml-provider",
    "iam:UpdateSAMLProvider": "saml-provider",
    "iam:CreateOpenIDConnectProvider": "oidc-provider",
    "iam:AddClientIDToOpenIDConnectProvider": "oidc-provider",
    "iam:UpdateOpenIDConnectProviderThumbprint": "oidc-provider",
}

# The actions whose requests have iam:PolicyARN, the policy, or iam:PermissionsBoundary, that of the principal.
WITH_POLICY_ARN: frozenset[str] = frozenset(
    f"iam:{verb}{kind}Policy" for verb in ("Attach", "Detach") for kind in ("Role", "User", "Group")
)
WITH_BOUNDARY: frozenset[str] = frozenset(
    f"iam:{verb}{kind}{what}"
    for kind in ("Role", "User")
    for verb, what in (
        ("Attach", "Policy"),
        ("Detach", "Policy"),
        ("Put", "Policy"),
        ("Delete", "Policy"),
        ("Put", "PermissionsBoundary"),
        ("Delete", "PermissionsBoundary"),
    )
)

# With iam:PassRole for the service: what runs code, or calls, of the caller's under the role that was passed, or gives its
# credentials away. Service → actions.
_RUNS_CODE: dict[str, str] = {
    "amplify": "amplify:CreateApp amplify:UpdateApp",
    "airflow": "airflow:CreateEnvironment airflow:UpdateEnvironment",
    # An integration, or a data source, calls any API of AWS as the role.
    "apigateway": "apigateway:PATCH apigateway:POST apigateway:PUT",
    "appsync": "appsync:CreateDataSource appsync:UpdateDataSource",
    "appstream": "appstream:CreateFleet appstream:CreateImageBuilder appstream:UpdateFleet",
    "batch": "batch:CreateComputeEnvironment batch:UpdateComputeEnvironment",
    "bedrock-agentcore": "bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:CreateCodeInterpreter",
    "braket": "braket:CreateJob",
    "cloudformation": """
        cloudformation:CreateChangeSet cloudformation:CreateStack cloudformation:CreateStackSet cloudformation:UpdateStack
        cloudformation:UpdateStackSet
    """,
    "codebuild": "codebuild:CreateProject codebuild:StartBuild codebuild:StartBuildBatch codebuild:UpdateProject",
    "codepipeline": "codepipeline:CreatePipeline codepipeline:UpdatePipeline",
    "cognito-identity": "cognito-identity:SetIdentityPoolRoles",
    "credentials.iot": "iot:CreateRoleAlias iot:UpdateRoleAlias",
    "datapipeline": "datapipeline:CreatePipeline datapipeline:PutPipelineDefinition",
    "ec2": """
        autoscaling:CreateAutoScalingGroup autoscaling:CreateLaunchConfiguration autoscaling:UpdateAutoScalingGroup
        ec2:AssociateIamInstanceProfile ec2:CreateFleet ec2:ReplaceIamInstanceProfileAssociation ec2:RequestSpotFleet
        ec2:RequestSpotInstances ec2:RunInstances elasticbeanstalk:CreateEnvironment elasticbeanstalk:UpdateEnvironment
        elasticmapreduce:RunJobFlow iam:AddRoleToInstanceProfile imagebuilder:CreateInfrastructureConfiguration
    """,
    "ecs-tasks": """
        batch:RegisterJobDefinition ecs:CreateService ecs:RegisterTaskDefinition ecs:RunTask ecs:StartTask ecs:UpdateService
    """,
    "emr-serverless": "emr-serverless:StartJobRun",
    "gamelift": "gamelift:CreateFleet",
    "glue": "glue:CreateDevEndpoint glue:CreateJob glue:CreateSession glue:UpdateJob",
    "kinesisanalytics": "kinesisanalytics:CreateApplication kinesisanalytics:UpdateApplication",
    "lambda": """
        lambda:CreateFunction lambda:UpdateFunctionConfiguration synthetics:CreateCanary synthetics:UpdateCanary
    """,
    "omics": "omics:StartRun",
    "pipes": "pipes:CreatePipe pipes:UpdatePipe",
    "pods.eks": "eks:CreatePodIdentityAssociation eks:UpdatePodIdentityAssociation",
    "rolesanywhere": "rolesanywhere:CreateProfile rolesanywhere:UpdateProfile",
    "sagemaker": """
        sagemaker:CreateAutoMLJob sagemaker:CreateDomain sagemaker:CreateHyperParameterTuningJob sagemaker:CreateModel
        sagemaker:CreateNotebookInstance sagemaker:CreatePipeline sagemaker:CreateProcessingJob sagemaker:CreateTrainingJob
        sagemaker:CreateUserProfile sagemaker:UpdateDomain sagemaker:UpdateNotebookInstance sagemaker:UpdatePipeline
        sagemaker:UpdateUserProfile
    """,
    "scheduler": "scheduler:CreateSchedule scheduler:UpdateSchedule",
    "ssm": """
        ssm:CreateActivation ssm:CreateAssociation ssm:RegisterTaskWithMaintenanceWindow ssm:StartAutomationExecution
        ssm:StartChangeRequestExecution ssm:UpdateAssociation ssm:UpdateMaintenanceWindowTask
    """,
    "states": "states:CreateStateMachine states:UpdateStateMachine",
    "tasks.apprunner": "apprunner:CreateService apprunner:UpdateService",
}
RUNS_CODE: dict[str, tuple[str, ...]] = {service: tuple(actions.split()) for service, actions in _RUNS_CODE.items()}

# An appliance deploys its workers with roles and instance profiles that it makes: so a role that holds it all for its workloads
# can do some of the above. They are no surprise beside all the rest of the list, and by themselves they are one.
OF_AN_APPLIANCE: frozenset[str] = frozenset(ALL_WORKLOADS) & {
    *CHANGES_IAM,
    *(action for actions in RUNS_CODE.values() for action in actions),
}
