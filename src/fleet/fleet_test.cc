// The whole way between agents and their control plane: a real listener, real certificates, real clients.
#include "fleet/fleet.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "agent/login_log.h"
#include "agent/remote_control.h"
#include "agent/remote_records.h"
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
#include "store/memory.h"
#include "store/records.h"

namespace countersign::fleet {
namespace {

namespace fs = std::filesystem;
namespace keys = model::keys;
namespace remote = agent::remote;

const std::string account = "123456789012";
const std::string secret = "the-secret-access-key-of-jane";
const std::string allow =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}})";

class Lines : public agent::LoginListener {
public:
    void heard(const agent::LoginEntry& entry) override { all.push_back(entry); }
    std::vector<agent::LoginEntry> all;
};

class FleetTest : public testing::Test {
protected:
    void SetUp() override {
        std::string made = (fs::temp_directory_path() / "countersign-fleet-XXXXXX").string();
        ASSERT_TRUE(mkdtemp(made.data()));
        directory_ = made;
        log_file_.emplace(*agent::LoginLog::open(directory_ / "login.log"));
        audit_.emplace(*log_file_, std::vector<agent::LoginListener*>{&lines_});
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
    void attach(const std::string& name, const std::string& agent) {
        model::DBInstance instance;
        instance.id = name;
        instance.account = account;
        instance.region = "us-east-1";
        instance.resource_id = "db-" + name;
        instance.status = "available";
        model::Server& server = instance.server.emplace();
        server.resource_id = instance.resource_id;
        server.host = "localhost";
        server.port = 5432;
        server.iam_enabled = true;
        server.created = true;
        server.attached = model::Attached{};
        server.attached->agent = agent;
        server.attached->data_directory = "/data/" + name;
        put(keys::instance(account, "us-east-1", name), instance);
    }
    remote::EnrolmentToken token(const std::string& agent = "", Instant expires = Instant::max()) {
        const std::string words = "secret" + std::to_string(++tokens_);
        put(keys::enrolment_token(crypto::sha256_hex(words)), model::EnrolmentToken{agent, expires, ""});
        return {words, crypto::sha256_hex(*crypto::certificate_der(authority_.certificate_pem))};
    }
    Result<remote::Identity> enrol(const remote::EnrolmentToken& with, const std::string& name = "host-1") {
        return remote::enrol({fmt::format("127.0.0.1:{}", fleet_->port()), name, with}, clock_.now());
    }
    remote::RecordRequest wanted(const std::string& user = "jane", int days_on = 0) {
        return {"AKIA" + user, "", formats::basic_date(clock_.now() + std::chrono::days(days_on)),
                "us-east-1"};
    }
    // Asks until there is news that holds for this agent, as an agent does.
    remote::WatchAnswer news(remote::ControlPlane& control, remote::WatchRequest since) {
        for (;;) {
            const auto answer = control.watch(since);
            EXPECT_TRUE(answer) << answer.error().message;
            if (!answer || answer->everything || !answer->marks.empty())
                return answer ? *answer : remote::WatchAnswer();
            since = {answer->epoch, answer->revision};
        }
    }

    SystemClock clock_;
    crypto::SystemRandom random_;
    Log log_{LogLevel::off};
    fs::path directory_;
    Lines lines_;
    std::optional<agent::LoginLog> log_file_;
    std::optional<agent::Audit> audit_;
    std::unique_ptr<store::Store> store_ = store::make_memory();
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    access::Principals principals_{*store_, sealing_};
    crypto::CertifiedKey authority_ = *crypto::make_authority("Test CA", clock_.now(), random_);
    int tokens_ = 0;
    std::unique_ptr<Fleet> fleet_;
};

TEST_F(FleetTest, ATokenEnrolsOnce) {
    const remote::EnrolmentToken once = token();
    const auto first = enrol(once);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->name, "host-1");
    EXPECT_GT(first->until, clock_.now() + std::chrono::hours(23));
    const auto second = enrol(once, "host-2");
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find("agent-token"), std::string::npos);
    EXPECT_FALSE(enrol(token("", clock_.now() - std::chrono::seconds(1)), "host-2"));
    EXPECT_FALSE(enrol({"guess", once.authority_digest}, "host-2"));
    EXPECT_FALSE(enrol(token(), "Not A Name"));
}

