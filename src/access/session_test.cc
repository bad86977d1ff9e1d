#include "access/session.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "crypto/random.h"
#include "formats/record.h"

namespace countersign::access {

class SessionToken : public ::testing::Test {
protected:
    static Session session() {
        Session session;
        session.kind = SessionKind::role;
        session.access_key_id = "ASIAAAAAAAAAAAAAAAAA";
        session.account = "123456789012";
        session.principal = "dev";
        session.principal_id = "AROA1";
        session.name = "jane";
        session.issued = Instant(std::chrono::seconds(1'767'225'600));
        session.expires = session.issued + std::chrono::hours(1);
        session.policy = R"({"Version":"2012-10-17","Statement":[]})";
        session.tags = {{"Team", "db"}};
        session.mfa_time = session.issued;
        session.context["saml:sub"] = {"jane"};
        return session;
    }

    crypto::SystemRandom random_;
    const crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    const Session session_ = session();
    const SealedSession sealed_ = seal_session(session_, sealing_, random_);
};

TEST_F(SessionToken, HoldsTheWholeSession) {
    const auto opened = open_session(sealed_.session_token, session_.access_key_id, sealing_);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->secret_access_key.reveal(), sealed_.secret_access_key.reveal());
    EXPECT_EQ(formats::to_record(opened->session), formats::to_record(session_));
}

TEST_F(SessionToken, HidesWhatItHolds) {
    EXPECT_EQ(sealed_.session_token.find("jane"), std::string::npos);
    const SealedSession again = seal_session(session_, sealing_, random_);
    EXPECT_NE(again.session_token, sealed_.session_token);
    EXPECT_NE(again.secret_access_key.reveal(), sealed_.secret_access_key.reveal());
}

TEST_F(SessionToken, OpensWithItsOwnKeysOnly) {
    EXPECT_FALSE(open_session(sealed_.session_token, "ASIAAAAAAAAAAAAAAAAB", sealing_));
    EXPECT_FALSE(open_session(sealed_.session_token, "", sealing_));
    const crypto::SealingKey other{Secret(std::string(32, 'o'))};
    const auto refused = open_session(sealed_.session_token, session_.access_key_id, other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::denied);
}

TEST_F(SessionToken, OfNobodyDoesNotOpen) {
    Session nobody = session_;
    nobody.kind = SessionKind::none;
    const SealedSession sealed = seal_session(nobody, sealing_, random_);
    EXPECT_FALSE(open_session(sealed.session_token, nobody.access_key_id, sealing_));
}

// Bits that base64 leaves over at the end are not free to be altered either.
TEST_F(SessionToken, HasOneSpellingOnly) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (Session longer = session_; longer.name.size() < 8; longer.name += 'x') {
        const std::string good = seal_session(longer, sealing_, random_).session_token;
        std::string token = good;
        char& last = token[token.find_last_not_of('=')];
        for (const char other : alphabet) {
            last = other;
            EXPECT_EQ(bool(open_session(token, longer.access_key_id, sealing_)), token == good);
        }
    }
}

// Whatever bytes stand in the place of some of its own, and wherever it is cut.
TEST_F(SessionToken, AlteredOrCutNeverOpens) {
    const bool holds = rc::check([this] {
        std::string token = sealed_.session_token;
        const auto from = *rc::gen::inRange<std::size_t>(0, token.size());
        const auto count = *rc::gen::inRange<std::size_t>(0, token.size() - from + 1);
        token.replace(from, count, *rc::gen::arbitrary<std::string>());
        RC_PRE(token != sealed_.session_token);
        RC_ASSERT(!open_session(token, session_.access_key_id, sealing_));
    });
    EXPECT_TRUE(holds);
}

}  // namespace countersign::access
