#include "identity_center/credentials.h"

#include <gtest/gtest.h>

#include "crypto/totp.h"
#include "identity_center/sessions.h"
#include "model/identity_center_keys.h"
#include "store/memory.h"

namespace countersign::identity_center {
namespace {

const std::string people = "d-0123456789";
const std::string jane = "0123456789-00000000-0000-4000-8000-000000000001";

class CredentialsTest : public ::testing::Test {
protected:
    CredentialsTest() {
        model::DirectoryUser user;
        user.id = jane;
        user.user_name = "jane";
        put(user);
    }
    void put(const model::DirectoryUser& user) {
        const auto done =
            store->commit({{},
                           {store::put(model::keys::directory_user(people, user.id), user),
                            {model::keys::directory_user_name(people, user.user_name), user.id}}});
        ASSERT_TRUE(done);
    }
    CredentialDeps deps() { return {*store, sealing, random}; }
    Instant standing() { return (*standing_of(*store, jane)).value(); }
    Result<PasswordMatch> check(const std::string& password) {
        return check_password(deps(), people, "jane", Secret(password), now);
    }

    std::unique_ptr<store::Store> store = store::make_memory();
    crypto::SystemRandom random;
    crypto::SealingKey sealing{Secret(std::string(32, 'k'))};
    Instant now{std::chrono::seconds(1'800'000'000)};
};

TEST_F(CredentialsTest, APasswordForOneSignInHasToBeReplaced) {
    const Secret once = *reset_password(deps(), jane, false, now);
    EXPECT_TRUE(check(std::string(once.reveal()))->one_time);
    EXPECT_FALSE(choose_password(deps(), jane, now, once, now));
    EXPECT_TRUE(choose_password(deps(), jane, now, Secret("Correct-horse-9"), now));
    EXPECT_FALSE(check("Correct-horse-9")->one_time);
    EXPECT_FALSE(check(std::string(once.reveal())));
}

TEST_F(CredentialsTest, WhoHasNoPasswordDoesNotSignInWithNone) {
    EXPECT_FALSE(check(""));
}

TEST_F(CredentialsTest, AfterTooManyWrongOnesNoneIsRightForFiveMinutes) {
    const std::string right(reset_password(deps(), jane, false, now)->reveal());
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(check("wrong"));
    EXPECT_FALSE(check(right));
    now += std::chrono::minutes(5);
    EXPECT_TRUE(check(right));
}

TEST_F(CredentialsTest, WhoIsNotActiveDoesNotSignIn) {
    const std::string right(reset_password(deps(), jane, false, now)->reveal());
    model::DirectoryUser user;
    user.id = jane;
    user.user_name = "jane";
    user.active = false;
    put(user);
    EXPECT_FALSE(check(right));
}

TEST_F(CredentialsTest, ACodeIsGoodOnce) {
    const Secret seed = new_app_seed(random);
    EXPECT_FALSE(register_app(deps(), jane, seed, "000000x", now));
    ASSERT_TRUE(register_app(deps(), jane, seed, crypto::totp_code(seed, crypto::totp_step(now)), now));
    EXPECT_FALSE(check_code(deps(), jane, crypto::totp_code(seed, crypto::totp_step(now)), now));
    const std::string next = crypto::totp_code(seed, crypto::totp_step(now) + 1);
    EXPECT_TRUE(check_code(deps(), jane, next, now));
    EXPECT_FALSE(check_code(deps(), jane, next, now));
    EXPECT_FALSE(register_app(deps(), jane, new_app_seed(random), next, now));
}

TEST_F(CredentialsTest, ARightPasswordGivesNoNewGuessesAtCodes) {
    const std::string right(reset_password(deps(), jane, false, now)->reveal());
    const Secret seed = new_app_seed(random);
    ASSERT_TRUE(register_app(deps(), jane, seed, crypto::totp_code(seed, crypto::totp_step(now)), now));
    for (int i = 0; i < 50; ++i) {
        if (i % 10 == 0) static_cast<void>(check(right));
        EXPECT_FALSE(check_code(deps(), jane, "000000", now));
    }
    EXPECT_FALSE(check_code(deps(), jane, crypto::totp_code(seed, crypto::totp_step(now) + 1), now));
}

TEST_F(CredentialsTest, APasswordThatWasReplacedReplacesNone) {
    const Instant proven = now;
    ASSERT_TRUE(reset_password(deps(), jane, false, now));
    now += std::chrono::seconds(1);
    ASSERT_TRUE(choose_password(deps(), jane, proven, Secret("Correct-horse-9"), now));
    EXPECT_FALSE(choose_password(deps(), jane, proven, Secret("Another-horse-9"), now));
}

TEST_F(CredentialsTest, APasswordForOneSignInEndsAfterAWeek) {
    const std::string once(reset_password(deps(), jane, false, now)->reveal());
    EXPECT_TRUE(check(once));
    now += std::chrono::days(7);
    EXPECT_FALSE(check(once));
}

TEST_F(CredentialsTest, ATokenEndsWithThePasswordThatItWasGivenFor) {
    const IssuedTokens issued =
        *begin_session(*store, random, {jane, standing(), {}}, {"client", "a program", true}, now);
    const std::string token(issued.access.reveal());
    EXPECT_TRUE(find_session(*store, token, now));
    EXPECT_FALSE(find_session(*store, token + "0", now));
    EXPECT_FALSE(find_session(*store, std::string(issued.refresh->reveal()), now));
    EXPECT_FALSE(find_session(*store, token, now + std::chrono::hours(1)));
    now += std::chrono::seconds(1);
    ASSERT_TRUE(reset_password(deps(), jane, false, now));
    EXPECT_FALSE(find_session(*store, token, now));
    EXPECT_FALSE(renew_session(*store, random, {std::string(issued.refresh->reveal()), "client"}, now));
}

TEST_F(CredentialsTest, ARefreshTokenIsGoodOnceAndForItsClient) {
    const IssuedTokens first =
        *begin_session(*store, random, {jane, standing(), {}}, {"client", "a program", true}, now);
    const std::string refresh(first.refresh->reveal());
    EXPECT_FALSE(renew_session(*store, random, {refresh, "another"}, now));
    const auto second = renew_session(*store, random, {refresh, "client"}, now);
    ASSERT_TRUE(second);
    EXPECT_FALSE(find_session(*store, std::string(first.access.reveal()), now));
    EXPECT_TRUE(find_session(*store, std::string(second->access.reveal()), now));
    EXPECT_FALSE(renew_session(*store, random, {std::string(second->refresh->reveal()), "client"},
                               now + std::chrono::hours(8)));
}

TEST_F(CredentialsTest, ARefreshTokenThatIsShownAgainEndsTheSession) {
    const IssuedTokens first =
        *begin_session(*store, random, {jane, standing(), {}}, {"client", "a program", true}, now);
    const std::string refresh(first.refresh->reveal());
    const auto second = renew_session(*store, random, {refresh, "client"}, now);
    ASSERT_TRUE(second);
    EXPECT_FALSE(renew_session(*store, random, {refresh, "client"}, now));
    EXPECT_FALSE(find_session(*store, std::string(second->access.reveal()), now));
    EXPECT_FALSE(renew_session(*store, random, {std::string(second->refresh->reveal()), "client"}, now));
}

}  // namespace
}  // namespace countersign::identity_center