TEST_F(FleetTest, AnAgentEnrolsOnlyWithTheControlPlaneOfItsToken) {
    remote::EnrolmentToken foreign = token();
    foreign.authority_digest = std::string(64, '0');
    const auto refused = enrol(foreign);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::unauthenticated);
    foreign.authority_digest = token().authority_digest;
    EXPECT_TRUE(enrol(foreign));  // the secret was told to nobody
}

TEST_F(FleetTest, ANameIsTakenOverOnlyByATokenForIt) {
    const auto first = enrol(token());
    ASSERT_TRUE(first);
    EXPECT_FALSE(enrol(token()));
    const auto second = enrol(token("host-1"), "ignored");
    ASSERT_TRUE(second);
    EXPECT_EQ(second->name, "host-1");
    remote::ControlPlane before(*first);
    remote::ControlPlane now(*second);
    EXPECT_EQ(before.servers().error().fault, Fault::unauthenticated);
    EXPECT_TRUE(now.servers());
}

TEST_F(FleetTest, GivesTheDerivedKeyAndNothingElse) {
    remote::ControlPlane control(*enrol(token()));
    const auto answer = control.record(wanted());
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_TRUE(answer->record);
    const sigv4::Scope scope{wanted().date, "us-east-1", "rds-db"};
    const Secret derived = sigv4::derive_key(Secret(secret), scope);
    const auto record = login::record_of(*answer->record,
                                         [](const std::string& text) { return policy::parse_lenient(text); });
    ASSERT_TRUE(record);
    EXPECT_TRUE(record->active);
    EXPECT_EQ(record->signing_key.reveal(), derived.reveal());
    EXPECT_EQ(record->principal->arn, "arn:aws:iam::123456789012:user/jane");
    EXPECT_EQ(formats::to_record(*answer).find(secret), std::string::npos);
    EXPECT_FALSE(answer->marks.empty());
}

TEST_F(FleetTest, GivesNothingOfOtherDaysRegionsAccountsAndAgents) {
    put_user("eve", "999999999999");
    remote::ControlPlane control(*enrol(token()));
    EXPECT_TRUE(control.record(wanted("jane", -1)));
    EXPECT_TRUE(control.record(wanted("jane", 1)));
    EXPECT_EQ(control.record(wanted("jane", -2)).error().fault, Fault::denied);
    EXPECT_EQ(control.record(wanted("jane", 2)).error().fault, Fault::denied);
    EXPECT_EQ(control.record(wanted("eve")).error().fault, Fault::denied);
    remote::RecordRequest elsewhere = wanted();
    elsewhere.region = "eu-west-1";
    EXPECT_EQ(control.record(elsewhere).error().fault, Fault::denied);
    remote::ControlPlane other(*enrol(token(), "host-2"));
    EXPECT_EQ(other.record(wanted()).error().fault, Fault::denied);
    EXPECT_TRUE(other.servers()->servers.empty());
    ASSERT_EQ(control.servers()->servers.size(), 1U);
    EXPECT_EQ(control.servers()->servers[0].identifier, "db1");
}

TEST_F(FleetTest, AnUnknownKeyIsToldWithWhatWouldMakeItKnown) {
    remote::ControlPlane control(*enrol(token()));
    const auto answer = control.record(wanted("nobody"));
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->record);
    const auto begun = control.watch({});
    ASSERT_TRUE(begun);
    put_user("nobody", account);
    const remote::WatchAnswer heard = news(control, {begun->epoch, begun->revision});
    EXPECT_NE(std::ranges::find(heard.marks, answer->marks.at(0)), heard.marks.end());
}

TEST_F(FleetTest, TheWatchTellsWhatChangedAndOnlyThat) {
    put_user("bob", account);
    remote::ControlPlane control(*enrol(token()));
    const auto begun = control.watch({});
    ASSERT_TRUE(begun);
    EXPECT_TRUE(begun->everything);
    const auto jane = control.record(wanted("jane"));
    const auto bob = control.record(wanted("bob"));
    ASSERT_TRUE(jane && bob);
    ASSERT_TRUE(store_->commit({{}, {store::erase(keys::access_key("AKIAjane"))}}));
    const remote::WatchAnswer heard = news(control, {begun->epoch, begun->revision});
    EXPECT_FALSE(heard.everything);
    const auto touches = [&](const std::vector<remote::Mark>& marks) {
        return std::ranges::any_of(marks, [&](remote::Mark mark) {
            return std::ranges::find(heard.marks, mark) != heard.marks.end();
        });
    };
    EXPECT_TRUE(touches(jane->marks));
    EXPECT_FALSE(touches(bob->marks));
    EXPECT_FALSE(control.record(wanted("jane"))->record);
}

