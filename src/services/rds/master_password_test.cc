#include "services/rds/master_password.h"

#include <gmock/gmock.h>

#include "databases/managed_secrets.h"
#include "model/managed_secret.h"
#include "services/rds/api_fixture.h"

namespace countersign::rds {
namespace {

using ::testing::HasSubstr;

// A cluster "shop" and an instance "alone", both with managed passwords.
class ManagedPasswordApi : public ApiTest {
protected:
    ManagedPasswordApi() {
        done("CreateDBCluster", {{"DBClusterIdentifier", "shop"},
                                 {"Engine", "aurora-postgresql"},
                                 {"MasterUsername", "boss"},
                                 {"ManageMasterUserPassword", "true"}});
        done("CreateDBInstance", instance_of("alone", {{"ManageMasterUserPassword", "true"}}));
        settle();
    }

    static Parameters with(Parameters parameters, const Parameters& more) {
        for (const auto& [name, value] : more) parameters[name] = value;
        return parameters;
    }
    static Parameters instance_of(const std::string& id, const Parameters& more) {
        return with({{"DBInstanceIdentifier", id},
                     {"Engine", "postgres"},
                     {"DBInstanceClass", "db.t3.micro"},
                     {"AllocatedStorage", "20"},
                     {"MasterUsername", "boss"}},
                    more);
    }
    static Parameters of_shop(const Parameters& more) {
        return with({{"DBClusterIdentifier", "shop"}}, more);
    }
    static Parameters of_alone(const Parameters& more) {
        return with({{"DBInstanceIdentifier", "alone"}}, more);
    }

    bool has_secret(const model::PassthroughAttributes& kept) {
        const auto arn = kept.find("MasterUserSecret");
        if (arn == kept.end()) return false;
        const auto place = databases::secret_place_of(arn->second);
        return place && record<model::ManagedSecret>(place->key());
    }
};

const Parameters own_password = {{"ManageMasterUserPassword", "false"},
                                 {"MasterUserPassword", "one-of-my-own"}};

TEST_F(ManagedPasswordApi, ManagementEndsAtOnceOrNotAtAll) {
    EXPECT_THAT(refused("ModifyDBCluster", of_shop(own_password)),
                HasSubstr("InvalidParameterCombination: You must apply the change immediately"));
    EXPECT_TRUE(has_secret(cluster("shop")->kept)) << "its password is still in force";
    EXPECT_TRUE(cluster("shop")->server.pending.master_verifier.empty());
    done("ModifyDBCluster", with(of_shop(own_password), {{"ApplyImmediately", "true"}}));
    EXPECT_FALSE(has_secret(cluster("shop")->kept));
    EXPECT_TRUE(cluster("shop")->server.pending.apply_now);
}

TEST_F(ManagedPasswordApi, ManagementOfAnInstanceEndsAtOnceOrNotAtAll) {
    const Parameters with_iam = with(of_alone(own_password), {{"EnableIAMDatabaseAuthentication", "true"}});
    EXPECT_THAT(refused("ModifyDBInstance", with_iam), HasSubstr("You must apply the change immediately"));
    EXPECT_TRUE(has_secret(instance("alone")->kept));
    done("ModifyDBInstance", of_alone({{"EnableIAMDatabaseAuthentication", "true"}}));
    EXPECT_THAT(refused("ModifyDBInstance", of_alone(own_password)),
                HasSubstr("You must apply the change immediately"));
    done("ModifyDBInstance", of_alone({{"EnableIAMDatabaseAuthentication", "false"}}));
    done("ModifyDBInstance", of_alone(own_password));
    EXPECT_FALSE(has_secret(instance("alone")->kept));
    EXPECT_TRUE(instance("alone")->server->pending.apply_now);
}

TEST_F(ManagedPasswordApi, TheKeyOfASecretIsGivenWhenManagementBegins) {
    const Parameters key = {{"MasterUserSecretKmsKeyId", "1234abcd"}};
    const char* const error = "InvalidParameterCombination: MasterUserSecretKmsKeyId can be specified only";
    EXPECT_THAT(refused("ModifyDBInstance", of_alone(key)), HasSubstr(error)) << "it is managed already";
    EXPECT_THAT(refused("ModifyDBInstance", with(of_alone(own_password), key)), HasSubstr(error));
    done("ModifyDBInstance", of_alone(own_password));
    settle();
    EXPECT_THAT(refused("ModifyDBInstance", of_alone(key)), HasSubstr(error));
    const Answer begun =
        done("ModifyDBInstance", with(of_alone(key), {{"ManageMasterUserPassword", "true"}}));
    EXPECT_EQ(begun.text("//MasterUserSecret/KmsKeyId"), "1234abcd");
    EXPECT_THAT(refused("ModifyDBCluster", of_shop(key)), HasSubstr(error));
    done("CreateDBInstance", {{"DBInstanceIdentifier", "shop-1"},
                              {"Engine", "aurora-postgresql"},
                              {"DBInstanceClass", "db.r5.large"},
                              {"DBClusterIdentifier", "shop"}});
    settle();
    EXPECT_THAT(refused("ModifyDBInstance", with({{"DBInstanceIdentifier", "shop-1"}}, key)),
                HasSubstr("Modify master user password for the DB Cluster"));
}

// What the password is to be is told by the call, or by what it is.
TEST_F(ManagedPasswordApi, ADenyOfPasswordsOfOnesOwnHolds) {
    done("CreateDBInstance", instance_of("own", {{"MasterUserPassword", "correct-horse"}}));
    settle();
    add_limited_user("AKIALIMITEDLIMITED00", R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"rds:*","Resource":"*",
         "Condition":{"Bool":{"rds:ManageMasterUserPassword":false}}}]})");
    const auto is_denied = [&](const std::string& action, const Parameters& parameters) {
        return call(action, parameters, "AKIALIMITEDLIMITED00").text("//Code") == "AccessDenied";
    };
    const Parameters given = {{"MasterUserPassword", "correct-horse"}};
    const Parameters begun = {{"ManageMasterUserPassword", "true"}};
    const Parameters of_own = {{"DBInstanceIdentifier", "own"}, {"BackupRetentionPeriod", "3"}};
    EXPECT_TRUE(is_denied("CreateDBInstance", instance_of("two", given)));
    EXPECT_FALSE(is_denied("CreateDBInstance", instance_of("two", begun)));
    EXPECT_TRUE(is_denied(
        "CreateDBCluster",
        with({{"DBClusterIdentifier", "two"}, {"Engine", "aurora-postgresql"}, {"MasterUsername", "boss"}},
             given)));
    EXPECT_TRUE(is_denied("ModifyDBInstance", of_own));
    EXPECT_FALSE(is_denied("ModifyDBInstance", with(of_own, begun)));
    EXPECT_TRUE(is_denied("ModifyDBInstance", of_alone(own_password)));
    EXPECT_FALSE(is_denied("ModifyDBInstance", of_alone({{"BackupRetentionPeriod", "3"}})));
    EXPECT_TRUE(is_denied("ModifyDBCluster", of_shop(own_password)));
    EXPECT_FALSE(is_denied("ModifyDBCluster", of_shop({{"BackupRetentionPeriod", "3"}})));
    EXPECT_TRUE(is_denied("RestoreDBInstanceFromDBSnapshot",
                          {{"DBInstanceIdentifier", "back"}, {"DBSnapshotIdentifier", "one"}}));
    EXPECT_FALSE(is_denied("CreateDBInstance", {{"DBInstanceIdentifier", "shop-1"},
                                                {"Engine", "aurora-postgresql"},
                                                {"DBInstanceClass", "db.r5.large"},
                                                {"DBClusterIdentifier", "shop"}}))
        << "a member has its cluster's password";
}

