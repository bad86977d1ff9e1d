#include <gtest/gtest.h>

#include <algorithm>
#include <pugixml.hpp>

#include "formats/iso_time.h"
#include "formats/query.h"
#include "gateway/document_parameters.h"
#include "gateway/xml_answer.h"
#include "generated/iam.h"
#include "generated/identitystore.h"
#include "generated/rds.h"
#include "generated/sso_admin.h"
#include "generated/sts.h"

namespace countersign::gateway {
namespace {

namespace rds_api = rds::api;
namespace iam_api = iam::api;

QueryReader reader_of(std::string_view body) {
    auto parameters = formats::parse_query(body, formats::Plus::blank);
    EXPECT_TRUE(parameters);
    return QueryReader(*std::move(parameters));
}

template <class Operation>
auto read(std::string_view body) {
    return Operation::read(reader_of(body));
}

template <class Operation>
pugi::xml_document written(const typename Operation::Output& output) {
    XmlAnswer xml;
    xml.open_structure(Operation::result_element);
    Operation::write(xml, output);
    xml.close();
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(std::move(xml).finish().c_str()));
    return document;
}

std::string text_at(const pugi::xml_document& document, const char* path) {
    return document.select_node(path).node().text().get();
}

// As the AWS CLI sends it.
constexpr std::string_view create_cluster =
    "Action=CreateDBCluster&Version=2014-10-31&DBClusterIdentifier=orders&Engine=aurora-postgresql"
    "&MasterUsername=postgres&MasterUserPassword=Correct+horse%2B1&EnableIAMDatabaseAuthentication=true&Port="
    "5433"
    "&AvailabilityZones.AvailabilityZone.1=us-east-1a&AvailabilityZones.AvailabilityZone.2=us-east-1b"
    "&VpcSecurityGroupIds=&Tags.Tag.1.Key=team&Tags.Tag.1.Value=payments&Tags.Tag.2.Key=x&Tags.Tag.2.Value="
    "&ServerlessV2ScalingConfiguration.MinCapacity=0.5&ServerlessV2ScalingConfiguration.MaxCapacity=8"
    "&EnableCloudwatchLogsExports.member.1=postgresql&TagSpecifications.item.1.ResourceType=cluster"
    "&TagSpecifications.item.1.Tags.Tag.1.Key=a&TagSpecifications.item.1.Tags.Tag.1.Value=b&DatabaseName=";

TEST(GeneratedApi, ReadsAClusterAsTheAwsCliSendsIt) {
    const QueryReader reader = reader_of(create_cluster);
    const auto input = rds_api::ops::CreateDBCluster::read(reader);
    ASSERT_TRUE(input) << input.error().message;
    EXPECT_TRUE(reader.refuse_unread());

    rds_api::CreateDBClusterMessage expected;
    expected.DBClusterIdentifier = "orders";
    expected.Engine = "aurora-postgresql";
    expected.MasterUsername = "postgres";
    expected.MasterUserPassword = "Correct horse+1";
    expected.EnableIAMDatabaseAuthentication = true;
    expected.Port = 5433;
    expected.AvailabilityZones = {"us-east-1a", "us-east-1b"};
    expected.VpcSecurityGroupIds.emplace();
    expected.Tags = {rds_api::Tag{"team", "payments"}, rds_api::Tag{"x", std::nullopt}};
    expected.ServerlessV2ScalingConfiguration.emplace();
    expected.ServerlessV2ScalingConfiguration->MinCapacity = 0.5;
    expected.ServerlessV2ScalingConfiguration->MaxCapacity = 8;
    expected.EnableCloudwatchLogsExports = {"postgresql"};
    expected.TagSpecifications = {rds_api::TagSpecification{"cluster", {{rds_api::Tag{"a", "b"}}}}};
    EXPECT_EQ(*input, expected);

    auto given = rds_api::ops::CreateDBCluster::given(*input);
    std::ranges::sort(given);
    EXPECT_EQ(given,
              (std::vector<std::string_view>{
                  "AvailabilityZones", "DBClusterIdentifier", "EnableCloudwatchLogsExports",
                  "EnableIAMDatabaseAuthentication", "Engine", "MasterUserPassword", "MasterUsername", "Port",
                  "ServerlessV2ScalingConfiguration", "TagSpecifications", "Tags", "VpcSecurityGroupIds"}));
}

TEST(GeneratedApi, ReadsNestedListsAndTimes) {
    const auto clusters = read<rds_api::ops::DescribeDBClusters>(
        "Filters.Filter.1.Name=engine&Filters.Filter.1.Values.Value.1=a&Filters.Filter.1.Values.Value.2=b&"
        "Filters.member.3.Name=empty&Filters.member.3.Values=&IncludeShared=FALSE");
    ASSERT_TRUE(clusters) << clusters.error().message;
    EXPECT_EQ(clusters->IncludeShared, false);
    EXPECT_EQ(clusters->Filters, (std::vector{rds_api::Filter{"engine", {{"a", "b"}}},
                                              rds_api::Filter{"empty", std::vector<std::string>{}}}));

    const auto events =
        read<rds_api::ops::DescribeEvents>("SourceType=db-cluster&StartTime=2026-01-01T00%3A00%3A00Z");
    ASSERT_TRUE(events) << events.error().message;
    EXPECT_EQ(events->StartTime, formats::parse_extended_time("2026-01-01T00:00:00Z"));
}

TEST(GeneratedApi, AnUnknownParameterIsLeftForRefusal) {
    for (const char* extra : {"Nonsense=1", "Tags.Tag.1.Colour=red", "Tags.Tag.x.Key=a", "Port.1=5",
                              "AvailabilityZones.AvailabilityZone.1.Name=a", "VpcSecurityGroupIds=sg-1"}) {
        const QueryReader reader = reader_of(std::string("DBClusterIdentifier=a&Engine=b&") + extra);
        static_cast<void>(rds_api::ops::CreateDBCluster::read(reader));
        const auto refused = reader.refuse_unread();
        ASSERT_FALSE(refused) << extra;
        EXPECT_EQ(refused.error().code, "InvalidQueryParameter");
    }
}

struct Refusal {
    const char* body;
    const char* code;
    std::string message;
};

template <class Operation>
void expect_refused(const std::vector<Refusal>& cases) {
    for (const Refusal& each : cases) {
        const auto input = read<Operation>(each.body);
        ASSERT_FALSE(input) << each.body;
        EXPECT_EQ(input.error().fault, Fault::invalid);
        EXPECT_EQ(input.error().code, each.code) << each.body;
        EXPECT_EQ(input.error().message, each.message) << each.body;
    }
}

TEST(GeneratedApi, RefusesInRdsWords) {
    expect_refused<rds_api::ops::CreateDBCluster>({
        {"Engine=a", "MissingParameter", "The request must contain the parameter DBClusterIdentifier."},
        {"Engine=a&DBClusterIdentifier=", "InvalidParameterValue",
         "The parameter DBClusterIdentifier must be provided and must not be blank."},
        {"Engine=a&DBClusterIdentifier=b&EnableIAMDatabaseAuthentication=yes", "InvalidParameterValue",
         "Invalid value for parameter EnableIAMDatabaseAuthentication: it must be true or false."},
        {"Engine=a&DBClusterIdentifier=b&Port=5432x", "InvalidParameterValue",
         "Invalid value for parameter Port: it must be a whole number."},
        {"Engine=a&DBClusterIdentifier=b&ServerlessV2ScalingConfiguration.MinCapacity=inf",
         "InvalidParameterValue",
         "Invalid value for parameter ServerlessV2ScalingConfiguration.MinCapacity: it must be a number."},
        {"Engine=a&DBClusterIdentifier=b&MasterUsername=%FF", "InvalidParameterValue",
         "Invalid value for parameter MasterUsername: it must be UTF-8."},
        {"Engine=a&DBClusterIdentifier=b&Port=99999999999", "ValidationError",
         "1 validation error detected: Value '99999999999' at 'port' failed to satisfy constraint: "
         "Member must have value less than or equal to 2147483647"},
    });
    expect_refused<rds_api::ops::DescribeDBClusters>({
        {"Filters.Filter.1.Name=engine", "MissingParameter",
         "The request must contain the parameter Filters.Filter.1.Values."},
    });
    expect_refused<rds_api::ops::DescribeEvents>({
        {"StartTime=yesterday", "InvalidParameterValue",
         "Invalid value for parameter StartTime: it must be a time as ISO 8601 has it."},
    });
}

TEST(GeneratedApi, RefusesInIamWords) {
    const std::string long_name(65, 'a');
    expect_refused<iam_api::ops::CreateUser>({
        {"", "ValidationError",
         "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must "
         "not be null"},
        {("UserName=" + long_name).c_str(), "ValidationError",
         "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have "
         "length less than or equal to 64"},
        {"UserName=a%20b", "ValidationError",
         "The specified value for userName is invalid. It must contain only alphanumeric characters and/or "
         "the following: +=,.@_-"},
        {"UserName=a&Path=eng", "ValidationError",
         "The specified value for path is invalid. It must begin and end with / and contain only "
         "alphanumeric characters and/or / characters."},
        {("UserName=a%20b&Tags.member.1.Key=" + std::string(129, 'k') + "&Tags.member.1.Value=").c_str(),
         "ValidationError",
         "1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member "
         "must have length less than or equal to 128"},
        {"UserName=a&Tags.member.1.Key=%7C&Tags.member.1.Value=b", "ValidationError",
         "1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member "
         "must "
         "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"},
        {"UserName=a&Tags.member.1.Key=k", "ValidationError",
         "1 validation error detected: Value null at 'tags.1.member.value' failed to satisfy constraint: "
         "Member must "
         "not be null"},
    });
    expect_refused<iam_api::ops::UpdateAccessKey>({
        {"AccessKeyId=AKIAIOSFODNN7EXAMPLE&Status=Asleep", "ValidationError",
         "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy "
         "enum value set"},
    });
    expect_refused<iam_api::ops::ListUsers>({
        {"MaxItems=0", "ValidationError",
         "1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must "
         "have value "
         "greater than or equal to 1"},
        {"MaxItems=1.5", "ValidationError",
         "1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must "
         "be a whole "
         "number"},
    });
}

TEST(GeneratedApi, AcceptsWhatIamAccepts) {
    for (const char* body :
         {"UserName=a%2B%3D,.@-_", "UserName=a&Path=/", "UserName=a&Path=/eng/team/", "UserName=a&Path=",
          "UserName=a&Tags.member.1.Key=cost+centre&Tags.member.1.Value=", "UserName=a&Tags.member=",
          "UserName=a&Tags.member.1.Key=%C5%BElu%C5%A5&Tags.member.1.Value=%E6%BC%A2"})
        EXPECT_TRUE(read<iam_api::ops::CreateUser>(body)) << body;
    for (const char* version : {"v1", "v12", "v1.a-b"})
        EXPECT_TRUE(read<iam_api::ops::GetPolicyVersion>(
            std::string("PolicyArn=arn:aws:iam::123456789012:policy/p&VersionId=") + version));
    for (const char* version : {"v0", "1", "v1.a_b"})
        EXPECT_FALSE(read<iam_api::ops::GetPolicyVersion>(
            std::string("PolicyArn=arn:aws:iam::123456789012:policy/p&VersionId=") + version));
    const auto tags = read<iam_api::ops::CreateUser>("UserName=a&Tags.member.1.Key=k&Tags.member.1.Value=");
    ASSERT_TRUE(tags);
    EXPECT_EQ(tags->Tags, std::vector{(iam_api::Tag{"k", ""})});
}

TEST(GeneratedApi, BoundsListsAndWhatAMessageRepeats) {
    std::string body = "UserName=a";
    for (int number = 1; number <= 51; ++number) {
        const std::string prefix = "&Tags.member." + std::to_string(number);
        body += prefix + ".Key=k" + std::to_string(number) + prefix + ".Value=v";
    }
    expect_refused<iam_api::ops::CreateUser>(
        {{body.c_str(), "ValidationError",
          "1 validation error detected: Value at 'tags' failed to satisfy "
          "constraint: Member must have length less than or equal to 50"}});
    const auto huge = read<iam_api::ops::CreateUser>("UserName=" + std::string(500'000, 'a'));
    ASSERT_FALSE(huge);
    EXPECT_LT(huge.error().message.size(), 2000U);
}

TEST(GeneratedApi, WritesClustersWithTheElementsOfTheModel) {
    rds_api::DBCluster cluster;
    cluster.DBClusterIdentifier = "orders <&>";
    cluster.Port = 5432;
    cluster.IAMDatabaseAuthenticationEnabled = true;
    cluster.DeletionProtection = false;
    cluster.ClusterCreateTime = formats::parse_extended_time("2026-01-02T03:04:05.678Z");
    cluster.VpcSecurityGroups = {rds_api::VpcSecurityGroupMembership{"sg-1", "active"}};
    cluster.AvailabilityZones = {"us-east-1a", "us-east-1b"};
    cluster.PendingModifiedValues.emplace();
    cluster.ServerlessV2ScalingConfiguration.emplace().MinCapacity = 2;
    const auto document =
        written<rds_api::ops::DescribeDBClusters>({.Marker = "m", .DBClusters = {cluster, {}}});

    const std::string first = "/DescribeDBClustersResult/DBClusters/DBCluster[1]/";
    const std::vector<std::pair<const char*, const char*>> texts{
        {"DBClusterIdentifier", "orders <&>"},
        {"Port", "5432"},
        {"IAMDatabaseAuthenticationEnabled", "true"},
        {"DeletionProtection", "false"},
        {"ClusterCreateTime", "2026-01-02T03:04:05.678Z"},
        {"VpcSecurityGroups/VpcSecurityGroupMembership/VpcSecurityGroupId", "sg-1"},
        {"AvailabilityZones/AvailabilityZone[2]", "us-east-1b"},
        {"ServerlessV2ScalingConfiguration/MinCapacity", "2.0"},
    };
    for (const auto& [path, text] : texts) EXPECT_EQ(text_at(document, (first + path).c_str()), text) << path;
    EXPECT_EQ(text_at(document, "/DescribeDBClustersResult/Marker"), "m");
    EXPECT_EQ(document.select_nodes("/DescribeDBClustersResult/DBClusters/DBCluster").size(), 2U);

    for (const char* path : {"PendingModifiedValues", "AssociatedRoles", "TagList"}) {
        const auto node = document.select_node((first + path).c_str());
        ASSERT_TRUE(node) << path;
        EXPECT_FALSE(node.node().first_child()) << path;
    }
    for (const char* path : {"Status", "StatusInfos", "EnabledCloudwatchLogsExports", "Endpoint"})
        EXPECT_FALSE(document.select_node((first + path).c_str())) << path;
}

TEST(GeneratedApi, WritesIamListsAsMembersAndTimesInSeconds) {
    iam_api::User user;
    user.UserName = "alice";
    user.CreateDate = formats::parse_extended_time("2026-01-02T03:04:05.678Z");
    const auto document =
        written<iam_api::ops::ListUsers>({.Users = {user}, .IsTruncated = false, .Marker = std::nullopt});
    EXPECT_EQ(text_at(document, "/ListUsersResult/Users/member/UserName"), "alice");
    EXPECT_EQ(text_at(document, "/ListUsersResult/Users/member/CreateDate"), "2026-01-02T03:04:05Z");
    EXPECT_EQ(text_at(document, "/ListUsersResult/IsTruncated"), "false");
    EXPECT_FALSE(document.select_node("/ListUsersResult/Users/member/Tags"));
    EXPECT_FALSE(document.select_node("/ListUsersResult/Marker"));
    EXPECT_TRUE(written<iam_api::ops::ListUsers>({}).select_node("/ListUsersResult/Users"));
}

TEST(GeneratedApi, KnowsTheServices) {
    EXPECT_EQ(rds_api::model.api_version, "2014-10-31");
    EXPECT_EQ(iam_api::model.xml_namespace, "https://iam.amazonaws.com/doc/2010-05-08/");
    EXPECT_EQ(sts::api::model.signing_name, "sts");
    const auto known = [](auto& errors, std::string_view code) {
        const auto found = std::ranges::find(errors, code, &ErrorModel::code);
        return found == errors.end() ? 0 : found->status;
    };
    EXPECT_EQ(known(rds_api::errors, "DBInstanceNotFound"), 404);
    EXPECT_EQ(known(rds_api::errors, "DBClusterNotFoundFault"), 404);
    EXPECT_EQ(known(rds_api::errors, "DBClusterQuotaExceededFault"), 403);
    EXPECT_EQ(known(rds_api::errors, "DBInstanceNotFoundFault"), 0);
    EXPECT_EQ(known(iam_api::errors, "DeleteConflict"), 409);
    EXPECT_EQ(known(iam_api::errors, "ServiceFailure"), 500);
    EXPECT_EQ(iam_api::ops::DeleteUser::result_element, "");
    EXPECT_EQ(rds_api::ops::DeleteDBSubnetGroup::result_element, "");
    EXPECT_EQ(sts::api::ops::GetCallerIdentity::result_element, "GetCallerIdentityResult");
    EXPECT_NE(std::ranges::find(rds_api::ops::CreateDBCluster::errors, "DBClusterAlreadyExistsFault"),
              rds_api::ops::CreateDBCluster::errors.end());
}

// Who gets no complaint reads a structure that is not there.
TEST(GeneratedApi, ATextInAStructuresPlaceIsRefused) {
    using ForMember = identitystore::api::ops::ListGroupMembershipsForMember;
    EXPECT_FALSE(read<ForMember>("IdentityStoreId=d-0123456789&MemberId=x"));
    EXPECT_FALSE(read<sts::api::ops::AssumeRole>(
        "RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=session&PolicyArns.member.1=x"));
    EXPECT_FALSE(read<rds_api::ops::DescribeDBInstances>("Filters.Filter.1=x"));
}

TEST(GeneratedApi, NullIsAbsentButInADocument) {
    using PutMethod = sso_admin::api::ops::PutApplicationAuthenticationMethod;
    const auto read_method = [](std::string_view condition) {
        const std::string body =
            R"({"ApplicationArn":"arn:aws:sso::123456789012:application/ssoins-1/apl-1","AuthenticationMethodType":"IAM",)"
            R"("AuthenticationMethod":{"Iam":{"ActorPolicy":{"Statement":[{"Condition":)" +
            std::string(condition) + "}]}}},\"X\":null}";
        auto parameters = parameters_of_document(*formats::parse_json(body));
        EXPECT_TRUE(parameters);
        const QueryReader reader(*std::move(parameters));
        const auto input = PutMethod::read(reader);
        return input && reader.refuse_unread();
    };
    EXPECT_TRUE(read_method(R"({"StringEquals":{"a":"b"}})"));
    EXPECT_FALSE(read_method("null"));
    EXPECT_FALSE(read_method(R"({"StringEquals":{"a":null}})"));
}

}  // namespace
}  // namespace countersign::gateway
