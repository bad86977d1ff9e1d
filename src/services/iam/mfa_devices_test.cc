#include "access/mfa.h"
#include "crypto/totp.h"
#include "formats/encoding.h"
#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

const std::string serial = "arn:aws:iam::123456789012:mfa/phone";

class MfaDevices : public ApiTest {
protected:
    MfaDevices() { done("CreateUser", {{"UserName", "alice"}}); }

    // Makes a device and keeps its seed, as an authenticator app does.
    void make(const std::string& name = "phone") {
        const Answer made = done("CreateVirtualMFADevice", {{"VirtualMFADeviceName", name}});
        seeds_[name] = *crypto::totp_key(*formats::from_base64(made.text("//Base32StringSeed")));
    }
    // The code that the device shows so many steps from now.
    std::string code(int steps, const std::string& name = "phone") {
        return crypto::totp_code(seeds_[name],
                                 crypto::totp_step(clock_.now()) + static_cast<std::uint64_t>(steps));
    }
    Parameters with_codes(const std::string& first, const std::string& second) const {
        return {{"UserName", "alice"},
                {"SerialNumber", serial},
                {"AuthenticationCode1", first},
                {"AuthenticationCode2", second}};
    }
    void enable() { done("EnableMFADevice", with_codes(code(-1), code(0))); }

    Result<Instant> check(const std::string& given, const std::string& user = "alice") {
        return access::check_mfa(*store_, sealing_, {account, user, serial, given}, clock_.now());
    }
    void pass(std::chrono::seconds time) { clock_.time += time; }

    std::map<std::string, Secret> seeds_;
};

constexpr std::string_view wrong_codes =
    "InvalidAuthenticationCode: Authentication code for device is not valid.";
constexpr std::string_view wrong_code =
    "MultiFactorAuthentication failed with invalid MFA one time pass code. ";

TEST_F(MfaDevices, ShowTheirSeedOnce) {
    const Answer made = done("CreateVirtualMFADevice", {{"VirtualMFADeviceName", "phone"}, {"Path", "/p/"}});
    EXPECT_EQ(made.text("//SerialNumber"), "arn:aws:iam::123456789012:mfa/p/phone");
    const auto seed = formats::from_base64(made.text("//Base32StringSeed"));
    ASSERT_TRUE(seed);
    EXPECT_EQ(seed->size(), 64U);
    const auto picture = formats::from_base64(made.text("//QRCodePNG"));
    ASSERT_TRUE(picture);
    EXPECT_TRUE(picture->starts_with("\x89PNG\r\n\x1a\n"));
    EXPECT_EQ(refused("CreateVirtualMFADevice", {{"VirtualMFADeviceName", "Phone"}}),
              "EntityAlreadyExists: MFADevice entity at the same path and name already exists.");
    const auto device = record<model::MfaDevice>(model::keys::mfa_device(account, "phone"));
    ASSERT_TRUE(device);
    EXPECT_EQ(device->sealed_seed.find(*seed), std::string::npos);
    EXPECT_EQ(done("ListVirtualMFADevices").count("//Base32StringSeed"), 0U);
}

TEST_F(MfaDevices, AreEnabledByTwoCodesInARow) {
    make();
    EXPECT_EQ(refused("EnableMFADevice", with_codes("000000", "000001")), wrong_codes);
    EXPECT_EQ(refused("EnableMFADevice", with_codes(code(0), code(0))), wrong_codes);
    EXPECT_EQ(refused("EnableMFADevice", with_codes(code(0), code(-1))), wrong_codes);
    EXPECT_EQ(refused("EnableMFADevice", with_codes(code(-3), code(-2))), wrong_codes);
    enable();
    EXPECT_TRUE(
        refused("EnableMFADevice", with_codes(code(0), code(1))).starts_with("EntityAlreadyExists: "));
    const Answer listed_devices = done("ListMFADevices", {{"UserName", "alice"}});
    EXPECT_EQ(listed_devices.text("//SerialNumber"), serial);
    EXPECT_EQ(listed_devices.text("//EnableDate"), "2026-01-01T00:00:00Z");
    EXPECT_EQ(done("GetMFADevice", {{"UserName", "alice"}, {"SerialNumber", serial}}).text("//UserName"),
              "alice");
}

