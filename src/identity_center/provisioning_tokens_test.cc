#include "identity_center/provisioning_tokens.h"

#include <gtest/gtest.h>

#include "crypto/counting_random.h"
#include "store/memory.h"

namespace countersign::identity_center {
namespace {

using namespace std::chrono_literals;

class ProvisioningTokens : public ::testing::Test {
protected:
    Fault refusal(const std::string& token, Instant now, const std::string& identity_store = "d-1111111111") {
        const auto found = find_provisioning_token(store_, identity_store, token, now);
        return found ? Fault::internal : found.error().fault;
    }

    std::unique_ptr<store::Store> kept_ = store::make_memory();
    store::Store& store_ = *kept_;
    crypto::CountingRandom random_;
    const std::string mine_ = "d-1111111111";
    const Instant now_ = Instant(std::chrono::days(20'000));
};

TEST_F(ProvisioningTokens, AreGoodForAYear) {
    const auto made = create_provisioning_token(store_, random_, mine_, now_);
    ASSERT_TRUE(made);
    const std::string token(made->token.reveal());
    const auto found = find_provisioning_token(store_, mine_, token, now_ + 364 * 24h);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, made->record.id);
    EXPECT_EQ(refusal(token, now_ + 365 * 24h), Fault::unauthenticated);
    EXPECT_EQ(refusal(token + "0", now_), Fault::unauthenticated);
    EXPECT_EQ(refusal("", now_), Fault::unauthenticated);
    EXPECT_EQ(refusal(made->record.digest, now_), Fault::unauthenticated);
    EXPECT_EQ(refusal(token, now_, "d-2222222222"), Fault::unauthenticated);
}

TEST_F(ProvisioningTokens, AreTwoAtMost) {
    const auto first = create_provisioning_token(store_, random_, mine_, now_);
    ASSERT_TRUE(create_provisioning_token(store_, random_, mine_, now_ + 1h));
    const auto third = create_provisioning_token(store_, random_, mine_, now_ + 2h);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().fault, Fault::conflict);
    ASSERT_TRUE(create_provisioning_token(store_, random_, mine_, now_ + 365 * 24h));
    EXPECT_EQ(refusal(std::string(first->token.reveal()), now_), Fault::unauthenticated);
}

TEST_F(ProvisioningTokens, EndWhenTheyAreDeleted) {
    const auto made = create_provisioning_token(store_, random_, mine_, now_);
    const auto kept = provisioning_tokens(store_, mine_);
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), 1U);
    ASSERT_TRUE(delete_provisioning_token(store_, mine_, made->record.id));
    EXPECT_EQ(refusal(std::string(made->token.reveal()), now_), Fault::unauthenticated);
    EXPECT_EQ(delete_provisioning_token(store_, mine_, made->record.id).error().fault, Fault::not_found);
}

}  // namespace
}  // namespace countersign::identity_center