TEST_F(FleetTest, TheWatchTellsOfAnAgentsServers) {
    remote::ControlPlane control(*enrol(token()));
    const auto begun = control.watch({});
    const auto servers = control.servers();
    ASSERT_TRUE(begun && servers);
    attach("db2", "host-1");
    const remote::WatchAnswer heard = news(control, {begun->epoch, begun->revision});
    EXPECT_NE(std::ranges::find(heard.marks, servers->marks.at(0)), heard.marks.end());
    EXPECT_EQ(control.servers()->servers.size(), 2U);
}

TEST_F(FleetTest, ARemovedAgentIsRefusedWhileItWaits) {
    remote::ControlPlane control(*enrol(token()));
    auto at = control.watch({});
    ASSERT_TRUE(at);
    std::thread removing([this] {
        ASSERT_TRUE(store_->commit({{}, {store::erase(keys::fleet_agent("host-1"))}}));
    });
    while (at) at = control.watch({at->epoch, at->revision});
    removing.join();
    EXPECT_EQ(at.error().fault, Fault::unauthenticated);
    EXPECT_EQ(control.record(wanted()).error().fault, Fault::unauthenticated);
}

TEST_F(FleetTest, EveryPathButEnrolmentNeedsACertificate) {
    const auto enrolled = enrol(token());
    http::Channel stranger(fmt::format("https://127.0.0.1:{}", fleet_->port()),
                           {authority_.certificate_pem, "", Secret()});
    for (const char* path :
         {"/v1/record", "/v1/watch", "/v1/servers", "/v1/logins", "/v1/renew", "/", "/v2/x"}) {
        const auto answer = stranger.ask({"POST", path, {}, "{}", ""}, std::chrono::seconds(60));
        ASSERT_TRUE(answer) << path;
        EXPECT_EQ(answer->status, 401) << path;
    }
}

TEST_F(FleetTest, ACertificateIsRenewedAndThenTheOnlyOne) {
    remote::ControlPlane control(*enrol(token()));
    const Instant until = control.identity().until;
    const auto renewed = control.renew(clock_.now() + std::chrono::hours(8));
    ASSERT_TRUE(renewed) << renewed.error().message;
    EXPECT_GE(renewed->until, until);
    EXPECT_TRUE(control.servers());
}

TEST_F(FleetTest, ACertificateThatEndsWhileItsConnectionLivesIsRefused) {
    fleet_.reset();
    begin(std::chrono::seconds(0));
    remote::ControlPlane control(*enrol(token()));
    EXPECT_FALSE(control.servers());
    EXPECT_FALSE(control.record(wanted()));
}

TEST_F(FleetTest, LoginsArriveOnceAndUnderTheAgentsName) {
    remote::ControlPlane control(*enrol(token()));
    agent::LoginEntry entry;
    entry.login_id = "L1";
    entry.decision = "allowed";
    entry.resource_id = "db-db1";
    entry.agent = "somebody-else";
    entry.account = "999999999999";
    agent::LoginEntry foreign = entry;
    foreign.resource_id = "db-of-another";
    agent::LoginEntry ended = entry;
    ended.decision = "ended";
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(control.deliver({{entry, foreign, ended}}));
    fleet_.reset();
    begin();
    remote::ControlPlane again(*enrol(token("host-1")));
    ASSERT_TRUE(again.deliver({{entry, foreign, ended}})) << "sent once more, to one that has just started";
    ASSERT_EQ(lines_.all.size(), 2U);
    EXPECT_EQ(lines_.all[0].agent, "host-1");
    EXPECT_EQ(lines_.all[0].account, account);
    EXPECT_EQ(lines_.all[0].database, "db1");
    EXPECT_EQ(lines_.all[1].decision, "ended");
}

}  // namespace
}  // namespace countersign::fleet
