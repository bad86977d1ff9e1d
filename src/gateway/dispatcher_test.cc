#include "gateway/dispatcher.h"

#include <gtest/gtest.h>

#include "formats/json.h"
#include "gateway/api_fixture.h"
#include "generated/iam.h"
#include "generated/rds.h"
#include "generated/sts.h"

namespace countersign::gateway {
namespace {

namespace json = formats::json;
using test::Keys;

constexpr const char* region = "eu-central-1";
const Origin from_browser{"198.51.100.7", "browser/1", true, {}};
const Origin from_service{"198.51.100.7", "browser/1", true, "cloudformation.amazonaws.com"};

// One record that a listener was given.
struct Heard {
    std::string service;
    std::string action;
    std::string region;
    std::string source;
    std::string user_agent;
    bool tls = false;
    std::string caller;
    std::string input;
    std::string error_code;
};

class Records : public ApiListener {
public:
    void on_call(const ApiCall& call) override {
        all.push_back({std::string(call.service), std::string(call.action), call.region, call.source,
                       call.user_agent, call.tls, call.caller->principal().arn, call.input, call.error_code});
    }
    std::vector<Heard> all;
};

// Services of a few rows: what they do is no matter, how they are reached is.
std::vector<Service> services() {
    using Start = rds::api::ops::DeleteDBInstance;
    using GetUser = iam::api::ops::GetUser;
    using ListUsers = iam::api::ops::ListUsers;
    using Identity = sts::api::ops::GetCallerIdentity;
    using WithWebIdentity = sts::api::ops::AssumeRoleWithWebIdentity;
    const auto instance = [](const Call& call, const Start::Input& input) {
        return std::vector<std::string>{"arn:aws:rds:" + call.region + ':' + call.account() +
                                        ":db:" + *input.DBInstanceIdentifier};
    };
    const auto deleted = [](const Call&, const Start::Input& input) -> Result<Start::Output> {
        if (*input.DBInstanceIdentifier == "none")
            return Error{Fault::not_found, "DBInstance none not found.", "DBInstanceNotFound"};
        Start::Output output;
        output.DBInstance.emplace().DBInstanceIdentifier = input.DBInstanceIdentifier;
        return output;
    };
    const auto nothing = [](const Call&, const GetUser::Input&) { return std::vector<std::string>(); };
    const auto user = [](const Call&, const GetUser::Input&) { return Result(GetUser::Output()); };
    const auto all = [](const Call&, const ListUsers::Input&) { return std::vector<std::string>{"*"}; };
    const auto users = [](const Call&, const ListUsers::Input&) { return Result(ListUsers::Output()); };
    const auto identity = [](const Call& call, const Identity::Input&) {
        Identity::Output output;
        output.Arn = call.caller.principal().arn;
        return Result(output);
    };
    const auto vouched = [](const Call& call, const WithWebIdentity::Input&) {
        WithWebIdentity::Output output;
        output.Provider = call.caller.principal().arn.empty() ? "nobody" : call.caller.principal().arn;
        return Result(output);
    };
    return {
        Service{rds::api::model,
                Locality::regional,
                rds::api::errors,
                {operation<Start>("rds", instance, deleted, {{"DBInstanceIdentifier"}})}},
        Service{iam::api::model,
                Locality::global,
                iam::api::errors,
                {operation<GetUser>("iam", nothing, user), operation<ListUsers>("iam", all, users)}},
        Service{sts::api::model,
                Locality::anywhere,
                sts::api::errors,
                {operation_for_everyone<Identity>(identity), unsigned_operation<WithWebIdentity>(vouched)}}};
}

class DispatcherTest : public test::ApiFixture {
protected:
    DispatcherTest() : ApiFixture({"rds", "2014-10-31", region}) {
        serve(services(), &records_);
        add_user("jane", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*",
            "Action":["rds:DeleteDBInstance","iam:GetUser"]},{"Effect":"Deny","Resource":"*",
            "Action":"rds:*","Condition":{"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"},
            "Bool":{"aws:ViaAWSService":"false"}}}]})");
        add_key("AKIAJANE", "jane");
        add_user("bob", "");
        add_key("AKIABOB", "bob");
    }

    // Who signs with these keys.
    access::Caller caller(const Keys& keys, const std::string& service = "rds") {
        const http::Request request =
            test::signed_request({service, "", region}, "Any", {}, keys, clock_.now());
        const auto signature = sigv4::parse_request(request);
        EXPECT_TRUE(signature);
        auto known = access_.authenticate(*signature, service, clock_.now());
        EXPECT_TRUE(known) << known.error().message;
        return *std::move(known);
    }
    // The keys of a session of its own that jane has begun, without a code of an MFA device.
    Keys session_of_jane() {
        access::Session session;
        session.kind = access::SessionKind::user;
        session.access_key_id = "ASIAJANE";
        session.account = account;
        session.principal = "jane";
        session.principal_id = "AIDAjane";
        session.issued = clock_.now();
        session.expires = clock_.now() + std::chrono::hours(1);
        const auto sealed = access::seal_session(session, sealing_, random_);
        return {session.access_key_id, std::string(sealed.secret_access_key.reveal()), sealed.session_token};
    }

    Reply remove(const access::Caller& who, const std::string& members, const Origin& origin = from_browser,
                 const std::string& where = region) const {
        return dispatcher_->call({"rds", "DeleteDBInstance", members, who, where, origin});
    }
    // "CODE STATUS: message"; empty when the call did what was asked.
    static std::string error(const Reply& reply) {
        if (!reply.error) return "";
        EXPECT_EQ(reply.members, "");
        return reply.error->code + ' ' + std::to_string(reply.error->status) + ": " + reply.error->message;
    }
    // What the same call is answered with over HTTP.
    std::string over_http(const Keys& keys, const std::string& action, const test::Parameters& parameters,
                          const std::string& where = region) const {
        const auto answer = this->answer(
            test::signed_request({"rds", "2014-10-31", where}, action, parameters, keys, clock_.now()));
        if (answer.status == 200) return "";
        return answer.text("//Code") + ' ' + std::to_string(answer.status) + ": " + answer.text("//Message");
    }

    Records records_;
};