TEST_F(MfaDevices, AreRefusedForWhoeverIsNotThere) {
    make();
    Parameters parameters = with_codes(code(-1), code(0));
    parameters["UserName"] = "none";
    EXPECT_EQ(refused("EnableMFADevice", parameters),
              "NoSuchEntity: The user with name none cannot be found.");
    parameters = with_codes(code(-1), code(0));
    parameters["SerialNumber"] = "arn:aws:iam::123456789012:mfa/none";
    EXPECT_EQ(refused("EnableMFADevice", parameters),
              "NoSuchEntity: VirtualMFADevice with serial number arn:aws:iam::123456789012:mfa/none doesn't "
              "exist.");
    parameters["SerialNumber"] = "arn:aws:iam::999999999999:mfa/phone";
    EXPECT_TRUE(refused("EnableMFADevice", parameters).starts_with("NoSuchEntity: "));
}

TEST_F(MfaDevices, AreEnabledEightTimesForAUserAtMost) {
    for (int i = 0; i < 9; ++i) {
        const std::string name = "d" + std::to_string(i);
        make(name);
        Parameters parameters = with_codes(code(-1, name), code(0, name));
        parameters["SerialNumber"] = "arn:aws:iam::123456789012:mfa/" + name;
        if (i < 8)
            done("EnableMFADevice", parameters);
        else
            EXPECT_EQ(refused("EnableMFADevice", parameters),
                      "LimitExceeded: Cannot exceed quota for MFADevicesPerUser: 8");
    }
    EXPECT_EQ(listed("ListMFADevices", {{"UserName", "alice"}, {"MaxItems", "3"}}, "//SerialNumber").size(),
              8U);
}

TEST_F(MfaDevices, AreTakenAwayBeforeTheyAreDeleted) {
    make();
    enable();
    EXPECT_EQ(refused("DeleteVirtualMFADevice", {{"SerialNumber", serial}}),
              "DeleteConflict: MFA VirtualDevice in use. Must deactivate first.");
    EXPECT_EQ(done("ListVirtualMFADevices", {{"AssignmentStatus", "Assigned"}}).text("//User/UserName"),
              "alice");
    EXPECT_EQ(done("ListVirtualMFADevices", {{"AssignmentStatus", "Unassigned"}}).count("//SerialNumber"),
              0U);
    done("CreateUser", {{"UserName", "bob"}});
    EXPECT_TRUE(refused("DeactivateMFADevice", {{"UserName", "bob"}, {"SerialNumber", serial}})
                    .starts_with("NoSuchEntity: "));
    done("DeactivateMFADevice", {{"UserName", "alice"}, {"SerialNumber", serial}});
    EXPECT_EQ(call("GetMFADevice", {{"UserName", "alice"}, {"SerialNumber", serial}}).status, 404);
    EXPECT_EQ(refused("EnableMFADevice", with_codes(code(-1), code(0))), wrong_codes);  // used before
    pass(std::chrono::seconds(60));
    enable();
    done("DeactivateMFADevice", {{"UserName", "alice"}, {"SerialNumber", serial}});
    done("DeleteVirtualMFADevice", {{"SerialNumber", serial}});
    EXPECT_EQ(done("ListVirtualMFADevices").count("//SerialNumber"), 0U);
}

