// STS's API for one test, as a client meets it: requests, signed with long-term or temporary credentials or
// not signed at all, to a gateway over a store in memory.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "access/access.h"
#include "access/principals.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "formats/iso_time.h"
#include "formats/uri.h"
#include "gateway/gateway.h"
#include "model/aws_managed_policies.h"
#include "model/keys.h"
#include "services/sts/service.h"
#include "sigv4/sign.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::sts {

// A clock that a test sets.
class SetClock : public Clock {
public:
    Instant now() const override { return now_; }
    void advance(std::chrono::milliseconds time) { now_ += time; }

private:
    Instant now_{std::chrono::seconds(1'767'225'600)};
};

struct Answer {
    int status = 0;
    pugi::xml_document document;
    std::map<std::string, std::string> headers;

    // The text of the first element that the XPath finds.
    std::string text(const std::string& path) const {
        return document.select_node(path.c_str()).node().text().get();
    }
    std::string error() const { return text("//Error/Code") + ": " + text("//Error/Message"); }
};

struct Keys {
    std::string id;
    std::string secret;
    std::string session_token;
};

using Parameters = std::map<std::string, std::string>;

class ApiTest : public ::testing::Test {
protected:
    static constexpr const char* account = "123456789012";
    static constexpr const char* other_account = "210987654321";
    static constexpr const char* secret = "not-a-secret-at-all";

    ApiTest() {
        add_account(account);
        add_account(other_account);
        add_key(root.id, account, "");
    }

    template <class Record>
    void put(const std::string& key, const Record& record) {
        EXPECT_TRUE(store_->commit({{}, {store::put(key, record)}}));
    }

    void add_account(const std::string& id) {
        put(model::keys::account_record(id), model::Account{});
        put(model::keys::guardrail(id, "FullAWSAccess"), model::unrestricted({}));
    }

    void add_key(const std::string& id, const std::string& owner, const std::string& user) {
        const std::string key = model::keys::access_key(id);
        put(key,
            model::AccessKey{
                id, owner, user, sealing_.seal(Secret(secret), key, random_), model::KeyStatus::Active, {}});
    }

    // A user with one policy, and its key.
    Keys add_user(const std::string& name, const std::string& statements,
                  const std::string& owner = account) {
        model::User user;
        user.name = name;
        user.path = "/";
        user.id = "AIDA" + name;
        if (!statements.empty()) user.inline_policies["only"] = policy_of(statements);
        put(model::keys::user(owner, name), user);
        add_key("AKIA" + name, owner, name);
        return {"AKIA" + name, secret, ""};
    }

    model::Role add_role(const std::string& name, const std::string& trust, const std::string& statements,
                         const std::string& owner = account) {
        model::Role role;
        role.name = name;
        role.path = "/";
        role.id = "AROA" + name;
        role.trust_policy = policy_of(trust);
        if (!statements.empty()) role.inline_policies["only"] = policy_of(statements);
        put(model::keys::role(owner, name), role);
        return role;
    }

    static std::string policy_of(const std::string& statements) {
        return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
    }
    static std::string allow(const std::string& actions) {
        return R"({"Effect":"Allow","Action":[)" + actions + R"(],"Resource":"*"})";
    }
    // A statement of a trust policy: `principal` is the inside of its Principal.
    static std::string trust(const std::string& principal, const std::string& actions,
                             const std::string& condition = "{}") {
        return R"({"Effect":"Allow","Principal":{)" + principal + R"(},"Action":[)" + actions +
               R"(],"Condition":)" + condition + "}";
    }
    static std::string role_arn(const std::string& name, const std::string& owner = account) {
        return "arn:aws:iam::" + owner + ":role/" + name;
    }

    Answer call(const Keys& keys, const std::string& action, const Parameters& parameters = {},
                const std::string& service = "sts") {
        http::Request request = plain_request(action, parameters, service);
        sign(keys, service, request);
        return answer(request);
    }

    Answer call_unsigned(const std::string& action, const Parameters& parameters) {
        return answer(plain_request(action, parameters, "sts"));
    }

    Answer assume(const Keys& keys, const std::string& role, Parameters more = {}) {
        more.try_emplace("RoleArn", role_arn(role));
        more.try_emplace("RoleSessionName", "session");
        return call(keys, "AssumeRole", more);
    }

    // The credentials in an answer that must be a good one.
    static Keys keys_in(const Answer& answer) {
        EXPECT_EQ(answer.status, 200) << answer.error();
        return {answer.text("//Credentials/AccessKeyId"), answer.text("//Credentials/SecretAccessKey"),
                answer.text("//Credentials/SessionToken")};
    }

    // How long the credentials in an answer are good for.
    std::int64_t seconds_in(const Answer& answer) {
        const auto end = formats::parse_extended_time(answer.text("//Credentials/Expiration"));
        if (!end) return 0;
        return std::chrono::duration_cast<std::chrono::seconds>(*end - clock_.now()).count();
    }

    const Keys root{"AKIAROOTROOTROOTROOT", secret, ""};
    SetClock clock_;
    crypto::SystemRandom random_;
    Log log_{LogLevel::off};
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    std::unique_ptr<store::Store> store_ = store::make_memory();
    access::Principals principals_{*store_, sealing_};
    access::LastUsed last_used_{*store_};
    access::Access access_{principals_, last_used_};
    std::map<std::string, std::string> published_;  // documents of identity providers, by URL

private:
    static std::string version_of(const std::string& service) {
        return service == "iam" ? "2010-05-08" : "2011-06-15";
    }

    static http::Request plain_request(const std::string& action, const Parameters& parameters,
                                       const std::string& service) {
        http::Request request;
        request.method = "POST";
        request.target = "/";
        request.body = "Action=" + action + "&Version=" + version_of(service);
        for (const auto& [name, value] : parameters)
            request.body += '&' + formats::percent_encode(name) + '=' + formats::percent_encode(value);
        request.headers = {{"Host", "localhost"}};
        return request;
    }

    void sign(const Keys& keys, const std::string& service, http::Request& request) const {
        sigv4::sign(request, {keys.id, Secret(keys.secret), keys.session_token}, {"us-east-1", service},
                    clock_.now());
    }

    Answer answer(const http::Request& request) {
        http::Response response;
        gateway_.answer(request, [&](http::Response given) { response = std::move(given); });
        Answer answer;
        answer.status = response.status;
        for (const auto& [name, value] : response.headers) answer.headers[name] = value;
        EXPECT_TRUE(answer.document.load_string(response.body.c_str())) << response.body;
        return answer;
    }

    Result<std::string> fetch(const std::string& url) const {
        const auto found = published_.find(url);
        if (found == published_.end()) return Error{Fault::unavailable, "there is no such document"};
        return found->second;
    }

    // Stands for IAM as far as sessions may reach it.
    static gateway::Service reachable_iam() {
        gateway::Service iam =
            gateway::Service{{"2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", "iam"},
                             gateway::Locality::global,
                             {},
                             {}};
        iam.operations.push_back({"GetUser", "", false,
                                  [](const gateway::Call&, const gateway::QueryReader&,
                                     gateway::AnswerWriter&) { return Result<void>(); }});
        return iam;
    }

    federation::ProviderKeys provider_keys_{
        [this](const std::string& url, const std::vector<std::string>&) { return fetch(url); },
        [](const std::string&, const federation::ProviderKeys::Job& job) {
            job();
            return true;
        },
        clock_};
    telemetry::Metrics metrics_;
    gateway::Gateway gateway_{{access_, clock_, random_, log_, metrics_, &sealing_},
                              {service({*store_, sealing_, random_, provider_keys_}), reachable_iam()},
                              {}};
};

}  // namespace countersign::sts