constexpr const char* orders = R"({"DBInstanceIdentifier":"orders"})";

TEST_F(DispatcherTest, WhoMayIsAnswered) {
    const Reply reply = remove(caller({"AKIAJANE"}), orders);
    EXPECT_EQ(error(reply), "");
    const auto members = formats::parse_json(reply.members);
    ASSERT_TRUE(members) << reply.members;
    EXPECT_EQ(members->at("DBInstance").at("DBInstanceIdentifier"), json::value("orders"));
    EXPECT_EQ(reply.request_id.size(), 36U);
    EXPECT_EQ(remove(caller({root_key}), orders).members, reply.members);
    EXPECT_NE(remove(caller({root_key}), orders).request_id, reply.request_id);
}

TEST_F(DispatcherTest, WhoMayNotIsRefusedAsOverHttp) {
    const Reply refused = remove(caller({"AKIABOB"}), orders);
    EXPECT_EQ(error(refused),
              "AccessDenied 403: User: arn:aws:iam::123456789012:user/bob is not authorized to perform: "
              "rds:DeleteDBInstance on resource: arn:aws:rds:eu-central-1:123456789012:db:orders because no "
              "identity-based policy allows the rds:DeleteDBInstance action");
    EXPECT_EQ(error(refused),
              over_http({"AKIABOB"}, "DeleteDBInstance", {{"DBInstanceIdentifier", "orders"}}));
    EXPECT_FALSE(refused.error->encoded_message.empty());
}

TEST_F(DispatcherTest, PoliciesSeeWhereACallComesFrom) {
    const access::Caller jane = caller({"AKIAJANE"});
    const Origin elsewhere{"203.0.113.9", {}, true, {}};
    const Origin nowhere;
    EXPECT_EQ(error(remove(jane, orders, elsewhere)).substr(0, 16), "AccessDenied 403");
    EXPECT_EQ(error(remove(jane, orders, nowhere)).substr(0, 16), "AccessDenied 403");
    EXPECT_EQ(error(remove(jane, orders, from_service)), "") << "a service may call from where it is";
    http::Request direct = test::signed_request(
        endpoint_, "DeleteDBInstance", {{"DBInstanceIdentifier", "orders"}}, {"AKIAJANE"}, clock_.now());
    direct.peer = "203.0.113.9";
    EXPECT_EQ(answer(direct).text("//Code"), "AccessDenied");
    direct.peer = "198.51.100.7";
    EXPECT_EQ(answer(direct).status, 200);
}

