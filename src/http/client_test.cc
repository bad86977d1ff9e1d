#include "http/client.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "crypto/certificates.h"
#include "crypto/thumbprint.h"
#include "http/test_server.h"

namespace countersign::http {
namespace {

constexpr auto patience = std::chrono::seconds(30);

std::string url_of(const Server& server, std::string_view scheme = "http") {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(server.port());
}

const std::string* header_of(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (lower(key) == name) return &value;
    return nullptr;
}

class ClientTest : public testing::Test {
protected:
    Log log{LogLevel::off};
};

TEST_F(ClientTest, SendsTheRequestAsItIs) {
    const auto server = started(loopback_options(), echo, log);
    const Request request{"POST", "/a/../b%2f?x=%20", {{"Host", "db.example"}, {"X-Empty", ""}}, "a=b", ""};
    const auto answer = fetch(url_of(*server) + "/", request, patience);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "POST /a/../b%2f?x=%20\nHost=db.example\nX-Empty=\nContent-Length=3\n\na=b");
    ASSERT_TRUE(header_of(*answer, "x-peer"));
    EXPECT_EQ(*header_of(*answer, "x-peer"), "127.0.0.1");
}

TEST_F(ClientTest, SendsEveryMethod) {
    const auto server = started(loopback_options(), echo, log);
    for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
        const auto answer = fetch(url_of(*server), {method, "/", {}, {}, {}}, patience);
        ASSERT_TRUE(answer) << method << answer.error().message;
        EXPECT_TRUE(answer->body.starts_with(std::string(method) + " /\n")) << answer->body;
    }
    const auto head = fetch(url_of(*server), {"HEAD", "/", {}, {}, {}}, patience);
    ASSERT_TRUE(head) << head.error().message;
    EXPECT_EQ(head->body, "");
    EXPECT_TRUE(header_of(*head, "content-length"));
}

TEST_F(ClientTest, SendsALargeBody) {
    const auto size = [](const Request& request) {
        return Response{200, {}, std::to_string(request.body.size())};
    };
    const auto server = started(loopback_options(), size, log);
    const Request request{"PUT", "/", {}, std::string(limits::body_bytes_max, 'x'), {}};
    const auto answer = fetch(url_of(*server), request, patience);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, std::to_string(limits::body_bytes_max));
}

TEST_F(ClientTest, HandsOverErrorsAndRedirectsAsTheyAre) {
    const auto redirect = [](const Request&) { return Response{302, {{"Location", "/other"}}, "moved"}; };
    const auto server = started(loopback_options(), redirect, log);
    const auto answer = fetch(url_of(*server), {"GET", "/", {}, {}, {}}, patience);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(answer->body, "moved");
}

TEST_F(ClientTest, RefusesWhatCannotBeSent) {
    const std::string url = "http://127.0.0.1:1";
    const std::vector<Request> requests{{"", "/", {}, {}, {}},
                                        {"GET", "", {}, {}, {}},
                                        {"GET", "/\r\nX: y", {}, {}, {}},
                                        {"GET /x", "/", {}, {}, {}},
                                        {"GET", "/", {{"X", "a\r\nY: b"}}, {}, {}},
                                        {"GET", "/", {{"", "a"}}, {}, {}}};
    for (const Request& request : requests) {
        const auto answer = fetch(url, request, patience);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().fault, Fault::invalid) << answer.error().message;
    }
    const auto answer = fetch("file:///etc", {"GET", "/passwd", {}, {}, {}}, patience);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().fault, Fault::invalid) << answer.error().message;
}

TEST_F(ClientTest, SaysThatNobodyListens) {
    const auto server = started(loopback_options(), echo, log);
    server->stop();
    const auto answer = fetch(url_of(*server), {"GET", "/", {}, {}, {}}, patience);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().fault, Fault::unavailable);
    EXPECT_TRUE(answer.error().message.starts_with("no answer from " + url_of(*server)))
        << answer.error().message;
}

TEST_F(ClientTest, GivesUpAtTheDeadline) {
    Door door;
    const auto handler = [&door](const Request&) {
        door.pass();
        return Response{200, {}, {}};
    };
    const auto server = started(loopback_options(), handler, log);
    const auto answer = fetch(url_of(*server), {"GET", "/", {}, {}, {}}, std::chrono::milliseconds(50));
    door.open();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, url_of(*server) + " did not answer in time");
    EXPECT_FALSE(fetch(url_of(*server), {"GET", "/", {}, {}, {}}, std::chrono::milliseconds(0)));
}

