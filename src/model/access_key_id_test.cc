#include "model/access_key_id.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace countersign::model {

// A published id and its account: the form is AWS's own.
TEST(AccessKeyId, ReadsThatOfAws) {
    EXPECT_EQ(account_of_key_id("ASIAQNZGKIQY56JQ7WML"), "029608264753");
}

TEST(AccessKeyId, TellsItsAccount) {
    crypto::SystemRandom random;
    for (const char* account : {"000000000000", "000000000001", "123456789012", "999999999999"}) {
        const std::string id = new_session_key_id(account, random);
        EXPECT_EQ(id.size(), 20U);
        EXPECT_TRUE(id.starts_with("ASIA"));
        EXPECT_EQ(account_of_key_id(id), account) << id;
        EXPECT_NE(id, new_session_key_id(account, random));
    }
}

TEST(AccessKeyId, SaysNothingOfOtherTexts) {
    for (const char* id :
         {"", "ASIA", "AKIAIOSFODNN7EXAMPLE", "AIDAQNZGKIQY56JQ7WML", "ASIAQNZGKIQY56JQ7WM",
          "ASIAQNZGKIQY56JQ7WMLA", "ASIAQNZGKIQY56JQ7WM1", "asiaqnzgkiqy56jq7wml", "ASIA7777777777777777"})
        EXPECT_FALSE(account_of_key_id(id)) << id;
}

}  // namespace countersign::model
