#include "formats/uri.h"
#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

const std::string allow_everything =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";

std::string trust_of(const std::string& service) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":")" + service +
           R"("},"Action":"sts:AssumeRole"}]})";
}

}  // namespace

using ServiceLinkedRoles = ApiTest;

TEST_F(ServiceLinkedRoles, AreNamedByTheirService) {
    struct Case {
        const char* service;
        const char* role;
        const char* policy;
    };
    const Case cases[] = {
        {"rds.amazonaws.com", "AWSServiceRoleForRDS", "AmazonRDSServiceRolePolicy"},
        {"ec2-instance-connect.amazonaws.com", "AWSServiceRoleForEc2InstanceConnect",
         "Ec2InstanceConnectEndpoint"},
        {"m2.amazonaws.com", "AWSServiceRoleForAWSM2", "AWSM2ServicePolicy"},
        {"cks.kms.amazonaws.com", "AWSServiceRoleForKeyManagementServiceCustomKeyStores",
         "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"},
        {"custom-resource.application-autoscaling.amazonaws.com",
         "AWSServiceRoleForApplicationAutoScaling_CustomResource",
         "AWSApplicationAutoscalingCustomResourcePolicy"},
        {"some-thing.amazonaws.com", "AWSServiceRoleForSomeThing", ""},
    };
    for (const Case& each : cases) {
        const Answer made = done("CreateServiceLinkedRole", {{"AWSServiceName", each.service}});
        EXPECT_EQ(made.text("//AssumeRolePolicyDocument"), formats::percent_encode(trust_of(each.service)));
        EXPECT_EQ(made.count("//MaxSessionDuration"), 0U);
        EXPECT_EQ(made.text("//Arn"), fmt::format("arn:aws:iam::123456789012:role/aws-service-role/{}/{}",
                                                  each.service, each.role));
        EXPECT_EQ(done("ListAttachedRolePolicies", {{"RoleName", each.role}}).text("//PolicyName"),
                  each.policy);
    }
    EXPECT_EQ(done("ListAttachedRolePolicies", {{"RoleName", "AWSServiceRoleForRDS"}}).text("//PolicyArn"),
              "arn:aws:iam::aws:policy/aws-service-role/AmazonRDSServiceRolePolicy");
    EXPECT_EQ(
        refused("CreateServiceLinkedRole", {{"AWSServiceName", "rds.amazonaws.com"}}),
        "InvalidInput: Service role name AWSServiceRoleForRDS has been taken in this account, please try "
        "a different suffix.");
    EXPECT_EQ(refused("CreateServiceLinkedRole", {{"AWSServiceName", "rds"}}),
              "AccessDenied: rds is not a valid AWS service name (Service Principal)");
}

TEST_F(ServiceLinkedRoles, HaveASuffixWhereTheServiceTakesOne) {
    const auto with_suffix = [](const std::string& service) {
        return Parameters{{"AWSServiceName", service + ".amazonaws.com"}, {"CustomSuffix", "mine"}};
    };
    EXPECT_EQ(done("CreateServiceLinkedRole", with_suffix("autoscaling")).text("//RoleName"),
              "AWSServiceRoleForAutoScaling_mine");
    EXPECT_EQ(done("CreateServiceLinkedRole", with_suffix("lexv2")).text("//RoleName"),
              "AWSServiceRoleForLexV2Bots_mine");
    for (const char* service : {"es", "rds", "lex", "some-thing", "cassandra.application-autoscaling"})
        EXPECT_EQ(refused("CreateServiceLinkedRole", with_suffix(service)),
                  fmt::format("InvalidInput: Custom suffix is not allowed for {}.amazonaws.com", service));
}

