#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace countersign::crypto {
namespace {

std::string hex_of(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        char pair[3];
        std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        text += pair;
    }
    return text;
}

// FIPS 180-4's examples.
TEST(Digest, Sha256) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hex_of(sha256("abc")), sha256_hex("abc"));
}

struct HmacCase {
    std::string key;
    std::string message;
    const char* mac;
};

// RFC 4231, cases 1, 2, 3 and 6; the empty key and message by Python's hmac.
TEST(Digest, HmacSha256) {
    const HmacCase cases[] = {
        {std::string(20, '\x0b'), "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(20, '\xaa'), std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (const HmacCase& one : cases)
        EXPECT_EQ(hex_of(hmac_sha256(Secret(one.key), one.message).reveal()), one.mac);
}

TEST(Digest, ManyThreadsAgree) {
    const std::string expected(hmac_sha256(Secret("key"), "message").reveal());
    std::vector<int> wrong(4, 0);
    {
        std::vector<std::jthread> threads;
        threads.reserve(wrong.size());
        for (int& count : wrong)
            threads.emplace_back([&count, &expected] {
                for (int i = 0; i < 2000; ++i)
                    count += hmac_sha256(Secret("key"), "message").reveal() != expected ||
                             sha256_hex("abc").substr(0, 8) != "ba7816bf";
            });
    }
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Digest, SameSecretComparesAllBytes) {
    EXPECT_TRUE(same_secret("", ""));
    EXPECT_TRUE(same_secret("abc", "abc"));
    EXPECT_TRUE(same_secret(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
    EXPECT_FALSE(same_secret(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
    EXPECT_FALSE(same_secret("abc", "abd"));
    EXPECT_FALSE(same_secret("abc", "bbc"));
    EXPECT_FALSE(same_secret("abc", "ab"));
    EXPECT_FALSE(same_secret("", "a"));
}

}  // namespace
}  // namespace countersign::crypto