TEST_F(ClientTest, RefusesAnAnswerThatIsTooLarge) {
    const auto large = [](const Request&) { return Response{200, {}, std::string(answer_bytes_max, 'x')}; };
    const auto server = started(loopback_options(), large, log);
    const auto answer = fetch(url_of(*server), {"GET", "/", {}, {}, {}}, patience);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, "the answer of " + url_of(*server) + " is too large");
}

class TlsTest : public ClientTest {
protected:
    void SetUp() override {
        const Instant now = SystemClock().now();
        auto authority = crypto::make_authority("Test CA", now, random);
        ASSERT_TRUE(authority) << authority.error().message;
        auto issued = crypto::issue_server(*authority, {"localhost", {"127.0.0.1"}}, now, random);
        ASSERT_TRUE(issued) << issued.error().message;
        server_key = *std::move(issued);
        authority_pem = authority->certificate_pem;
        std::string directory = (std::filesystem::temp_directory_path() / "countersign-http-XXXXXX").string();
        ASSERT_TRUE(mkdtemp(directory.data()));
        folder = directory;
        std::ofstream(bundle()) << authority_pem;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::string bundle() const { return folder / "ca.pem"; }

    ServerOptions tls_options(ServerLimits server_limits = {}) const {
        ServerOptions options = loopback_options(server_limits);
        options.tls =
            std::make_unique<Tls>(Tls{server_key.certificate_pem + authority_pem, server_key.key_pem});
        return options;
    }

    crypto::SystemRandom random;
    crypto::CertifiedKey server_key;
    std::string authority_pem;
    std::filesystem::path folder;
};

TEST_F(TlsTest, AnswersClientsThatTrustTheAuthority) {
    const auto server = started(tls_options(), echo, log);
    const std::string body(300'000, 'x');
    for (int i = 0; i < 3; ++i) {
        const auto answer = fetch(url_of(*server, "https"), {"POST", "/", {}, body, {}}, patience, bundle());
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_TRUE(answer->body.ends_with("\n\n" + body));
    }
}

TEST_F(TlsTest, IsNotTrustedWithoutTheAuthorityOrUnderAnotherName) {
    const auto server = started(tls_options(), echo, log);
    const Request request{"GET", "/", {}, {}, {}};
    const auto untrusted = fetch(url_of(*server, "https"), request, patience);
    ASSERT_FALSE(untrusted);
    EXPECT_TRUE(untrusted.error().message.find("is not trusted: ") != std::string::npos)
        << untrusted.error().message;
    const std::string other = "https://localhost:" + std::to_string(server->port());
    const auto misnamed = fetch(other, request, patience, bundle());
    ASSERT_FALSE(misnamed);
    EXPECT_EQ(misnamed.error().fault, Fault::unauthenticated) << misnamed.error().message;
    EXPECT_FALSE(fetch(url_of(*server, "http"), request, patience));
}

// The document of a server whose authority the machine does not know.
TEST_F(TlsTest, PublishedDocumentsNeedTrust) {
    const auto server = started(tls_options(), echo, log);
    const std::string url = url_of(*server, "https") + "/keys?x=1";
    const auto known = fetch_published({url, {}, bundle()}, patience);
    ASSERT_TRUE(known) << known.error().message;
    EXPECT_TRUE(known->starts_with("GET /keys?x=1\n")) << *known;
    const auto unknown = fetch_published({url, {}}, patience);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().fault, Fault::unauthenticated);
    EXPECT_TRUE(unknown.error().message.find("is not trusted: ") != std::string::npos);
}

TEST_F(TlsTest, AThumbprintOfTheChainIsAnAnchor) {
    const auto server = started(tls_options(), echo, log);
    const std::string url = url_of(*server, "https") + "/";
    const auto authority = crypto::certificate_thumbprint(authority_pem);
    const auto leaf = crypto::certificate_thumbprint(server_key.certificate_pem);
    ASSERT_TRUE(authority && leaf);
    std::string shouted = *authority;
    for (char& c : shouted) c = static_cast<char>(std::toupper(c));
    const std::string other(40, '0');
    for (const std::vector<std::string>& named : {std::vector{*authority}, std::vector{*leaf},
                                                  std::vector{shouted}, std::vector{other, *authority}}) {
        const auto answer = fetch_published({url, named}, patience);
        EXPECT_TRUE(answer) << answer.error().message;
    }
    for (const std::vector<std::string>& named :
         {std::vector{other}, std::vector<std::string>{""}, std::vector{authority->substr(1)}})
        EXPECT_FALSE(fetch_published({url, named}, patience));
    // The name is checked all the same: the certificate is for 127.0.0.1.
    const std::string misnamed = "https://localhost:" + std::to_string(server->port()) + "/";
    EXPECT_FALSE(fetch_published({misnamed, {*authority}}, patience));
    EXPECT_FALSE(fetch_published({misnamed, {*leaf}}, patience));
}

// A certificate of the right name that the named authority has not issued, sent together with that
// authority's: everybody can send it.
TEST_F(TlsTest, AnAnchorMustHaveIssuedTheServersCertificate) {
    const Instant now = SystemClock().now();
    const auto forger = crypto::make_authority("Test CA", now, random);
    ASSERT_TRUE(forger);
    const auto forged = crypto::issue_server(*forger, {"localhost", {"127.0.0.1"}}, now, random);
    ASSERT_TRUE(forged);
    ServerOptions options = loopback_options();
    options.tls = std::make_unique<Tls>(Tls{forged->certificate_pem + authority_pem, forged->key_pem});
    const auto server = started(std::move(options), echo, log);
    const auto thumbprint = crypto::certificate_thumbprint(authority_pem);
    ASSERT_TRUE(thumbprint);
    const auto answer = fetch_published({url_of(*server, "https") + "/", {*thumbprint}}, patience);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().fault, Fault::unauthenticated);
}

