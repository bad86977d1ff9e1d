#include "services/secretsmanager/service.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "databases/managed_secrets.h"
#include "formats/json.h"
#include "gateway/api_fixture.h"
#include "model/service_keys.h"
#include "store/faulty.h"

namespace countersign::secretsmanager {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The secret of an instance, whose password was changed once.
class SecretsManager : public gateway::test::ApiFixture {
protected:
    static constexpr const char* region = "eu-central-1";
    static constexpr const char* first = "11111111-0000-0000-0000-000000000000";
    static constexpr const char* second = "22222222-0000-0000-0000-000000000000";
    static constexpr const char* limited = "AKIALIMITEDLIMITED00";

    SecretsManager() : ApiFixture({"secretsmanager", "2017-10-17", region}) {
        serve({service({faulty_, sealing_, random_})});
        secret_.name = "rds!db-one";
        secret_.arn = fmt::format("arn:aws:secretsmanager:{}:{}:secret:rds!db-one-AbCdEf", region, account);
        secret_.account = account;
        secret_.region = region;
        secret_.resource_id = "db-ONE";
        const databases::SecretTools tools{sealing_, random_, clock_.now()};
        for (const char* version : {first, second})
            databases::add_version(secret_, Secret(version), false, tools, version);
        put_record(model::keys::secret(account, region, secret_.name), secret_);
        model::DBInstance instance;
        instance.id = "one";
        instance.account = account;
        instance.region = region;
        instance.status = model::DatabaseStatus::available;
        instance.server.emplace();
        instance.server->resource_id = secret_.resource_id;
        put_record(model::keys::instance(account, region, instance.id), instance);
    }

    void limit(const std::string& statements) {
        add_user("limited", R"({"Version":"2012-10-17","Statement":[)" + statements + "]}");
        add_key(limited, "limited");
    }
    // A user that may read everything but what the condition says.
    void deny(const std::string& condition) {
        limit(fmt::format(R"({{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}},
            {{"Effect":"Deny","Action":"secretsmanager:*","Resource":"*","Condition":{{{}}}}})",
                          condition));
    }
    // One that may where the condition holds.
    void allow(const std::string& condition) {
        limit(fmt::format(
            R"({{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*","Condition":{{{}}}}})",
            condition));
    }

    std::string body(const std::string& operation, formats::json::object members = {},
                     const std::string& key = limited) {
        if (operation != "ListSecrets") members.emplace("SecretId", secret_.name);
        http::Request request{"POST",
                              "/",
                              {{"Host", "localhost"},
                               {"Content-Type", "application/x-amz-json-1.1"},
                               {"X-Amz-Target", "secretsmanager." + operation}},
                              formats::json::serialize(members),
                              ""};
        sign(request, endpoint_, {key}, clock_.now());
        http::Response response;
        gateway_->answer(request, [&](http::Response given) { response = std::move(given); });
        return response.body;
    }
    void expect_denied(const std::string& operation, const formats::json::object& members = {}) {
        EXPECT_THAT(body(operation, members), HasSubstr("AccessDenied")) << operation;
    }
    void expect_done(const std::string& operation, const formats::json::object& members = {}) {
        EXPECT_THAT(body(operation, members), HasSubstr(secret_.arn)) << operation;
    }

    model::ManagedSecret secret_;
    store::FaultyStore faulty_{*store_};
};

TEST_F(SecretsManager, ALabelThatIsDeniedIsNotReadByTheIdOfItsVersion) {
    deny(R"("StringEquals":{"secretsmanager:VersionStage":"AWSPREVIOUS"})");
    expect_done("GetSecretValue");
    expect_done("GetSecretValue", {{"VersionId", second}});
    expect_denied("GetSecretValue", {{"VersionStage", "AWSPREVIOUS"}});
    expect_denied("GetSecretValue", {{"VersionId", first}});
    expect_denied("GetSecretValue", {{"VersionId", first}, {"VersionStage", "AWSPREVIOUS"}});
    expect_done("DescribeSecret");
}

TEST_F(SecretsManager, TheCurrentVersionAloneCanBeAllowed) {
    allow(R"("ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"})");
    expect_done("GetSecretValue");
    expect_done("GetSecretValue", {{"VersionId", second}});
    expect_denied("GetSecretValue", {{"VersionId", first}});
    expect_denied("GetSecretValue", {{"VersionStage", "AWSPREVIOUS"}});
    expect_denied("GetSecretValue", {{"VersionStage", "AWSPENDING"}});
    expect_denied("DescribeSecret");
}