// IAM is asked in one region: what a caller signs for would otherwise choose what its policies see.
TEST_F(DispatcherTest, PoliciesSeeTheRegionThatAGlobalServiceIsAskedIn) {
    add_user("eve", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":"*",
        "Condition":{"StringEquals":{"aws:RequestedRegion":"eu-central-1"}}}]})");
    add_key("AKIAEVE", "eve");
    const auto ask = [&](const std::string& service, const std::string& operation,
                         const std::string& members) {
        return error(dispatcher_->call(
            {service, operation, members, caller({"AKIAEVE"}, service), "eu-central-1", from_browser}));
    };
    EXPECT_EQ(ask("iam", "ListUsers", "{}").substr(0, 16), "AccessDenied 403");
    EXPECT_EQ(ask("rds", "DeleteDBInstance", orders), "");
}

TEST_F(DispatcherTest, AServicesErrorsAreItsOwn) {
    const Reply reply = remove(caller({root_key}), R"({"DBInstanceIdentifier":"none"})");
    EXPECT_EQ(error(reply), "DBInstanceNotFound 404: DBInstance none not found.");
    EXPECT_EQ(reply.error->shape, "DBInstanceNotFoundFault");
}

TEST_F(DispatcherTest, WhatDoesNotExistIsNotCalled) {
    const access::Caller root = caller({root_key});
    EXPECT_EQ(error(dispatcher_->call({"rds", "RebootEverything", "", root, region, from_browser})),
              "InvalidAction 400: Could not find operation RebootEverything for version 2014-10-31");
    EXPECT_EQ(error(dispatcher_->call({"rds", "RebootEverything", "", root, region, from_browser})),
              over_http({root_key}, "RebootEverything", {}));
    EXPECT_EQ(error(dispatcher_->call({"rds", "", "", root, region, from_browser})).substr(0, 13),
              "InvalidAction");
    EXPECT_EQ(error(dispatcher_->call({"ec2", "RunInstances", "", root, region, from_browser})),
              "InvalidAction 400: There is no service ec2.");
}

TEST_F(DispatcherTest, MembersAreHeldAgainstTheModel) {
    const access::Caller root = caller({root_key});
    EXPECT_EQ(error(remove(root, "")),
              "MissingParameter 400: The request must contain the parameter DBInstanceIdentifier.");
    EXPECT_EQ(error(remove(root, "")), over_http({root_key}, "DeleteDBInstance", {}));
    EXPECT_EQ(error(remove(root, R"({"DBInstanceIdentifier":"a","Colour":"red"})")),
              "InvalidQueryParameter 400: The parameter Colour is not recognized");
    EXPECT_EQ(error(remove(root, R"({"DBInstanceIdentifier":"a","SkipFinalSnapshot":true})")),
              "InvalidParameterCombination 400: The parameter SkipFinalSnapshot is not supported here.");
    for (const char* broken : {"[]", "orders", R"({"DBInstanceIdentifier":"a")",
                               R"({"DBInstanceIdentifier":"a","DBInstanceIdentifier":"b"})"})
        EXPECT_EQ(remove(root, broken).error->code, "SerializationException") << broken;
}

TEST_F(DispatcherTest, NoResourceToBeAuthorisedOnIsARefusal) {
    const Reply reply = dispatcher_->call({"iam", "GetUser", "", caller({root_key}), region, from_browser});
    EXPECT_EQ(error(reply).substr(0, 20), "InternalFailure 500:");
}

