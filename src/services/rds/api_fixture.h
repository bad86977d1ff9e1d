// RDS's API for one test, as a client meets it: signed requests to a gateway over a store in memory. Nothing
// fulfils the wishes; settle() stands in for databases.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <pugixml.hpp>
#include <string>

#include "access/access.h"
#include "access/principals.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "formats/iso_time.h"
#include "formats/uri.h"
#include "gateway/gateway.h"
#include "model/aws_managed_policies.h"
#include "model/keys.h"
#include "model/rds.h"
#include "services/rds/service.h"
#include "sigv4/sign.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::rds {

class StoppedClock : public Clock {
public:
    Instant now() const override { return Instant(std::chrono::seconds(1'767'225'600)); }
};

// The answer to one request.
struct Answer {
    int status = 0;
    pugi::xml_document document;

    // The text of the first element that the XPath finds.
    std::string text(const std::string& path) const {
        return document.select_node(path.c_str()).node().text().get();
    }
    std::size_t count(const std::string& path) const { return document.select_nodes(path.c_str()).size(); }
    std::string error() const { return text("//Error/Code") + ": " + text("//Error/Message"); }
};

using Parameters = std::map<std::string, std::string>;

class ApiTest : public ::testing::Test {
protected:
    static constexpr const char* account = "123456789012";
    static constexpr const char* region = "eu-central-1";
    static constexpr const char* root_key = "AKIAROOTROOTROOTROOT";
    static constexpr const char* secret = "not-a-secret-at-all";

    ApiTest() {
        EXPECT_TRUE(
            store_->commit({{}, {store::put(model::keys::account_record(account), model::Account{})}}));
        EXPECT_TRUE(store_->commit(
            {{}, {store::put(model::keys::guardrail(account, "FullAWSAccess"), model::unrestricted({}))}}));
        add_key(root_key, "");
    }

    void add_key(const std::string& id, const std::string& user) {
        const std::string key = model::keys::access_key(id);
        model::AccessKey record{
            id, account, user, sealing_.seal(Secret(secret), key, random_), model::KeyStatus::Active, {}};
        EXPECT_TRUE(store_->commit({{}, {store::put(key, record)}}));
    }

    // A user with one policy, and an access key of that name.
    void add_user(const std::string& key_id, const std::string& policy) {
        model::User user;
        user.name = "limited";
        user.inline_policies["only"] = policy;
        EXPECT_TRUE(store_->commit({{}, {store::put(model::keys::user(account, user.name), user)}}));
        add_key(key_id, user.name);
    }

    Answer call(const std::string& action, const Parameters& parameters,
                const std::string& key = root_key) const {
        std::string body = "Action=" + action + "&Version=2014-10-31";
        for (const auto& [name, value] : parameters)
            body += '&' + formats::percent_encode(name) + '=' + formats::percent_encode(value);
        const http::Response response = gateway_.answer(signed_request(body, key));
        Answer answer;
        answer.status = response.status;
        EXPECT_TRUE(answer.document.load_string(response.body.c_str())) << response.body;
        return answer;
    }

    template <class Record>
    std::optional<Record> record(const std::string& key) {
        const auto stored = store::load<Record>(*store_, key);
        return stored && *stored ? std::optional((*stored)->record) : std::nullopt;
    }
    std::optional<model::DBCluster> cluster(const std::string& id) {
        return record<model::DBCluster>(model::keys::cluster(account, region, id));
    }
    std::optional<model::DBInstance> instance(const std::string& id) {
        return record<model::DBInstance>(model::keys::instance(account, region, id));
    }

    // What databases makes of every record in the end.
    void settle() {
        settle_all<model::DBCluster>(model::keys::clusters(account, region));
        settle_all<model::DBInstance>(model::keys::instances(account, region));
    }

    StoppedClock clock_;
    crypto::SystemRandom random_;
    Log log_{LogLevel::off};
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    std::unique_ptr<store::Store> store_ = store::make_memory();

private:
    template <class Record>
    void settle_all(const std::string& prefix) {
        const auto all = store::load_all<Record>(*store_, prefix);
        ASSERT_TRUE(all);
        for (auto stored : *all) {
            stored.record.status = "available";
            const bool ends = stored.record.wish == model::Wish::deleted;
            const store::Write write =
                ends ? store::erase(stored.key) : store::put(stored.key, stored.record);
            ASSERT_TRUE(store_->commit({{}, {write}}));
        }
    }

    http::Request signed_request(const std::string& body, const std::string& key) const {
        http::Request request{"POST", "/", {{"Host", "localhost"}}, body, ""};
        sigv4::sign(request, {key, Secret(secret), ""}, {region, "rds"}, clock_.now());
        return request;
    }

    databases::Versions versions_{{{15, 20, "15.20", {}}, {17, 4, "17.4", {}}}};
    access::Principals principals_{*store_, sealing_};
    access::LastUsed last_used_{*store_};
    access::Access access_{principals_, last_used_};
    telemetry::Metrics metrics_;
    gateway::Gateway gateway_{{access_, clock_, random_, log_, metrics_},
                              {service({*store_, sealing_, random_, versions_, {"localhost", 21000, 23000}})},
                              {}};
};

}  // namespace countersign::rds