// As with RotateSecret, which would do the same.
TEST_F(ManagedPasswordApi, TheTagsOfTheSecretCountForItsRotation) {
    add_limited_user("AKIALIMITEDLIMITED00", R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"secretsmanager:*","Resource":"*","Condition":{"StringEquals":{
         "secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn":"arn:aws:rds:eu-central-1:123456789012:db:alone"}}}]})");
    const Parameters rotation = {{"RotateMasterUserPassword", "true"}, {"ApplyImmediately", "true"}};
    EXPECT_THAT(refused("ModifyDBInstance", of_alone(rotation), "AKIALIMITEDLIMITED00"),
                HasSubstr("secretsmanager:RotateSecret"));
    done("ModifyDBCluster", of_shop(rotation), "AKIALIMITEDLIMITED00");
}

// The fixture's server knows 15 and 17.
TEST_F(ManagedPasswordApi, APasswordDoesNotBringOnAnUpgradeThatWaits) {
    done("CreateDBInstance",
         instance_of("old", {{"MasterUserPassword", "correct-horse"}, {"EngineVersion", "15"}}));
    settle();
    done("ModifyDBInstance",
         {{"DBInstanceIdentifier", "old"}, {"EngineVersion", "17"}, {"AllowMajorVersionUpgrade", "true"}});
    done("ModifyDBInstance", {{"DBInstanceIdentifier", "old"}, {"MasterUserPassword", "one-of-my-own"}});
    EXPECT_FALSE(instance("old")->server->pending.apply_now);
    EXPECT_FALSE(instance("old")->server->pending.master_verifier.empty());
}

}  // namespace
}  // namespace countersign::rds
