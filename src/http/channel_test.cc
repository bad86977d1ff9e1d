#include "http/channel.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "crypto/certificates.h"
#include "http/client.h"
#include "http/test_server.h"

namespace countersign::http {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr auto patience = seconds(60);

// A server that asks clients for certificates of one authority, and answers with whom it sees.
class ChannelTest : public testing::Test {
protected:
    ChannelTest() {
        ServerOptions options = loopback_options();
        options.tls = std::make_unique<Tls>(tls());
        server_ = started(
            std::move(options), [](const Request& request) { return seen(request); }, log_);
    }

    Tls tls() {
        auto own = crypto::issue_server(authority_, {"s", {"127.0.0.1"}}, SystemClock().now(), random_);
        return {own->certificate_pem + authority_.certificate_pem, std::move(own->key_pem),
                authority_.certificate_pem};
    }
    static Response seen(const Request& request) {
        const auto name = crypto::client_name_of(request.client_certificate);
        return {200, {}, name ? name->common_name : "nobody"};
    }
    crypto::CertifiedKey authority_named(const std::string& name) {
        return *crypto::make_authority(name, SystemClock().now(), random_);
    }
    Trust trust_of(const crypto::CertifiedKey& issuer, Instant when) {
        crypto::RequestedKey key = crypto::request_certificate();
        auto certificate =
            crypto::issue_client(issuer, {key.request_pem, {"agent", "1"}, hours(24)}, when, random_);
        return {authority_.certificate_pem, *certificate, std::move(key.key_pem)};
    }
    std::string url() const { return fmt::format("https://127.0.0.1:{}", server_->port()); }
    // Whom the server saw, or "refused".
    std::string asked(const Trust& trust) const {
        Channel channel(url(), trust);
        const auto answer = channel.ask({"GET", "/", {}, "", ""}, patience);
        return answer ? answer->body : "refused";
    }

    Log log_{LogLevel::off};
    crypto::SystemRandom random_;
    crypto::CertifiedKey authority_ = authority_named("Test CA");
    std::unique_ptr<Server> server_;
};

TEST_F(ChannelTest, ProvesWhoAsks) {
    EXPECT_EQ(asked(trust_of(authority_, SystemClock().now())), "agent");
    EXPECT_EQ(asked({authority_.certificate_pem, "", Secret()}), "nobody");
}

TEST_F(ChannelTest, CertificatesThatAreNotGoodAreRefusedInTheHandshake) {
    EXPECT_EQ(asked(trust_of(authority_named("Test CA"), SystemClock().now())), "refused");
    EXPECT_EQ(asked(trust_of(authority_, SystemClock().now() - hours(48))), "refused");
    const auto of_server =
        crypto::issue_server(authority_, {"s", {"127.0.0.1"}}, SystemClock().now(), random_);
    EXPECT_EQ(asked({authority_.certificate_pem, of_server->certificate_pem, of_server->key_pem}), "refused");
    Trust others_key = trust_of(authority_, SystemClock().now());
    others_key.key_pem = trust_of(authority_, SystemClock().now()).key_pem;
    EXPECT_EQ(asked(others_key), "refused");
}

TEST_F(ChannelTest, TrustsItsAuthorityAlone) {
    Trust trust = trust_of(authority_, SystemClock().now());
    trust.authority_pem = authority_named("Test CA").certificate_pem;
    EXPECT_EQ(asked(trust), "refused");
}

TEST_F(ChannelTest, KeepsItsConnection) {
    Channel channel(url(), trust_of(authority_, SystemClock().now()));
    ASSERT_TRUE(channel.ask({"GET", "/", {}, "", ""}, patience));
    // A connection that is kept does not see another certificate.
    authority_ = authority_named("Another CA");
    ASSERT_TRUE(server_->renew(tls()));
    EXPECT_TRUE(channel.ask({"POST", "/", {}, std::string(100'000, 'x'), ""}, patience));
}

TEST_F(ChannelTest, NewConnectionsSeeTheRenewedCertificate) {
    const Trust before = trust_of(authority_, SystemClock().now());
    ASSERT_EQ(asked(before), "agent");
    authority_ = authority_named("Another CA");
    ASSERT_TRUE(server_->renew(tls()));
    EXPECT_EQ(asked(before), "refused");
    EXPECT_EQ(asked(trust_of(authority_, SystemClock().now())), "agent");
}

TEST_F(ChannelTest, ShowsItsChainToWhoeverLooks) {
    const std::vector<std::string> chain = presented_chain(url(), patience);
    ASSERT_EQ(chain.size(), 2U);
    EXPECT_TRUE(crypto::expiry_of(chain[1]));
}

TEST_F(ChannelTest, CancelEndsAWait) {
    Door door;
    ServerOptions options = loopback_options();
    options.tls = std::make_unique<Tls>(tls());
    const auto slow = started(
        std::move(options),
        [&](const Request&) {
            door.pass();
            return Response{200, {}, ""};
        },
        log_);
    Channel channel(fmt::format("https://127.0.0.1:{}", slow->port()),
                    trust_of(authority_, SystemClock().now()));
    std::thread waiting([&] { EXPECT_FALSE(channel.ask({"GET", "/", {}, "", ""}, patience)); });
    door.wait_for_arrivals(1);
    channel.cancel();
    waiting.join();
    EXPECT_FALSE(channel.ask({"GET", "/", {}, "", ""}, patience));
    door.open();
}

// Answers given later, from another thread, while more requests wait than there are workers.
TEST(LateAnswers, NeedNoWorkerWhileTheyWait) {
    const Log log(LogLevel::off);
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Answer> waiting;
    auto server = Server::listen_late(
        loopback_options(),
        [&](const Request&, Answer answer) {
            const std::lock_guard lock(mutex);
            waiting.push_back(std::move(answer));
            changed.notify_all();
        },
        log);
    ASSERT_TRUE(server);
    (*server)->start();
    constexpr std::size_t count = 20;
    std::vector<std::thread> clients;
    std::atomic<int> answered = 0;
    for (std::size_t i = 0; i < count; ++i)
        clients.emplace_back([&] {
            const std::string to = fmt::format("http://127.0.0.1:{}", (*server)->port());
            const auto answer = fetch(to, {"GET", "/", {}, "", ""}, patience);
            if (answer && answer->body == "news") ++answered;
        });
    {
        std::unique_lock lock(mutex);
        ASSERT_TRUE(changed.wait_for(lock, patience, [&] { return waiting.size() == count; }));
        for (const Answer& answer : waiting) answer({200, {}, "news"});
        for (const Answer& answer : waiting) answer({500, {}, "twice"});
        waiting.clear();
    }
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(answered, static_cast<int>(count));
}

TEST(LateAnswers, OneThatIsDroppedIsAFailure) {
    const Log log(LogLevel::off);
    auto server = Server::listen_late(
        loopback_options(), [](const Request&, const Answer&) {}, log);
    ASSERT_TRUE(server);
    (*server)->start();
    const auto answer =
        fetch(fmt::format("http://127.0.0.1:{}", (*server)->port()), {"GET", "/", {}, "", ""}, patience);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 500);
}

}  // namespace
}  // namespace countersign::http
