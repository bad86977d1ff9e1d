#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

constexpr std::string_view unsuitable =
    "PasswordPolicyViolation: Password does not conform to the account password policy.";
constexpr std::string_view used_before =
    "PasswordPolicyViolation: Password has been used before and cannot be used again.";

class LoginProfiles : public ApiTest {
protected:
    LoginProfiles() {
        done("CreateUser", {{"UserName", "Alice-1234"}});
        add_key(key, "Alice-1234");
    }
    static Parameters with(const std::string& password) {
        return {{"UserName", "Alice-1234"}, {"Password", password}};
    }
    void let_users_change(const std::string& allowed) {
        done("UpdateAccountPasswordPolicy", {{"AllowUsersToChangePassword", allowed}});
    }

    const std::string key = "AKIAALICEALICEALICEA";
    const Parameters alice{{"UserName", "Alice-1234"}};
};

TEST_F(LoginProfiles, AreMadeShownChangedAndDeleted) {
    EXPECT_EQ(refused("GetLoginProfile", alice),
              "NoSuchEntity: Login Profile for User Alice-1234 cannot be found.");
    Parameters parameters = with("Correct-horse-1");
    parameters["PasswordResetRequired"] = "true";
    const Answer made = done("CreateLoginProfile", parameters);
    EXPECT_EQ(made.text("//LoginProfile/UserName"), "Alice-1234");
    EXPECT_EQ(made.text("//LoginProfile/PasswordResetRequired"), "true");
    EXPECT_EQ(made.text("//LoginProfile/CreateDate"), "2026-01-01T00:00:00Z");
    EXPECT_EQ(refused("CreateLoginProfile", parameters),
              "EntityAlreadyExists: Login Profile for user Alice-1234 already exists.");
    done("UpdateLoginProfile", {{"UserName", "Alice-1234"}, {"PasswordResetRequired", "false"}});
    EXPECT_EQ(done("GetLoginProfile", alice).text("//PasswordResetRequired"), "false");
    EXPECT_TRUE(refused("DeleteUser", alice).starts_with("DeleteConflict: "));
    done("DeleteLoginProfile", alice);
    EXPECT_EQ(refused("DeleteLoginProfile", alice),
              "NoSuchEntity: Cannot find Login Profile for User Alice-1234");
    EXPECT_EQ(call("UpdateLoginProfile", with("Correct-horse-1")).status, 404);
    EXPECT_EQ(refused("CreateLoginProfile", {{"UserName", "none"}, {"Password", "Correct-horse-1"}}),
              "NoSuchEntity: The user with name none cannot be found.");
    EXPECT_TRUE(refused("CreateLoginProfile", alice).starts_with("ValidationError: "));
    EXPECT_EQ(call("GetLoginProfile").status, 404);  // the root user has none
}

TEST_F(LoginProfiles, KeepNoPassword) {
    done("CreateLoginProfile", with("Correct-horse-1"));
    const auto stored = store_->get(model::keys::user(account, "alice-1234"));
    ASSERT_TRUE(stored && *stored);
    EXPECT_EQ((*stored)->value.find("Correct-horse-1"), std::string::npos);
    EXPECT_NE((*stored)->value.find("SCRAM-SHA-256$"), std::string::npos);
}

TEST_F(LoginProfiles, ObeyTheDefaultPolicy) {
    for (const char* password : {"Ab1-xyz", "abcdefghij", "abcdefg123", "alice-1234"})
        EXPECT_EQ(refused("CreateLoginProfile", with(password)), unsuitable) << password;
    done("CreateLoginProfile", with("abcdefG1"));
}

TEST_F(LoginProfiles, ObeyTheAccountsPolicy) {
    done("UpdateAccountPasswordPolicy", {{"MinimumPasswordLength", "10"},
                                         {"RequireSymbols", "true"},
                                         {"RequireNumbers", "true"},
                                         {"RequireUppercaseCharacters", "true"},
                                         {"RequireLowercaseCharacters", "true"}});
    const std::pair<const char*, const char*> cases[] = {
        {"Ab1-xyzqq", "Password should have a minimum length of 10"},
        {"ab1-xyzqqq", "Password should have at least one uppercase letter"},
        {"AB1-XYZQQQ", "Password should have at least one lowercase letter"},
        {"Abc-xyzqqq", "Password should have at least one number"},
        {"Abc1xyzqqq", "Password should have at least one symbol"},
    };
    for (const auto& [password, why] : cases)
        EXPECT_EQ(refused("CreateLoginProfile", with(password)),
                  std::string("PasswordPolicyViolation: ") + why);
    done("CreateLoginProfile", with("Abc1-xyzqq"));
}

TEST_F(LoginProfiles, RememberPasswords) {
    done("UpdateAccountPasswordPolicy", {{"PasswordReusePrevention", "2"}});
    done("CreateLoginProfile", with("first-1"));
    EXPECT_EQ(refused("UpdateLoginProfile", with("first-1")), used_before);
    done("UpdateLoginProfile", with("second-2"));
    EXPECT_EQ(refused("UpdateLoginProfile", with("first-1")), used_before);
    done("UpdateLoginProfile", with("third-3"));
    done("UpdateLoginProfile", with("first-1"));
}

TEST_F(LoginProfiles, AreChangedByTheirUsers) {
    let_users_change("true");
    Parameters parameters = with("first-1");
    parameters["PasswordResetRequired"] = "true";
    done("CreateLoginProfile", parameters);
    const Parameters change{{"OldPassword", "first-1"}, {"NewPassword", "second-2"}};
    EXPECT_EQ(refused("ChangePassword", change),
              "InvalidUserType: Only IAM Users can change their own password");
    EXPECT_EQ(refused("ChangePassword", {{"OldPassword", "wrong"}, {"NewPassword", "second-2"}}, key),
              "AccessDenied: The old password was incorrect.");
    EXPECT_TRUE(refused("ChangePassword", {{"OldPassword", "first-1"}, {"NewPassword", "x"}}, key)
                    .starts_with("PasswordPolicyViolation: "));
    done("ChangePassword", change, key);
    EXPECT_EQ(done("GetLoginProfile", alice).text("//PasswordResetRequired"), "false");
    EXPECT_EQ(call("ChangePassword", change, key).status, 403);
}

TEST_F(LoginProfiles, AreChangedOnlyWithARight) {
    done("CreateLoginProfile", with("First-one-1"));
    const Parameters change{{"OldPassword", "First-one-1"}, {"NewPassword", "Second-two-2"}};
    EXPECT_NE(refused("ChangePassword", change, key).find("is not authorized to perform: iam:ChangePassword"),
              std::string::npos);
    let_users_change("false");
    EXPECT_EQ(call("ChangePassword", change, key).status, 403);
    let_users_change("true");
    const std::string deny =
        R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:ChangePassword","Resource":"*"}})";
    done("PutUserPolicy", {{"UserName", "Alice-1234"}, {"PolicyName", "no"}, {"PolicyDocument", deny}});
    EXPECT_EQ(call("ChangePassword", change, key).status, 403);
    done("DeleteUserPolicy", {{"UserName", "Alice-1234"}, {"PolicyName", "no"}});
    done("ChangePassword", change, key);
}

}  // namespace

}  // namespace countersign::iam