TEST_F(ServiceLinkedRoles, AreChangedByNobody) {
    done("CreateServiceLinkedRole", {{"AWSServiceName", "rds.amazonaws.com"}});
    const std::string name = "AWSServiceRoleForRDS";
    done("CreateInstanceProfile", {{"InstanceProfileName", "p"}});
    const std::pair<const char*, Parameters> calls[] = {
        {"DeleteRole", {}},
        {"UpdateRole", {{"MaxSessionDuration", "3600"}}},
        {"UpdateAssumeRolePolicy", {{"PolicyDocument", trust_of("ec2.amazonaws.com")}}},
        {"PutRolePermissionsBoundary", {{"PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"}}},
        {"DeleteRolePermissionsBoundary", {}},
        {"AddRoleToInstanceProfile", {{"InstanceProfileName", "p"}}},
        {"PutRolePolicy", {{"PolicyName", "i"}, {"PolicyDocument", allow_everything}}},
        {"AttachRolePolicy", {{"PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"}}},
    };
    for (const auto& [action, parameters] : calls) {
        Parameters all = parameters;
        all["RoleName"] = name;
        EXPECT_EQ(refused(action, all),
                  "UnmodifiableEntity: Cannot perform the operation on the protected role "
                  "'AWSServiceRoleForRDS' - this role is only modifiable by AWS")
            << action;
    }
    done("UpdateRoleDescription", {{"RoleName", name}, {"Description", "d"}});
}

TEST_F(ServiceLinkedRoles, MayDoWhatTheirPolicySaysAndNothingWhereItIsNotKnown) {
    const auto decision = [&](const std::string& role, const std::string& action) {
        return done("SimulatePrincipalPolicy",
                    {{"PolicySourceArn", "arn:aws:iam::123456789012:role/aws-service-role/" + role},
                     {"ActionNames.member.1", action}})
            .text("//EvalDecision");
    };
    done("CreateServiceLinkedRole", {{"AWSServiceName", "ecs.amazonaws.com"}});
    EXPECT_EQ(decision("ecs.amazonaws.com/AWSServiceRoleForECS", "ec2:CreateNetworkInterface"), "allowed");
    EXPECT_EQ(decision("ecs.amazonaws.com/AWSServiceRoleForECS", "rds-db:connect"), "implicitDeny");
    done("CreateServiceLinkedRole", {{"AWSServiceName", "lex.amazonaws.com"}});
    EXPECT_EQ(decision("lex.amazonaws.com/AWSServiceRoleForLexBots", "rds-db:connect"), "explicitDeny");
}

TEST_F(ServiceLinkedRoles, HaveTheirPathsForThemselves) {
    const std::string reserved =
        "InvalidInput: Paths beginning with '/aws-service-role' are reserved for AWS Service Linked Roles";
    const std::string path = "/aws-service-role/mine/";
    EXPECT_EQ(refused("CreateUser", {{"UserName", "u"}, {"Path", path}}), reserved);
    EXPECT_EQ(refused("CreateGroup", {{"GroupName", "g"}, {"Path", path}}), reserved);
    EXPECT_EQ(refused("CreateInstanceProfile", {{"InstanceProfileName", "i"}, {"Path", path}}), reserved);
    EXPECT_EQ(
        refused("CreatePolicy", {{"PolicyName", "p"}, {"PolicyDocument", allow_everything}, {"Path", path}}),
        reserved);
    EXPECT_EQ(refused("CreateRole", {{"RoleName", "r"},
                                     {"AssumeRolePolicyDocument", trust_of("ec2.amazonaws.com")},
                                     {"Path", path}}),
              reserved);
    done("CreateUser", {{"UserName", "u"}});
    EXPECT_EQ(refused("UpdateUser", {{"UserName", "u"}, {"NewPath", path}}), reserved);
}

TEST_F(ServiceLinkedRoles, AreDeletedByATask) {
    done("CreateServiceLinkedRole", {{"AWSServiceName", "rds.amazonaws.com"}});
    done("CreateRole", {{"RoleName", "own"}, {"AssumeRolePolicyDocument", trust_of("ec2.amazonaws.com")}});
    EXPECT_TRUE(refused("DeleteServiceLinkedRole", {{"RoleName", "own"}}).starts_with("NoSuchEntity: "));
    const std::string task =
        done("DeleteServiceLinkedRole", {{"RoleName", "AWSServiceRoleForRDS"}}).text("//DeletionTaskId");
    EXPECT_TRUE(task.starts_with("task/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS/"));
    EXPECT_EQ(done("GetServiceLinkedRoleDeletionStatus", {{"DeletionTaskId", task}}).text("//Status"),
              "SUCCEEDED");
    EXPECT_TRUE(refused("GetServiceLinkedRoleDeletionStatus", {{"DeletionTaskId", "task/x"}})
                    .starts_with("NoSuchEntity: "));
    EXPECT_EQ(call("GetRole", {{"RoleName", "AWSServiceRoleForRDS"}}).status, 404);
}

}  // namespace countersign::iam
