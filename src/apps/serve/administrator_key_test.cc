#include "apps/serve/administrator_key.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace countersign::apps {
namespace {

using ::testing::HasSubstr;

constexpr const char* id = "AKIAQ7ZKX3M5T2WJ4HBN";
constexpr const char* secret = "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";

Result<sigv4::Credentials> parse(std::string_view key_id, std::string_view key_secret) {
    return parse_administrator_key(
        fmt::format("[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n", key_id, key_secret));
}

TEST(AdministratorKey, OneOfAwssShapeIsTaken) {
    const auto key = parse(id, secret);
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->access_key_id, id);
    EXPECT_EQ(key->secret_access_key.reveal(), secret);
}

TEST(AdministratorKey, WhatEverybodyKnowsIsRefused) {
    for (const auto& [known_id, known_secret] :
         {std::pair("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
          std::pair(id, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
          std::pair("AKIAIOSFODNN7EXAMPLE", secret),
          std::pair(id, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
          std::pair(id, "passwordpasswordpasswordpasswordpassword")}) {
        const auto key = parse(known_id, known_secret);
        ASSERT_FALSE(key) << known_id << ' ' << known_secret;
        EXPECT_EQ(key.error().message.find(known_secret), std::string::npos);
    }
}

TEST(AdministratorKey, AnotherShapeIsRefused) {
    for (const auto& [wrong_id, wrong_secret] :
         {std::pair("test", "test"), std::pair("", ""), std::pair("ASIAQ7ZKX3M5T2WJ4HBN", secret),
          std::pair("AKIAQ7ZKX3M5T2WJ4HB1", secret), std::pair(id, "q8Zr0wXv"), std::pair(id, "")})
        EXPECT_FALSE(parse(wrong_id, wrong_secret)) << wrong_id;
    EXPECT_THAT(parse(id, "q8Zr0wXv").error().message, ::testing::Not(HasSubstr("q8Zr0wXv")));
}

}  // namespace
}  // namespace countersign::apps
