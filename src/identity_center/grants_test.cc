#include "identity_center/grants.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "federation/base64url.h"

namespace countersign::identity_center {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class GrantsTest : public ::testing::Test {
protected:
    WaitingDevice waiting(const std::string& address = "192.0.2.1") const {
        return {{"client", "a program", true}, "d-0123456789", address, now};
    }
    DeviceAnswer poll(const DeviceCodes& codes, const std::string& client = "client") {
        return grants.poll(codes.device_code, client, now).answer;
    }

    crypto::SystemRandom random;
    Grants grants{random};
    Instant now{seconds(1'800'000'000)};
};

TEST_F(GrantsTest, AProgramWaitsUntilSomebodyAnswers) {
    const DeviceCodes codes = *grants.start_device(waiting());
    EXPECT_EQ(poll(codes), DeviceAnswer::pending);
    EXPECT_EQ(grants.find_device(codes.user_code, now)->client.name, "a program");
    EXPECT_TRUE(grants.approve(codes.user_code, {"person", {}, now}, now));
    now += seconds(1);
    const Polled polled = grants.poll(codes.device_code, "client", now);
    EXPECT_EQ(polled.answer, DeviceAnswer::approved);
    EXPECT_EQ(polled.person->user, "person");
    EXPECT_EQ(poll(codes), DeviceAnswer::unknown);
}

TEST_F(GrantsTest, WhoAsksTooOftenIsToldSo) {
    const DeviceCodes codes = *grants.start_device(waiting());
    EXPECT_EQ(poll(codes), DeviceAnswer::pending);
    now += milliseconds(100);
    EXPECT_EQ(poll(codes), DeviceAnswer::too_soon);
    now += seconds(1);
    EXPECT_EQ(poll(codes), DeviceAnswer::pending);
}

TEST_F(GrantsTest, ACodeIsReadAsPeopleTypeIt) {
    const DeviceCodes codes = *grants.start_device(waiting());
    std::string typed;
    for (const char c : codes.user_code)
        if (c != '-') typed += static_cast<char>(c - 'A' + 'a');
    EXPECT_TRUE(grants.find_device(typed, now).has_value());
    EXPECT_TRUE(grants.find_device(' ' + codes.user_code + '\n', now).has_value());
    EXPECT_FALSE(grants.find_device("", now).has_value());
}

TEST_F(GrantsTest, AnAnswerIsGivenOnce) {
    const DeviceCodes codes = *grants.start_device(waiting());
    EXPECT_TRUE(grants.deny(codes.user_code, now));
    EXPECT_FALSE(grants.approve(codes.user_code, {"person", {}, {}}, now));
    EXPECT_EQ(poll(codes), DeviceAnswer::denied);
    EXPECT_EQ(poll(codes), DeviceAnswer::unknown);
}

TEST_F(GrantsTest, AnotherProgramLearnsNothing) {
    const DeviceCodes codes = *grants.start_device(waiting());
    grants.approve(codes.user_code, {"person", {}, {}}, now);
    EXPECT_EQ(poll(codes, "another"), DeviceAnswer::unknown);
    EXPECT_EQ(poll(codes), DeviceAnswer::approved);
}

TEST_F(GrantsTest, NobodyWaitsForLongerThanTenMinutes) {
    const DeviceCodes codes = *grants.start_device(waiting());
    now += device_life;
    EXPECT_EQ(poll(codes), DeviceAnswer::unknown);
    EXPECT_FALSE(grants.approve(codes.user_code, {"person", {}, {}}, now));
}

TEST_F(GrantsTest, OneAddressDoesNotTakeAllPlaces) {
    std::size_t taken = 0;
    while (taken < 1000 && grants.start_device(waiting())) ++taken;
    EXPECT_EQ(taken, 50U);
    EXPECT_TRUE(grants.start_device(waiting("192.0.2.2")));
    now += device_life;
    EXPECT_TRUE(grants.start_device(waiting()));
}

TEST_F(GrantsTest, ManyAddressesDoNotKeepOthersOut) {
    const DeviceCodes honest = *grants.start_device(waiting("203.0.113.7"));
    for (int network = 1; network <= 30; ++network)
        for (int i = 0; i < 50; ++i)
            static_cast<void>(grants.start_device(waiting("192.0.2." + std::to_string(network))));
    EXPECT_EQ(poll(honest), DeviceAnswer::pending);
    EXPECT_TRUE(grants.start_device(waiting("203.0.113.8")));
}

TEST_F(GrantsTest, ACodeIsShownAsItIsAndNotAsItWasTyped) {
    EXPECT_EQ(shown_user_code("bcdfghjk"), "BCDF-GHJK");
    EXPECT_EQ(shown_user_code("\xD0\x92\xD0\xA1 123 bcdf ghjk"), "BCDF-GHJK");
    EXPECT_EQ(shown_user_code("bcdf"), "");
}

class CodeTest : public GrantsTest {
protected:
    CodeGrant grant() const {
        return {{"client", "a program", true},
                "http://127.0.0.1:1/cb",
                federation::base64url(crypto::sha256("verifier")),
                {"person", {}, {}},
                now};
    }
};

TEST_F(CodeTest, IsGoodOnceForWhoeverHasTheVerifier) {
    const std::string code = *grants.new_code(grant());
    EXPECT_TRUE(grants.take_code(code, "client", "http://127.0.0.1:1/cb", "verifier", now).has_value());
    EXPECT_FALSE(grants.take_code(code, "client", "http://127.0.0.1:1/cb", "verifier", now).has_value());
}

TEST_F(CodeTest, IsUsedUpByWhoeverTriesIt) {
    for (const auto& [client, uri, verifier] : {std::tuple{"other", "http://127.0.0.1:1/cb", "verifier"},
                                                {"client", "http://127.0.0.1:2/cb", "verifier"},
                                                {"client", "http://127.0.0.1:1/cb", "another"}}) {
        const std::string code = *grants.new_code(grant());
        EXPECT_FALSE(grants.take_code(code, client, uri, verifier, now).has_value());
        EXPECT_FALSE(grants.take_code(code, "client", "http://127.0.0.1:1/cb", "verifier", now).has_value());
    }
}

TEST_F(CodeTest, EndsAfterAMinute) {
    const std::string code = *grants.new_code(grant());
    now += code_life;
    EXPECT_FALSE(grants.take_code(code, "client", "http://127.0.0.1:1/cb", "verifier", now).has_value());
}

}  // namespace
}  // namespace countersign::identity_center
