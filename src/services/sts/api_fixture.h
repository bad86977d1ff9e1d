// STS's API for one test, as a client meets it: requests signed with long-term or temporary credentials, or
// not signed at all.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "formats/iso_time.h"
#include "gateway/api_fixture.h"
#include "services/sts/service.h"

namespace countersign::sts {

using gateway::test::Answer;
using gateway::test::Keys;
using gateway::test::Parameters;
using gateway::test::SetClock;

class ApiTest : public gateway::test::ApiFixture {
protected:
    static constexpr const char* other_account = "210987654321";

    ApiTest() : ApiFixture({"sts", "2011-06-15"}) {
        add_account(other_account);
        serve({service({*store_, sealing_, random_, provider_keys_}), reachable_iam()});
    }

    // A user with one policy of these statements, and its key.
    Keys add_user(const std::string& name, const std::string& statements,
                  const std::string& owner = account) {
        ApiFixture::add_user(name, statements.empty() ? "" : policy_of(statements), owner);
        add_key("AKIA" + name, name, owner);
        return {"AKIA" + name};
    }

    model::Role add_role(const std::string& name, const std::string& trust, const std::string& statements,
                         const std::string& owner = account) {
        model::Role role;
        role.name = name;
        role.path = "/";
        role.id = "AROA" + name;
        role.trust_policy = policy_of(trust);
        if (!statements.empty()) role.inline_policies["only"] = policy_of(statements);
        put_record(model::keys::role(owner, name), role);
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

    Answer call(const Keys& keys, const std::string& action, const Parameters& parameters = {}) const {
        return call_as(keys, action, parameters);
    }
    Answer call_iam(const Keys& keys, const std::string& action) const {
        return answer(gateway::test::signed_request({"iam", "2010-05-08"}, action, {}, keys, clock_.now()));
    }

    Answer call_unsigned(const std::string& action, const Parameters& parameters) const {
        return answer(gateway::test::unsigned_request(endpoint_, action, parameters));
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

    const Keys root{root_key};
    std::map<std::string, std::string> published_;  // documents of identity providers, by URL
    federation::ProviderKeys provider_keys_{
        [this](const std::string& url, const std::vector<std::string>&) { return fetch(url); },
        [](const std::string&, const federation::ProviderKeys::Job& job) {
            job();
            return true;
        },
        clock_};

private:
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
};

}  // namespace countersign::sts
