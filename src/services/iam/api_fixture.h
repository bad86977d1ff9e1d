// IAM's API for one test, as a client meets it: signed requests to a gateway over a store in memory.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
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
#include "services/iam/service.h"
#include "sigv4/sign.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::iam {

// Shows the time that the test says.
class SetClock : public Clock {
public:
    Instant now() const override { return time; }
    Instant time{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
};

// The answer to one request.
struct Answer {
    int status = 0;
    pugi::xml_document document;

    // The text of the first element that the XPath finds; of all of them.
    std::string text(const std::string& path) const {
        return document.select_node(path.c_str()).node().text().get();
    }
    std::vector<std::string> texts(const std::string& path) const {
        std::vector<std::string> all;
        for (const auto& found : document.select_nodes(path.c_str()))
            all.emplace_back(found.node().text().get());
        return all;
    }
    std::size_t count(const std::string& path) const { return document.select_nodes(path.c_str()).size(); }
    // "CODE: message"; ": " when the call did what was asked.
    std::string error() const { return text("//Error/Code") + ": " + text("//Error/Message"); }
};

using Parameters = std::map<std::string, std::string>;

class ApiTest : public ::testing::Test {
protected:
    static constexpr const char* account = "123456789012";
    static constexpr const char* root_key = "AKIAROOTROOTROOTROOT";
    static constexpr const char* secret = "not-a-secret-at-all";

    ApiTest() {
        model::Account record;
        record.id = account;
        EXPECT_TRUE(store_->commit({{}, {store::put(model::keys::account_record(account), record)}}));
        EXPECT_TRUE(store_->commit(
            {{}, {store::put(model::keys::guardrail(account, "FullAWSAccess"), model::unrestricted({}))}}));
        add_key(root_key, "");
    }

    // An access key of a user, or of the root user; its secret is `secret`.
    void add_key(const std::string& id, const std::string& user) {
        const std::string key = model::keys::access_key(id);
        model::AccessKey record{
            id, account, user, sealing_.seal(Secret(secret), key, random_), model::KeyStatus::Active, {}};
        const store::Write listed{model::keys::user_key(account, user, id), id};
        EXPECT_TRUE(store_->commit({{}, {store::put(key, record), listed}}));
    }

    Answer call(const std::string& action, const Parameters& parameters = {},
                const std::string& key = root_key) const {
        std::string body = "Action=" + action + "&Version=2010-05-08";
        for (const auto& [name, value] : parameters)
            body += '&' + formats::percent_encode(name) + '=' + formats::percent_encode(value);
        const http::Response response = gateway_.answer(signed_request(body, key));
        Answer answer;
        answer.status = response.status;
        EXPECT_TRUE(answer.document.load_string(response.body.c_str())) << response.body;
        return answer;
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

    // All texts that the XPath finds on all pages of a list, page by page.
    std::vector<std::string> listed(const std::string& action, Parameters parameters,
                                    const std::string& path) const {
        std::vector<std::string> all;
        for (int pages = 0; pages < 100; ++pages) {
            const Answer answer = done(action, parameters);
            const std::vector<std::string> more = answer.texts(path);
            all.insert(all.end(), more.begin(), more.end());
            if (answer.text("//IsTruncated") != "true") return all;
            parameters["Marker"] = answer.text("//Marker");
        }
        ADD_FAILURE() << action << " never ends";
        return all;
    }

    template <class Record>
    std::optional<Record> record(const std::string& key) const {
        const auto stored = store::load<Record>(*store_, key);
        return stored && *stored ? std::optional((*stored)->record) : std::nullopt;
    }
    template <class Record>
    void put_record(const std::string& key, const Record& record) {
        EXPECT_TRUE(store_->commit({{}, {store::put(key, record)}}));
    }

    SetClock clock_;
    crypto::SystemRandom random_;
    Log log_{LogLevel::off};
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    std::unique_ptr<store::Store> store_ = store::make_memory();

private:
    http::Request signed_request(const std::string& body, const std::string& key) const {
        http::Request request{"POST", "/", {{"Host", "localhost"}}, body, ""};
        sigv4::sign(request, {key, Secret(secret), ""}, {"us-east-1", "iam"}, clock_.now());
        return request;
    }

    access::Principals principals_{*store_, sealing_};
    access::LastUsed last_used_{*store_};
    access::Access access_{principals_, last_used_};
    telemetry::Metrics metrics_;
    gateway::Gateway gateway_{
        {access_, clock_, random_, log_, metrics_}, {service({*store_, sealing_, random_})}, {}};
};

}  // namespace countersign::iam