TEST_F(SecretsManager, AVersionIsDeniedByItsIdUnderAnyLabel) {
    deny(fmt::format(R"("StringEquals":{{"secretsmanager:VersionId":"{}"}})", second));
    expect_denied("GetSecretValue");
    expect_denied("GetSecretValue", {{"VersionId", second}});
    expect_done("GetSecretValue", {{"VersionStage", "AWSPREVIOUS"}});
}

TEST_F(SecretsManager, ASecretIsDeniedByItsArnHoweverItIsNamed) {
    deny(fmt::format(R"("ArnEquals":{{"secretsmanager:SecretId":"{}"}})", secret_.arn));
    for (const char* operation :
         {"DescribeSecret", "GetResourcePolicy", "GetSecretValue", "ListSecretVersionIds", "RotateSecret"})
        for (const std::string& name :
             {secret_.name, secret_.arn, secret_.arn.substr(0, secret_.arn.rfind('-'))})
            expect_denied(operation, {{"SecretId", name}});
    EXPECT_THAT(body("DescribeSecret", {{"SecretId", "another"}}), HasSubstr("ResourceNotFoundException"));
}

TEST_F(SecretsManager, TheTagsOfASecretCountUnderBothTheirKeys) {
    deny(R"("StringEquals":{"aws:ResourceTag/aws:secretsmanager:owningService":"rds"})");
    expect_denied("GetSecretValue");
    allow(fmt::format(R"("StringEquals":{{
        "secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn":"arn:aws:rds:{}:{}:db:one"}})",
                      region, account));
    expect_done("GetSecretValue");
    expect_done("RotateSecret");
}

TEST_F(SecretsManager, ARotationTellsWhetherItIsAtOnce) {
    deny(R"("Bool":{"secretsmanager:RotateImmediately":"true"})");
    expect_denied("RotateSecret");
    expect_denied("RotateSecret", {{"RotateImmediately", true}});
    EXPECT_THAT(body("RotateSecret", {{"RotateImmediately", false}}), HasSubstr("InvalidParameterException"));
}

TEST_F(SecretsManager, AnUnreadableSecretHidesNoOther) {
    ASSERT_TRUE(store_->commit({{}, {{model::keys::secret(account, region, "rds!db-broken"), "{"}}}));
    EXPECT_THAT(body("ListSecrets", {}, root_key), HasSubstr(secret_.arn));
}

// A third version has no label where no password waits.
TEST_F(SecretsManager, VersionsWithoutALabelAreListedWhereTheyAreAskedFor) {
    const databases::SecretTools tools{sealing_, random_, clock_.now()};
    databases::add_version(secret_, Secret("third"), false, tools, "33333333-0000-0000-0000-000000000000");
    put_record(model::keys::secret(account, region, secret_.name), secret_);
    EXPECT_THAT(body("ListSecretVersionIds", {}, root_key), Not(HasSubstr(first)));
    const std::string all = body("ListSecretVersionIds", {{"IncludeDeprecated", true}}, root_key);
    EXPECT_THAT(all, HasSubstr(first));
    EXPECT_EQ(formats::json::parse(all).at("Versions").as_array().size(), 3u);
}

// Without its record the name alone would be judged, which the pattern of no ARN with six letters matches.
TEST_F(SecretsManager, NobodyIsAuthorisedOnASecretThatCannotBeRead) {
    limit(fmt::format(R"({{"Effect":"Allow","Action":"*","Resource":"*"}},
        {{"Effect":"Deny","Action":"*","Resource":"{}"}})",
                      secret_.arn));
    expect_denied("DescribeSecret");
    int reads = 0;
    faulty_.interfere({.commit = {}, .read = [&](std::string_view key) {
                           return key.find(secret_.name) != std::string_view::npos && ++reads == 1;
                       }});
    EXPECT_THAT(body("DescribeSecret"), Not(HasSubstr(secret_.arn)));
    EXPECT_EQ(reads, 1) << "found once, and authorised as it was found";
}

}  // namespace
}  // namespace countersign::secretsmanager
