#include "proxy/startup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace countersign::proxy {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string number(std::uint32_t value) {
    std::string bytes;
    for (unsigned shift = 32; shift > 0; shift -= 8)
        bytes += static_cast<char>(value >> (shift - 8U) & 0xFFU);
    return bytes;
}

std::string message(std::uint32_t code, const std::string& rest) {
    return number(static_cast<std::uint32_t>(8 + rest.size())) + number(code) + rest;
}

std::string session(const std::string& parameters) {
    return message(3U << 16U, parameters);
}

TEST(ParseStartup, ReadsASession) {
    const auto startup = parse_startup(session("user\0jane\0database\0orders\0options\0\0\0"s));
    ASSERT_TRUE(startup);
    EXPECT_EQ(startup->kind, StartupKind::session);
    EXPECT_THAT(startup->parameters,
                ElementsAre(Pair("user", "jane"), Pair("database", "orders"), Pair("options", "")));
    EXPECT_TRUE(parse_startup(message((3U << 16U) + 2, "user\0jane\0\0"s)));
    EXPECT_TRUE(parse_startup(session("\0"s)));
}

TEST(ParseStartup, ReadsRequests) {
    EXPECT_EQ(parse_startup(message(80877103, ""))->kind, StartupKind::encryption);
    EXPECT_EQ(parse_startup(message(80877104, ""))->kind, StartupKind::encryption);
    const auto cancel = parse_startup(message(80877102, number(17) + number(4711)));
    ASSERT_TRUE(cancel);
    EXPECT_EQ(cancel->kind, StartupKind::cancel);
    EXPECT_EQ(cancel->cancel_key, number(17) + number(4711));
    EXPECT_EQ(parse_startup(message(80877102, number(17) + std::string(256, 'k')))->cancel_key.size(), 260U);
}

TEST(ParseStartup, RefusesWhatPostgresqlWould) {
    for (const std::string& wrong :
         {""s, "abc"s, number(7) + "abc", number(8), number(9) + number(80877103), message(80877103, "x"),
          message(80877102, number(17)), message(80877102, std::string(261, 'k')),
          message(2U << 16U, "user\0a\0\0"s), message(80877105, ""), session(""), session("user"),
          session("user\0jane"s), session("user\0jane\0"s), session("\0user\0jane\0\0"s),
          session("user\0jane\0\0x"s), session("a")})
        EXPECT_FALSE(parse_startup(wrong)) << testing::PrintToString(wrong);
}

TEST(StartupLength, IsBounded) {
    EXPECT_EQ(*startup_length(number(8)), 8U);
    EXPECT_EQ(*startup_length(number(limits::startup_bytes_max)), limits::startup_bytes_max);
    EXPECT_FALSE(startup_length(number(limits::startup_bytes_max + 1)));
    EXPECT_FALSE(startup_length(number(0xFFFFFFFF)));
    EXPECT_FALSE(startup_length("\x16\x03\x01\x02"));  // a TLS handshake
}

TEST(UserRefusal, IsThereForAllButItsOwn) {
    const auto refusal = [](const std::string& parameters) {
        return user_refusal(*parse_startup(session(parameters)), "jane");
    };
    EXPECT_FALSE(refusal("user\0jane\0\0"s));
    EXPECT_FALSE(refusal("database\0bob\0user\0jane\0\0"s));
    EXPECT_EQ(refusal("user\0bob\0\0"s)->sqlstate, "28000");
    EXPECT_THAT(refusal("user\0bob\0\0"s)->message, HasSubstr("\"jane\" alone, not for \"bob\""));
    EXPECT_EQ(refusal("database\0jane\0\0"s)->sqlstate, "28000");
    EXPECT_EQ(refusal("user\0\0\0"s)->sqlstate, "28000");
    EXPECT_TRUE(refusal("user\0jane\0user\0bob\0\0"s));
    EXPECT_TRUE(refusal("user\0JANE\0\0"s));
}

TEST(ErrorResponse, HasItsFields) {
    EXPECT_EQ(error_response({"28000", "no", ""}), "E\0\0\0\x1ESFATAL\0VFATAL\0C28000\0Mno\0\0"s);
}

TEST(ServerMessages, TakesThemOffAStream) {
    ServerMessages messages;
    messages.add("R\0\0"s);
    EXPECT_FALSE(messages.next()->has_value());
    messages.add("\0\x08\0\0\0\x03Zrest"s);
    const auto first = messages.next();
    ASSERT_TRUE(first && *first);
    EXPECT_EQ((*first)->kind, 'R');
    EXPECT_EQ(authentication_asked(**first), authentication_cleartext);
    EXPECT_EQ(messages.take_rest(), "Zrest");
    messages.add("E\0\0\0\x03"s);
    EXPECT_FALSE(messages.next());
}

TEST(ServerMessages, BoundsTheirLength) {
    ServerMessages messages;
    messages.add("E" + number(limits::startup_answer_bytes_max + 1));
    EXPECT_FALSE(messages.next());
    EXPECT_FALSE(authentication_asked({'R', "R\0\0\0\x06\0\0"s}));
}

TEST(PasswordMessage, EndsWithANul) {
    EXPECT_EQ(password_message("tok"), "p\0\0\0\x08tok\0"s);
    EXPECT_EQ(tls_request(), "\0\0\0\x08\x04\xd2\x16\x2f"s);
}

}  // namespace
}  // namespace countersign::proxy