TEST_F(DispatcherTest, ARegionIsOneThatIsServed) {
    const access::Caller root = caller({root_key});
    for (const char* where : {"", "nowhere", "eu-central-1/../x"})
        EXPECT_EQ(remove(root, orders, from_browser, where).error->code, "SignatureDoesNotMatch") << where;
    EXPECT_EQ(error(remove(root, orders, from_browser, "nowhere")),
              over_http({root_key}, "DeleteDBInstance", {{"DBInstanceIdentifier", "orders"}}, "nowhere"));
}

TEST_F(DispatcherTest, NobodyHasWhatNeedsNoSignatureAlone) {
    const access::Caller nobody = access::Access::anonymous();
    EXPECT_EQ(error(remove(nobody, orders)),
              "MissingAuthenticationToken 403: Request is missing Authentication Token");
    EXPECT_EQ(error(dispatcher_->call({"sts", "GetCallerIdentity", "", nobody, region, from_browser})),
              "MissingAuthenticationToken 403: Request is missing Authentication Token");
    const std::string vouched =
        R"({"RoleArn":"arn:aws:iam::123456789012:role/app","RoleSessionName":"one","WebIdentityToken":"a.b.c"})";
    for (const access::Caller& who : {nobody, caller({root_key})})
        EXPECT_EQ(dispatcher_->call({"sts", "AssumeRoleWithWebIdentity", vouched, who, region, from_browser})
                      .members,
                  R"({"Provider":"nobody"})");
}

TEST_F(DispatcherTest, ASessionIsGoodForWhatItIsGoodForOverHttp) {
    const access::Caller jane = caller(session_of_jane());
    EXPECT_EQ(error(remove(jane, orders)), "");
    EXPECT_EQ(error(dispatcher_->call({"iam", "GetUser", "", jane, region, from_browser})),
              "InvalidClientTokenId 403: The security token included in the request is invalid.")
        << "IAM wants a code of an MFA device";
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(error(remove(jane, orders)),
              "ExpiredToken 403: The security token included in the request is expired");
}

TEST_F(DispatcherTest, EveryCallIsRecordedWithItsCaller) {
    const access::Caller jane = caller({"AKIAJANE"});
    remove(jane, orders);
    remove(jane, orders, from_service);
    remove(caller({"AKIABOB"}), orders);
    remove(jane, "[]");
    dispatcher_->call({"rds", "RebootEverything", "", jane, region, from_browser});
    ASSERT_EQ(records_.all.size(), 4U) << "what is no operation is not recorded, as over HTTP";
    const Heard& first = records_.all[0];
    EXPECT_EQ(first.service + ' ' + first.action + ' ' + first.region, "rds DeleteDBInstance eu-central-1");
    EXPECT_EQ(first.caller, "arn:aws:iam::123456789012:user/jane");
    EXPECT_EQ(first.source + ' ' + first.user_agent, "198.51.100.7 browser/1");
    EXPECT_TRUE(first.tls);
    EXPECT_EQ(first.input, R"({"dBInstanceIdentifier":"orders"})");
    EXPECT_EQ(first.error_code, "");
    const Heard& by_service = records_.all[1];
    EXPECT_EQ(by_service.caller, first.caller);
    EXPECT_EQ(by_service.source + ' ' + by_service.user_agent,
              "cloudformation.amazonaws.com cloudformation.amazonaws.com");
    EXPECT_EQ(records_.all[2].caller, "arn:aws:iam::123456789012:user/bob");
    EXPECT_EQ(records_.all[2].error_code, "AccessDenied");
    EXPECT_EQ(records_.all[3].error_code, "SerializationException");
}

TEST_F(DispatcherTest, OverHttpTheSameIsRecorded) {
    EXPECT_EQ(over_http({root_key}, "DeleteDBInstance", {{"DBInstanceIdentifier", "orders"}}), "");
    remove(caller({root_key}), orders, {"", std::nullopt, false, {}});
    ASSERT_EQ(records_.all.size(), 2U);
    const auto texts = [](const Heard& one) {
        return std::vector{one.service,    one.action, one.region, one.source,
                           one.user_agent, one.caller, one.input,  one.error_code};
    };
    EXPECT_EQ(texts(records_.all[0]), texts(records_.all[1]));
    EXPECT_EQ(records_.all[0].tls, records_.all[1].tls);
}

}  // namespace
}  // namespace countersign::gateway
