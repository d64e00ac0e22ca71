# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every action of the one role that an organization may give an appliance for all its workloads. Data only.

Source: the vendor's guide, page full_list_permissions (build 10.0.0.232, 2025-12-04). Only a role that holds all of it is taken
for that role.
"""

from __future__ import annotations

# Service → its actions.
_ACTIONS = {
    "backup-storage": "MountCapsule",
    "backup": """
        CopyFromBackupVault CopyIntoBackupVault CreateBackupVault DeleteBackupVault DeleteRecoveryPoint
        DescribeBackupJob DescribeBackupVault DescribeCopyJob DescribeRecoveryPoint DescribeRegionSettings
        DescribeRestoreJob ListBackupVaults ListRecoveryPointsByBackupVault ListTags StartBackupJob StartCopyJob
        StartRestoreJob StopBackupJob TagResource UntagResource UpdateRegionSettings
    """,
    "ds": "DescribeDirectories",
    "dynamodb": """
        DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTables ListTagsOfResource
        RestoreTableFromAwsBackup StartAwsBackupJob TagResource UpdateContinuousBackups UpdateTable
        UpdateTimeToLive
    """,
    "ebs": "ListChangedBlocks ListSnapshotBlocks",
    "ec2": """
        AcceptVpcEndpointConnections AllocateAddress AssignPrivateIpAddresses AssociateAddress
        AssociateClientVpnTargetNetwork AssociateDhcpOptions AssociateIamInstanceProfile AssociateRouteTable
        AssociateSubnetCidrBlock AssociateTransitGatewayMulticastDomain AssociateTransitGatewayRouteTable
        AssociateVpcCidrBlock AttachInternetGateway AttachNetworkInterface AttachVolume AttachVpnGateway
        AuthorizeClientVpnIngress AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CopySnapshot
        CreateClientVpnEndpoint CreateClientVpnRoute CreateCustomerGateway CreateDefaultSubnet CreateDefaultVpc
        CreateDhcpOptions CreateEgressOnlyInternetGateway CreateInternetGateway CreateKeyPair
        CreateManagedPrefixList CreateNatGateway CreateNetworkAcl CreateNetworkAclEntry CreateNetworkInterface
        CreateRoute CreateRouteTable CreateSecurityGroup CreateSnapshot CreateSnapshots CreateSubnet CreateTags
        CreateTransitGateway CreateTransitGatewayMulticastDomain CreateTransitGatewayPeeringAttachment
        CreateTransitGatewayPrefixListReference CreateTransitGatewayRoute CreateTransitGatewayRouteTable
        CreateTransitGatewayVpcAttachment CreateVolume CreateVpc CreateVpcEndpoint
        CreateVpcEndpointServiceConfiguration CreateVpcPeeringConnection CreateVpnConnection CreateVpnGateway
        DeleteClientVpnEndpoint DeleteClientVpnRoute DeleteCustomerGateway DeleteDhcpOptions
        DeleteEgressOnlyInternetGateway DeleteInternetGateway DeleteKeyPair DeleteManagedPrefixList
        DeleteNatGateway DeleteNetworkAcl DeleteNetworkAclEntry DeleteNetworkInterface DeleteRoute
        DeleteRouteTable DeleteSecurityGroup DeleteSnapshot DeleteSubnet DeleteTags DeleteTransitGateway
        DeleteTransitGatewayMulticastDomain DeleteTransitGatewayPeeringAttachment
        DeleteTransitGatewayPrefixListReference DeleteTransitGatewayRoute DeleteTransitGatewayRouteTable
        DeleteTransitGatewayVpcAttachment DeleteVolume DeleteVpc DeleteVpcEndpointServiceConfigurations
        DeleteVpcEndpoints DeleteVpcPeeringConnection DeleteVpnConnection DeleteVpnGateway
        DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones
        DescribeClientVpnAuthorizationRules DescribeClientVpnEndpoints DescribeClientVpnRoutes
        DescribeClientVpnTargetNetworks DescribeConversionTasks DescribeCustomerGateways DescribeDhcpOptions
        DescribeEgressOnlyInternetGateways DescribeImages DescribeInstanceAttribute DescribeInstanceStatus
        DescribeInstanceTypes DescribeInstances DescribeInternetGateways DescribeKeyPairs
        DescribeManagedPrefixLists DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaceAttribute
        DescribeNetworkInterfaces DescribeRegions DescribeRouteTables DescribeSecurityGroups
        DescribeSnapshotAttribute DescribeSnapshots DescribeSubnets DescribeTags
        DescribeTransitGatewayAttachments DescribeTransitGatewayMulticastDomains
        DescribeTransitGatewayPeeringAttachments DescribeTransitGatewayRouteTables
        DescribeTransitGatewayVpcAttachments DescribeTransitGateways DescribeVolumeAttribute DescribeVolumes
        DescribeVpcAttribute DescribeVpcEndpointServiceConfigurations DescribeVpcEndpoints
        DescribeVpcPeeringConnections DescribeVpcs DescribeVpnConnections DescribeVpnGateways
        DetachInternetGateway DetachVolume DetachVpnGateway DisableTransitGatewayRouteTablePropagation
        DisableVgwRoutePropagation DisassociateAddress DisassociateClientVpnTargetNetwork DisassociateRouteTable
        DisassociateTransitGatewayMulticastDomain DisassociateTransitGatewayRouteTable
        EnableTransitGatewayRouteTablePropagation EnableVgwRoutePropagation GetEbsDefaultKmsKeyId
        GetManagedPrefixListEntries GetTransitGatewayMulticastDomainAssociations
        GetTransitGatewayPrefixListReferences GetTransitGatewayRouteTableAssociations
        GetTransitGatewayRouteTablePropagations ModifyClientVpnEndpoint ModifyInstanceAttribute
        ModifyManagedPrefixList ModifyNetworkInterfaceAttribute ModifySnapshotAttribute ModifySubnetAttribute
        ModifyTransitGateway ModifyTransitGatewayVpcAttachment ModifyVolume ModifyVpcAttribute ModifyVpcEndpoint
        ModifyVpcEndpointServiceConfiguration ModifyVpcPeeringConnectionOptions ModifyVpnConnection
        RejectVpcEndpointConnections ReleaseAddress ReplaceNetworkAclAssociation ReplaceRouteTableAssociation
        RevokeClientVpnIngress RevokeSecurityGroupEgress RevokeSecurityGroupIngress RunInstances
        SearchTransitGatewayRoutes StartInstances StopInstances TerminateInstances
    """,
    "ec2messages": "AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages SendReply",
    "elasticfilesystem": """
        Backup CreateAccessPoint CreateFileSystem CreateMountTarget DeleteAccessPoint DeleteFileSystem
        DeleteMountTarget DescribeAccessPoints DescribeBackupPolicy DescribeFileSystemPolicy DescribeFileSystems
        DescribeLifecycleConfiguration DescribeMountTargetSecurityGroups DescribeMountTargets
        DescribeReplicationConfigurations DescribeTags ListTagsForResource PutBackupPolicy PutFileSystemPolicy
        PutLifecycleConfiguration Restore TagResource UntagResource UpdateFileSystem
    """,
    "elasticloadbalancing": """
        AddTags CreateListener CreateLoadBalancer CreateTargetGroup DeleteListener DeleteLoadBalancer
        DeleteTargetGroup DeregisterTargets DescribeListeners DescribeLoadBalancers DescribeTags
        DescribeTargetGroups DescribeTargetHealth ModifyTargetGroup RegisterTargets RemoveTags SetSecurityGroups
        SetSubnets
    """,
    "events": "DeleteRule DescribeRule ListTargetsByRule PutRule PutTargets RemoveTargets",
    "fsx": """
        CopyBackup CreateBackup CreateFileSystemFromBackup DeleteFileSystem DescribeBackups
        DescribeDataRepositoryAssociations DescribeFileSystems ListTagsForResource TagResource UntagResource
    """,
    "iam": """
        AddRoleToInstanceProfile AttachRolePolicy CreateInstanceProfile CreateRole CreateServiceLinkedRole
        DeleteInstanceProfile DeleteRole DeleteRolePolicy DetachRolePolicy GetContextKeysForPrincipalPolicy
        GetInstanceProfile GetRole ListAccountAliases ListAttachedRolePolicies ListInstanceProfiles
        ListInstanceProfilesForRole ListRolePolicies ListRoles PassRole PutRolePolicy
        RemoveRoleFromInstanceProfile SimulatePrincipalPolicy
    """,
    "kinesis": "CreateStream DeleteStream DescribeStream PutRecord",
    "kms": """
        CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GetKeyPolicy
        ListAliases ListKeys ReEncryptFrom ReEncryptTo
    """,
    "lambda": "ListFunctions",
    "organizations": "DescribeAccount DescribeOrganization DescribeOrganizationalUnit ListChildren ListRoots",
    "ram": """
        AssociateResourceShare CreateResourceShare DeleteResourceShare DisassociateResourceShare
        GetResourceShareAssociations GetResourceShares ListPrincipals ListResourceSharePermissions ListResources
        TagResource UntagResource
    """,
    "rds": """
        AddTagsToResource CopyDBClusterSnapshot CopyDBSnapshot CreateDBClusterSnapshot CreateDBSnapshot
        CreateDbInstance CreateTenantDatabase DeleteDBClusterSnapshot DeleteDBInstance DeleteDBSnapshot
        DeleteDbCluster DescribeAccountAttributes DescribeDBClusterSnapshots DescribeDBClusters
        DescribeDBEngineVersions DescribeDBInstances DescribeDBParameterGroups DescribeDBSnapshots
        DescribeDBSubnetGroups DescribeDbClusterParameterGroups DescribeDbClusterParameters DescribeOptionGroups
        DescribeOrderableDbInstanceOptions ListTagsForResource ModifyDBClusterSnapshotAttribute ModifyDBInstance
        ModifyDBSnapshotAttribute ModifyDbCluster RemoveTagsFromResource RestoreDBInstanceFromDBSnapshot
        RestoreDbClusterFromSnapshot
    """,
    "redshift-serverless": """
        CreateNamespace CreateSnapshot CreateWorkgroup DeleteNamespace DeleteSnapshot DeleteWorkgroup
        GetNamespace GetSnapshot GetWorkgroup ListNamespaces ListSnapshots ListTagsForResource ListWorkgroups
        RestoreFromSnapshot TagResource
    """,
    "redshift": """
        CreateClusterSnapshot CreateTags DeleteCluster DeleteClusterSnapshot DeleteTags
        DescribeClusterParameterGroups DescribeClusterSnapshots DescribeClusterSubnetGroups DescribeClusters
        DescribeNodeConfigurationOptions DescribeTags ModifyCluster RestoreFromClusterSnapshot
    """,
    "s3": """
        CreateBucket CreateJob DeleteBucket DeleteObject DeleteObjectVersion DescribeJob GetBucketLocation
        GetBucketObjectLockConfiguration GetBucketVersioning GetObject GetObjectRetention GetObjectVersion
        ListAllMyBuckets ListBucket ListBucketVersions PutBucketPolicy PutObject PutObjectRetention
        RestoreObject
    """,
    "secretsmanager": "CreateSecret DescribeSecret RotateSecret TagResource",
    "servicequotas": "ListServiceQuotas",
    "sns": "CreateTopic DeleteTopic ListSubscriptionsByTopic ListTopics SetTopicAttributes Subscribe Unsubscribe",
    "sqs": "CreateQueue DeleteMessage DeleteQueue ListQueues ReceiveMessage SendMessage SetQueueAttributes",
    "ssm": """
        DescribeAssociation DescribeDocument DescribeInstanceInformation GetCommandInvocation
        GetDeployablePatchSnapshotForInstance GetDocument GetManifest GetParameter GetParameters
        ListAssociations ListInstanceAssociations PutComplianceItems PutConfigurePackageResult PutInventory
        SendCommand UpdateAssociationStatus UpdateInstanceAssociationStatus UpdateInstanceInformation
    """,
    "ssmmessages": "CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel",
    "sts": "AssumeRole",
}
ALL_WORKLOADS: tuple[str, ...] = tuple(
    f"{service}:{name}" for service, names in _ACTIONS.items() for name in names.split()
)
