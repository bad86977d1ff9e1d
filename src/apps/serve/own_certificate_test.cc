#include "apps/serve/own_certificate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/files.h"
#include "http/client.h"
#include "http/test_server.h"

namespace countersign::apps {
namespace {

class ChosenClock : public Clock {
public:
    Instant now() const override { return time; }
    Instant time = SystemClock().now();
};

class OwnCertificateTest : public ::testing::Test {
protected:
    OwnCertificateTest() {
        auto made = crypto::make_authority("Countersign CA of account 624234396444", clock_.now(), random_);
        EXPECT_TRUE(made);
        authority_ = *std::move(made);
        bundle_ = ::testing::TempDir() + fmt::format("authority-{}.pem", ::getpid());
        EXPECT_TRUE(replace_file(bundle_, authority_.certificate_pem, Durability::none));
    }
    ~OwnCertificateTest() override { ::unlink(bundle_.c_str()); }

    std::unique_ptr<http::Server> listening(http::Tls tls) {
        http::ServerOptions options = http::loopback_options();
        options.tls = std::make_unique<http::Tls>(std::move(tls));
        return http::started(std::move(options), http::echo, log_);
    }
    // Whether a client that trusts the authority alone is answered at that host.
    bool answers(const http::Server& server, const std::string& host) const {
        const std::string url = fmt::format("https://{}:{}", host, server.port());
        const http::Request request{"GET", "/", {{"Host", "localhost"}}, "", ""};
        return bool(http::fetch(url, request, std::chrono::seconds(30), bundle_, http::Proxy::none));
    }

    Log log_{LogLevel::error};
    crypto::SystemRandom random_;
    ChosenClock clock_;
    crypto::CertifiedKey authority_;
    std::string bundle_;
};

TEST_F(OwnCertificateTest, ClientsOfTheAuthorityTrustTheNamesThatItHas) {
    OwnCertificate named({authority_, clock_, random_, log_}, {"127.0.0.3"});
    auto tls = named.issue();
    ASSERT_TRUE(tls) << tls.error().message;
    const auto server = listening(*std::move(tls));
    EXPECT_TRUE(answers(*server, "localhost"));
    EXPECT_TRUE(answers(*server, "127.0.0.1"));
    EXPECT_FALSE(answers(*server, "127.0.0.2"));
    server->stop();
}

TEST_F(OwnCertificateTest, ItIsRenewedAMonthBeforeItEnds) {
    OwnCertificate own({authority_, clock_, random_, log_}, {});
    auto tls = own.issue();
    ASSERT_TRUE(tls) << tls.error().message;
    const auto server = listening(*std::move(tls));
    own.keep_fresh({server.get(), nullptr});
    const std::string url = fmt::format("https://127.0.0.1:{}", server->port());
    const auto shown = [&] { return http::presented_chain(url, std::chrono::seconds(30)).at(0); };
    const std::string first = shown();
    clock_.time += std::chrono::hours(24 * 300);
    ASSERT_TRUE(own.renew_if_due());
    EXPECT_EQ(shown(), first);
    clock_.time += std::chrono::hours(24 * 40);
    ASSERT_TRUE(own.renew_if_due());
    EXPECT_NE(shown(), first);
    EXPECT_GT(*crypto::expiry_of(shown()), clock_.now() + std::chrono::hours(24 * 300));
    own.stop();
    server->stop();
}

TEST_F(OwnCertificateTest, WithoutNamesThereIsNone) {
    cli::ServeOptions options;
    std::unique_ptr<http::Tls> tls;
    const auto none = OwnCertificate::begin({authority_, clock_, random_, log_}, options, tls);
    ASSERT_TRUE(none);
    EXPECT_EQ(*none, nullptr);
    EXPECT_EQ(tls, nullptr);
    options.tls_names = {"db.example.org"};
    const auto some = OwnCertificate::begin({authority_, clock_, random_, log_}, options, tls);
    ASSERT_TRUE(some && *some);
    EXPECT_NE(tls, nullptr);
}

}  // namespace
}  // namespace countersign::apps