TEST_F(TlsTest, PublishedDocumentsAreBoundedAndPlain) {
    const auto handler = [](const Request& request) {
        if (request.path() == "/large") return Response{200, {}, std::string(published_bytes_max, 'x')};
        if (request.path() == "/moved") return Response{302, {{"Location", "/"}}, "moved"};
        return Response{request.path() == "/" ? 200 : 404, {}, "found"};
    };
    const auto server = started(tls_options(), handler, log);
    const auto answer = [&](const std::string& path, std::string_view scheme = "https") {
        return fetch_published({url_of(*server, scheme) + path, {}, bundle()}, patience);
    };
    EXPECT_TRUE(answer("/"));
    for (const char* path : {"/large", "/moved", "/none"}) {
        const auto refused = answer(path);
        ASSERT_FALSE(refused) << path;
        EXPECT_EQ(refused.error().fault, Fault::unavailable);
    }
    const auto plain = answer("/", "http");
    ASSERT_FALSE(plain);
    EXPECT_EQ(plain.error().fault, Fault::invalid);
    EXPECT_FALSE(fetch_published({"file:///etc/passwd", {}}, patience));
    EXPECT_FALSE(fetch_published({"https://127.0.0.1:1/\r\nX: y", {}}, patience));
}

TEST_F(TlsTest, RefusesConnectionsBeyondTheLimit) {
    ServerLimits none;
    none.connections = 0;
    const auto server = started(tls_options(none), echo, log);
    const auto answer = fetch(url_of(*server, "https"), {"GET", "/", {}, {}, {}}, patience, bundle());
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 503);
}

TEST_F(TlsTest, RefusesAKeyThatIsNotTheCertificates) {
    const Instant now = SystemClock().now();
    auto authority = crypto::make_authority("Other CA", now, random);
    ASSERT_TRUE(authority);
    for (const Secret& key : {authority->key_pem, Secret("no key"), Secret()}) {
        ServerOptions options = tls_options();
        options.tls->key_pem = key;
        const auto server = Server::listen(std::move(options), echo, log);
        ASSERT_FALSE(server);
        EXPECT_EQ(server.error().fault, Fault::invalid);
    }
    ServerOptions options = tls_options();
    options.tls->certificate_chain_pem = "no certificate";
    EXPECT_FALSE(Server::listen(std::move(options), echo, log));
}

}  // namespace
}  // namespace countersign::http
