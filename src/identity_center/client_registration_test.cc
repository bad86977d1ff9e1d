#include "identity_center/client_registration.h"

#include <gtest/gtest.h>

namespace countersign::identity_center {
namespace {

class ClientTest : public ::testing::Test {
protected:
    crypto::SystemRandom random;
    crypto::SealingKey sealing{Secret(std::string(32, 'k'))};
    Instant now{std::chrono::seconds(1'800'000'000)};
};

TEST_F(ClientTest, IsWhatItSaidOfItself) {
    const auto made =
        register_client({"a program", {}, {"http://127.0.0.1/cb"}, "", {}}, sealing, random, now);
    EXPECT_EQ(read_client(made.id, sealing, now)->name, "a program");
    EXPECT_TRUE(authenticate_client(made.id, std::string(made.secret.reveal()), sealing, now));
    const auto other = register_client({"a program", {}, {}, "", {}}, sealing, random, now);
    EXPECT_FALSE(authenticate_client(made.id, std::string(other.secret.reveal()), sealing, now));
    EXPECT_FALSE(authenticate_client(made.id, "", sealing, now));
    EXPECT_FALSE(read_client(made.id + 'A', sealing, now));
    EXPECT_FALSE(read_client(std::string(made.secret.reveal()), sealing, now));
    EXPECT_FALSE(read_client(made.id, sealing, now + client_life));
}

TEST_F(ClientTest, IsAnsweredAtALoopbackAddressAlone) {
    for (const char* good : {"http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://[::1]:8/x",
                             "http://localhost:80/", "http://127.0.0.1:65535", "http://127.0.0.1"})
        EXPECT_TRUE(is_loopback_uri(good)) << good;
    for (const char* bad :
         {"", "https://elsewhere.example/", "http://127.0.0.1.elsewhere.example/",
          "http://127.0.0.1@elsewhere.example/", "http://127.0.0.1:80@elsewhere.example/",
          "http://127.0.0.1:99999/", "http://127.0.0.1:/", "http://localhost.elsewhere.example/",
          "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1/#x", "javascript:alert(1)",
          "HTTP://127.0.0.1/"})
        EXPECT_FALSE(is_loopback_uri(bad)) << bad;
}

TEST_F(ClientTest, MayComeBackAtAnyPortOfAnAddressThatItNamed) {
    const RegisteredClient client{"a program", {}, {"http://127.0.0.1/cb"}, "", {}};
    EXPECT_TRUE(may_redirect_to(client, "http://127.0.0.1:4711/cb"));
    EXPECT_FALSE(may_redirect_to(client, "http://127.0.0.1:4711/other"));
    EXPECT_FALSE(may_redirect_to(client, "http://localhost:4711/cb"));
}

}  // namespace
}  // namespace countersign::identity_center
