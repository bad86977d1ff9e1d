#include "services/iam/linked_services.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace countersign::iam {

namespace {

constexpr std::string_view domain = ".amazonaws.com";

// By name. Source: what AWS answers for each; AWS Managed Policy Reference; IAM User Guide, "AWS services
// that work with IAM".
constexpr std::array linked_services{
    LinkedService{"accountdiscovery.ssm", "AmazonSSM_AccountDiscovery",
                  "AWSSystemsManagerAccountDiscoveryServicePolicy"},
    LinkedService{"acm", "CertificateManager", "CertificateManagerServiceRolePolicy"},
    LinkedService{"appmesh", "AppMesh", "AWSAppMeshServiceRolePolicy"},
    LinkedService{"appstream.application-autoscaling", "ApplicationAutoScaling_AppStreamFleet",
                  "AWSApplicationAutoscalingAppStreamFleetPolicy"},
    LinkedService{"autoscaling", "AutoScaling", "AutoScalingServiceRolePolicy"},
    LinkedService{"autoscaling-plans", "AutoScalingPlans_EC2AutoScaling",
                  "AWSAutoScalingPlansEC2AutoScalingPolicy"},
    LinkedService{"backup", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup"},
    LinkedService{"batch", "Batch", "BatchServiceRolePolicy"},
    LinkedService{"cassandra.application-autoscaling", "ApplicationAutoScaling_CassandraTable",
                  "AWSApplicationAutoscalingCassandraTablePolicy"},
    LinkedService{"cks.kms", "KeyManagementServiceCustomKeyStores",
                  "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"},
    LinkedService{"cloudtrail", "CloudTrail", "CloudTrailServiceRolePolicy"},
    LinkedService{"codestar-notifications", "CodeStarNotifications",
                  "AWSCodeStarNotificationsServiceRolePolicy"},
    LinkedService{"comprehend.application-autoscaling", "ApplicationAutoScaling_ComprehendEndpoint",
                  "AWSApplicationAutoscalingComprehendEndpointPolicy"},
    LinkedService{"config", "Config", "AWSConfigServiceRolePolicy"},
    LinkedService{"connect", "AmazonConnect", "AmazonConnectServiceLinkedRolePolicy"},
    LinkedService{"custom-resource.application-autoscaling", "ApplicationAutoScaling_CustomResource",
                  "AWSApplicationAutoscalingCustomResourcePolicy"},
    LinkedService{"custom.rds", "RDSCustom", "AmazonRDSCustomServiceRolePolicy"},
    LinkedService{"dms", "DMSServerless", "AWSDMSServerlessServiceRolePolicy"},
    LinkedService{"dms-fleet-advisor", "DMSFleetAdvisor", "AWSDMSFleetAdvisorServiceRolePolicy"},
    LinkedService{"docdb-elastic", "DocDB-Elastic", "AmazonDocDB-ElasticServiceRolePolicy"},
    LinkedService{"dynamodb.application-autoscaling", "ApplicationAutoScaling_DynamoDBTable",
                  "AWSApplicationAutoscalingDynamoDBTablePolicy"},
    LinkedService{"ec2-instance-connect", "Ec2InstanceConnect", "Ec2InstanceConnectEndpoint"},
    LinkedService{"ec2.application-autoscaling", "ApplicationAutoScaling_EC2SpotFleetRequest",
                  "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy"},
    LinkedService{"ecr", "ECRTemplate", "ECRTemplateServiceRolePolicy"},
    LinkedService{"ecs", "ECS", "AmazonECSServiceRolePolicy"},
    LinkedService{"ecs.application-autoscaling", "ApplicationAutoScaling_ECSService",
                  "AWSApplicationAutoscalingECSServicePolicy"},
    LinkedService{"eks", "AmazonEKS", "AmazonEKSServiceRolePolicy"},
    LinkedService{"eks-connector", "AmazonEKSConnector", "AmazonEKSConnectorServiceRolePolicy"},
    LinkedService{"eks-fargate", "AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"},
    LinkedService{"eks-nodegroup", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"},
    LinkedService{"elasticache", "ElastiCache", "ElastiCacheServiceRolePolicy"},
    LinkedService{"elasticache.application-autoscaling", "ApplicationAutoScaling_ElastiCacheRG",
                  "AWSApplicationAutoscalingElastiCacheRGPolicy"},
    LinkedService{"elasticbeanstalk", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"},
    LinkedService{"elasticfilesystem", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"},
    LinkedService{"elasticloadbalancing", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"},
    LinkedService{"elasticmapreduce.application-autoscaling", "ApplicationAutoScaling_EMRInstanceGroup",
                  "AWSApplicationAutoscalingEMRInstanceGroupPolicy"},
    LinkedService{"email.cognito-idp", "AmazonCognitoIdpEmailService",
                  "AmazonCognitoIdpEmailServiceRolePolicy"},
    LinkedService{"emr-containers", "AmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy"},
    LinkedService{"emrwal", "EMRWAL", "EMRDescribeClusterPolicyForEMRWAL"},
    LinkedService{"es", "AmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy"},
    LinkedService{"fis", "FIS", "AmazonFISServiceRolePolicy"},
    LinkedService{"grafana", "AmazonGrafana", "AmazonGrafanaServiceLinkedRolePolicy"},
    LinkedService{"guardduty", "AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"},
    LinkedService{"imagebuilder", "ImageBuilder", "AWSServiceRoleForImageBuilder"},
    LinkedService{"iotmanagedintegrations", "IoTManagedIntegrations", "AWSIoTManagedIntegrationsRolePolicy"},
    LinkedService{"kafka", "Kafka", "KafkaServiceRolePolicy"},
    LinkedService{"kafka.application-autoscaling", "ApplicationAutoScaling_KafkaCluster",
                  "AWSApplicationAutoscalingKafkaClusterPolicy"},
    LinkedService{"kafkaconnect", "KafkaConnect", "KafkaConnectServiceRolePolicy"},
    LinkedService{"lakeformation", "LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy"},
    LinkedService{"lambda.application-autoscaling", "ApplicationAutoScaling_LambdaConcurrency",
                  "AWSApplicationAutoscalingLambdaConcurrencyPolicy"},
    LinkedService{"lex", "LexBots", "AmazonLexBotPolicy"},
    LinkedService{"lexv2", "LexV2Bots", "AmazonLexV2BotPolicy"},
    LinkedService{"lightsail", "Lightsail", "LightsailExportAccess"},
    LinkedService{"m2", "AWSM2", "AWSM2ServicePolicy"},
    LinkedService{"memorydb", "MemoryDB", "MemoryDBServiceRolePolicy"},
    LinkedService{"mq", "AmazonMQ", "AmazonMQServiceRolePolicy"},
    LinkedService{"mrk.kms", "KeyManagementServiceMultiRegionKeys",
                  "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"},
    LinkedService{"neptune.application-autoscaling", "ApplicationAutoScaling_NeptuneCluster",
                  "AWSApplicationAutoscalingNeptuneClusterPolicy"},
    LinkedService{"notifications", "AwsUserNotifications", "AWSUserNotificationsServiceLinkedRolePolicy"},
    LinkedService{"observability.aoss", "AmazonOpenSearchServerless",
                  "AmazonOpenSearchServerlessServiceRolePolicy"},
    LinkedService{"opensearchservice", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"},
    LinkedService{"ops.apigateway", "APIGateway", "APIGatewayServiceRolePolicy"},
    LinkedService{"ops.emr-serverless", "AmazonEMRServerless", "AmazonEMRServerlessServiceRolePolicy"},
    LinkedService{"opsdatasync.ssm", "SystemsManagerOpsDataSync",
                  "AWSSystemsManagerOpsDataSyncServiceRolePolicy"},
    LinkedService{"opsinsights.ssm", "AmazonSSM_OpsInsights", "AWSSSMOpsInsightsServiceRolePolicy"},
    LinkedService{"organizations", "Organizations", "AWSOrganizationsServiceTrustPolicy"},
    LinkedService{"pullthroughcache.ecr", "ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy"},
    LinkedService{"ram", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy"},
    LinkedService{"rds", "RDS", "AmazonRDSServiceRolePolicy"},
    LinkedService{"rds.application-autoscaling", "ApplicationAutoScaling_RDSCluster",
                  "AWSApplicationAutoscalingRDSClusterPolicy"},
    LinkedService{"redshift", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy"},
    LinkedService{"replication.cassandra", "KeyspacesReplication", "KeyspacesReplicationServiceRolePolicy"},
    LinkedService{"replication.ecr", "ECRReplication", "ECRReplicationServiceRolePolicy"},
    LinkedService{"repository.sync.codeconnections", "GitSync", "AWSGitSyncServiceRolePolicy"},
    LinkedService{"resource-explorer-2", "ResourceExplorer", "AWSResourceExplorerServiceRolePolicy"},
    LinkedService{"rolesanywhere", "RolesAnywhere", "AWSRolesAnywhereServicePolicy"},
    LinkedService{"s3-outposts", "S3OnOutposts", "AWSS3OnOutpostsServiceRolePolicy"},
    LinkedService{"sagemaker.application-autoscaling", "ApplicationAutoScaling_SageMakerEndpoint",
                  "AWSApplicationAutoscalingSageMakerEndpointPolicy"},
    LinkedService{"ses", "AmazonSES", "AmazonSESServiceRolePolicy"},
    LinkedService{"shield", "AWSShield", "AWSShieldServiceRolePolicy"},
    LinkedService{"spot", "EC2Spot", "AWSEC2SpotServiceRolePolicy"},
    LinkedService{"spotfleet", "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"},
    LinkedService{"ssm", "AmazonSSM", "AmazonSSMServiceRolePolicy"},
    LinkedService{"ssm-incidents", "IncidentManager", "AWSIncidentManagerServiceRolePolicy"},
    LinkedService{"ssm-quicksetup", "SSMQuickSetup", "SSMQuickSetupRolePolicy"},
    LinkedService{"sso", "SSO", "AWSSSOServiceRolePolicy"},
    LinkedService{"support", "Support", "AWSSupportServiceRolePolicy"},
    LinkedService{"transitgateway", "VPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy"},
    LinkedService{"trustedadvisor", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"},
    LinkedService{"vpcorigin.cloudfront", "CloudFrontVPCOrigin", "AWSCloudFrontVPCOriginServiceRolePolicy"},
    LinkedService{"waf", "WAFLogging", "WAFLoggingServiceRolePolicy"},
    LinkedService{"wafv2", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy"},
};
static_assert(std::ranges::is_sorted(linked_services, {}, &LinkedService::service));

constexpr std::array<std::string_view, 3> with_suffix{"autoscaling", "connect", "lexv2"};

}  // namespace

std::optional<std::string_view> linked_service_name(std::string_view principal) {
    if (principal.size() <= domain.size() || !principal.ends_with(domain)) return std::nullopt;
    return principal.substr(0, principal.size() - domain.size());
}

const LinkedService* find_linked_service(std::string_view name) {
    const auto found = std::ranges::lower_bound(linked_services, name, {}, &LinkedService::service);
    return found == linked_services.end() || found->service != name ? nullptr : &*found;
}

bool takes_suffix(std::string_view name) {
    return std::ranges::find(with_suffix, name) != with_suffix.end();
}

}  // namespace countersign::iam