TEST_F(MfaDevices, AreTheRootUsersToo) {
    make();
    Parameters parameters = with_codes(code(-1), code(0));
    parameters["UserName"] = "root";
    done("EnableMFADevice", parameters);
    EXPECT_EQ(done("ListMFADevices").text("//SerialNumber"), serial);
    EXPECT_EQ(done("ListVirtualMFADevices").text("//User/Arn"), "arn:aws:iam::123456789012:root");
    EXPECT_EQ(done("GetAccountSummary").text("//entry[key='AccountMFAEnabled']/value"), "1");
    pass(std::chrono::seconds(60));
    EXPECT_TRUE(check(code(0), ""));
    EXPECT_FALSE(check(code(1), "alice"));
    done("DeactivateMFADevice", {{"SerialNumber", serial}});
}

TEST_F(MfaDevices, AreSetAgain) {
    make();
    EXPECT_TRUE(refused("ResyncMFADevice", with_codes(code(-1), code(0))).starts_with("NoSuchEntity: "));
    enable();
    EXPECT_EQ(refused("ResyncMFADevice", with_codes(code(-1), code(0))), wrong_codes);
    pass(std::chrono::seconds(60));
    done("ResyncMFADevice", with_codes(code(-1), code(0)));
    EXPECT_FALSE(check(code(0)));
}

TEST_F(MfaDevices, CarryTags) {
    make();
    done("TagMFADevice",
         {{"SerialNumber", serial}, {"Tags.member.1.Key", "k"}, {"Tags.member.1.Value", "v"}});
    EXPECT_EQ(done("ListMFADeviceTags", {{"SerialNumber", serial}}).text("//Tags/member/Value"), "v");
    done("UntagMFADevice", {{"SerialNumber", serial}, {"TagKeys.member.1", "k"}});
    EXPECT_EQ(done("ListMFADeviceTags", {{"SerialNumber", serial}}).count("//Tags/member"), 0U);
}

TEST_F(MfaDevices, ProveTheirHolderOncePerCode) {
    make();
    EXPECT_FALSE(check(code(1)));  // not enabled yet
    enable();
    EXPECT_EQ(check(code(0)).error().message, wrong_code);  // enabling it used this one
    const auto checked = check(code(1));
    ASSERT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(*checked, clock_.now());
    const auto again = check(code(1));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().message, wrong_code);
    EXPECT_EQ(again.error().code, "AccessDenied");
    pass(std::chrono::seconds(30));
    EXPECT_FALSE(check(code(0)));  // the same step as before, seen later
    EXPECT_TRUE(check(code(1)));
    for (const char* none : {"", "12345", "abcdef", "1234567"}) EXPECT_FALSE(check(none)) << none;
}

TEST_F(MfaDevices, ProveNobodyElse) {
    make();
    enable();
    done("CreateUser", {{"UserName", "bob"}});
    const auto other = check(code(1), "bob");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, "AccessDenied");
    EXPECT_FALSE(check(code(1), ""));
    EXPECT_FALSE(
        access::check_mfa(*store_, sealing_, {"999999999999", "alice", serial, code(1)}, clock_.now()));
    EXPECT_FALSE(access::check_mfa(*store_, sealing_,
                                   {account, "alice", "arn:aws:iam::123456789012:user/phone", code(1)},
                                   clock_.now()));
    EXPECT_TRUE(check(code(1)));
}

TEST_F(MfaDevices, AreNotGuessed) {
    make();
    enable();
    for (int guess = 0; guess < 10; ++guess) EXPECT_FALSE(check("000000"));
    EXPECT_EQ(check(code(1)).error().message, wrong_code);
    pass(std::chrono::minutes(5));
    EXPECT_TRUE(check(code(0)));
}

TEST_F(MfaDevices, FollowARenamedUser) {
    make();
    enable();
    EXPECT_TRUE(refused("DeleteUser", {{"UserName", "alice"}}).starts_with("DeleteConflict: "));
    done("UpdateUser", {{"UserName", "alice"}, {"NewUserName", "alicia"}});
    EXPECT_EQ(done("ListMFADevices", {{"UserName", "alicia"}}).text("//SerialNumber"), serial);
}

}  // namespace

}  // namespace countersign::iam
