// The API for one test, as a client meets it: signed requests to a gateway over a store in memory.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "access/access.h"
#include "access/principals.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "gateway/gateway.h"
#include "gateway/test_client.h"
#include "store/counting.h"
#include "store/memory.h"

namespace countersign::gateway::test {

class ApiFixture : public ::testing::Test {
protected:
    static constexpr const char* account = "123456789012";
    static constexpr const char* secret = test::secret;
    static constexpr const char* root_key = "AKIAROOTROOTROOTROOT";

    // Calls go to this endpoint, and to no other unless it is named.
    explicit ApiFixture(Endpoint endpoint) : endpoint_(std::move(endpoint)) {
        add_account(account);
        add_key(root_key, "");
    }

    // To be called once, before the first call.
    void serve(std::vector<Service> services, ApiListener* listener = nullptr) {
        dispatcher_ = std::make_unique<Dispatcher>(
            Dispatcher::Deps{access_, clock_, random_, log_, metrics_, &sealing_, listener},
            std::move(services), DispatcherOptions());
        gateway_ = std::make_unique<Gateway>(*dispatcher_, access_, log_, GatewayOptions());
    }

    void add_account(const std::string& id) { test::add_account(*store_, id); }
    void add_key(const std::string& id, const std::string& user, const std::string& owner = account) {
        test::add_key(*store_, sealing_, random_, id, {owner, user});
    }
    // A user with one policy; none where it is empty.
    void add_user(const std::string& name, const std::string& policy, const std::string& owner = account) {
        model::User user;
        user.name = name;
        user.path = "/";
        user.id = "AIDA" + name;
        if (!policy.empty()) user.inline_policies["only"] = policy;
        put_record(model::keys::user(owner, name), user);
    }

    Answer answer(const http::Request& request) const {
        http::Response response;
        gateway_->answer(request, [&](http::Response given) { response = std::move(given); });
        return answer_in(response);
    }
    Answer call_as(const Keys& keys, const std::string& action, const Parameters& parameters = {}) const {
        return answer(signed_request(endpoint_, action, parameters, keys, clock_.now()));
    }
    Answer call(const std::string& action, const Parameters& parameters = {},
                const std::string& key = root_key) const {
        return call_as({key}, action, parameters);
    }

    // The same where it must do what is asked.
    Answer done(const std::string& action, const Parameters& parameters = {},
                const std::string& key = root_key) const {
        Answer answer = call(action, parameters, key);
        EXPECT_EQ(answer.status, 200) << action << ' ' << answer.error();
        return answer;
    }

    // And where it must be refused: "CODE: message".
    std::string refused(const std::string& action, const Parameters& parameters = {},
                        const std::string& key = root_key) const {
        const Answer answer = call(action, parameters, key);
        EXPECT_NE(answer.status, 200) << action;
        return answer.error();
    }

    template <class Record>
    std::optional<Record> record(const std::string& key) const {
        const auto stored = store::load<Record>(*store_, key);
        return stored && *stored ? std::optional((*stored)->record) : std::nullopt;
    }
    template <class Record>
    void put_record(const std::string& key, const Record& record) {
        test::put(*store_, key, record);
    }

    const Endpoint endpoint_;
    SetClock clock_;
    crypto::SystemRandom random_;
    Log log_{LogLevel::off};
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    std::unique_ptr<store::CountingStore> store_ =
        std::make_unique<store::CountingStore>(store::make_memory());
    access::Principals principals_{*store_, sealing_};
    access::LastUsed last_used_{*store_};
    access::Access access_{principals_, last_used_};
    telemetry::Metrics metrics_;
    std::unique_ptr<Dispatcher> dispatcher_;
    std::unique_ptr<Gateway> gateway_;
};

}  // namespace countersign::gateway::test
