// A control plane for one test: a real listener, real certificates, real clients.
#pragma once

#include "agent_api/server/fleet.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "agent_api/client/cached_records.h"
#include "agent_api/client/control.h"
#include "audit/log.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "crypto/thumbprint.h"
#include "formats/iso_time.h"
#include "http/client.h"
#include "model/aws_managed_policies.h"
#include "model/fleet.h"
#include "model/keys.h"
#include "model/rds.h"
#include "sigv4/signing.h"
#include "sigv4/token.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::agent_api::server {

namespace fs = std::filesystem;
namespace keys = model::keys;

inline const std::string account = "123456789012";
inline const std::string secret = "the-secret-access-key-of-jane";
inline const std::string allow =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}})";

class Lines : public audit::LoginListener {
public:
    void on_login(const audit::LoginEntry& entry) override { all.push_back(entry); }
    std::vector<audit::LoginEntry> all;
};

class FleetTest : public testing::Test {
protected:
    void SetUp() override {
        std::string made = (fs::temp_directory_path() / "countersign-fleet-XXXXXX").string();
        ASSERT_TRUE(mkdtemp(made.data()));
        directory_ = made;
        log_file_.emplace(*audit::LoginLog::open(directory_ / "login.log"));
        audit_.emplace(*log_file_, std::vector<audit::LoginListener*>{&lines_});
        put_user("jane", account);
        attach("db1", "host-1");
        begin();
    }
    void TearDown() override {
        fleet_.reset();
        fs::remove_all(directory_);
    }

    void begin(std::chrono::seconds certificate_life = std::chrono::hours(24)) {
        Options options;
        options.host = "127.0.0.1";
        options.port = 0;
        options.endpoint_host = "localhost";
        options.authority = authority_;
        options.certificate_life = certificate_life;
        auto fleet = Fleet::listen({*store_, principals_, *audit_, clock_, random_, log_}, options);
        ASSERT_TRUE(fleet) << fleet.error().message;
        fleet_ = *std::move(fleet);
        ASSERT_TRUE(fleet_->start());
    }

    template <class Record>
    void put(const std::string& key, const Record& record) {
        ASSERT_TRUE(store_->commit({{}, {store::put(key, record)}}));
    }
    void put_user(const std::string& name, const std::string& of_account) {
        put(keys::guardrail(of_account, "FullAWSAccess"), model::unrestricted({}));
        model::User user;
        user.name = name;
        user.path = "/";
        user.id = "AIDA" + name;
        user.inline_policies["p"] = allow;
        put(keys::user(of_account, name), user);
        model::AccessKey key;
        key.id = "AKIA" + name;
        key.account = of_account;
        key.user = name;
        key.status = model::KeyStatus::Active;
        key.sealed_secret = sealing_.seal(Secret(secret), keys::access_key(key.id), random_);
        put(keys::access_key(key.id), key);
    }
    void attach(const std::string& name, const std::string& agent, const std::string& of_account = account) {
        model::DBInstance instance;
        instance.id = name;
        instance.account = of_account;
        instance.region = "us-east-1";
        instance.resource_id = "db-" + name;
        instance.status = model::DatabaseStatus::available;
        model::Server& server = instance.server.emplace();
        server.resource_id = instance.resource_id;
        server.host = "localhost";
        server.port = 5432;
        server.iam_enabled = true;
        server.created = true;
        server.attached = model::Attached{};
        server.attached->agent = agent;
        server.attached->data_directory = "/data/" + name;
        put(keys::instance(of_account, "us-east-1", name), instance);
    }
    agent_api::client::EnrolmentToken token(const std::string& agent = "", Instant expires = Instant::max()) {
        const std::string words = "secret" + std::to_string(++tokens_);
        put(keys::enrolment_token(crypto::sha256_hex(words)),
            model::EnrolmentToken{agent, expires, "", accounts_});
        return {words, crypto::sha256_hex(*crypto::certificate_der(authority_.certificate_pem))};
    }
    Result<agent_api::client::Identity> enrol(const agent_api::client::EnrolmentToken& with,
                                              const std::string& name = "host-1") {
        return agent_api::client::enrol({fmt::format("127.0.0.1:{}", fleet_->port()), name, with},
                                        clock_.now());
    }
    agent_api::RecordRequest wanted(const std::string& user = "jane", int days_on = 0) {
        return {"AKIA" + user, "", formats::basic_date(clock_.now() + std::chrono::days(days_on)),
                "us-east-1"};
    }
    // Asks until there is news that holds for this agent, as an agent does.
    agent_api::WatchAnswer news(agent_api::client::ControlPlane& control, agent_api::WatchRequest since) {
        for (;;) {
            const auto answer = control.watch(since);
            EXPECT_TRUE(answer) << answer.error().message;
            if (!answer || answer->everything || !answer->marks.empty())
                return answer ? *answer : agent_api::WatchAnswer();
            since = {answer->epoch, answer->revision};
        }
    }

    SystemClock clock_;
    crypto::SystemRandom random_;
    Log log_{LogLevel::off};
    fs::path directory_;
    Lines lines_;
    std::optional<audit::LoginLog> log_file_;
    std::optional<audit::Audit> audit_;
    std::unique_ptr<store::Store> store_ = store::make_memory();
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    access::Principals principals_{*store_, sealing_};
    crypto::CertifiedKey authority_ = *crypto::make_authority("Test CA", clock_.now(), random_);
    int tokens_ = 0;
    std::vector<std::string> accounts_ = {account};  // of the agents that are enrolled
    std::unique_ptr<Fleet> fleet_;
};

}  // namespace countersign::agent_api::server
