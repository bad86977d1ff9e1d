#include "audit/error_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "login/verdict.h"
#include "sigv4/token.h"

namespace countersign::audit {
namespace {

namespace fs = std::filesystem;

LoginEntry refusal(const std::string& check) {
    LoginEntry entry;
    entry.time = "2025-09-22T12:02:51.954Z";
    entry.resource_id = "cluster-ABC";
    entry.user = "db_user";
    entry.principal_arn = "arn:aws:sts::123456789012:assumed-role/Role/Session";
    entry.decision = Decision::refused;
    entry.check = check;
    return entry;
}

TEST(ErrorLog, LinesAreAwss) {
    const std::string head = "2025-09-22T12:02:51,954 [ERROR] Failed to ";
    EXPECT_EQ(error_line(refusal("token.form")),
              head +
                  "authenticate the connection request for user db_user because the provided token is "
                  "malformed or otherwise invalid. (Status Code: 400, Error Code: InvalidToken)");
    LoginEntry expired = refusal("token.time");
    expired.code = "ExpiredToken";
    EXPECT_EQ(error_line(expired),
              head +
                  "authenticate the connection request for user db_user because the token age is longer "
                  "than 15 minutes. (Status Code: 400, Error Code:ExpiredToken)");
    EXPECT_EQ(error_line(refusal("policy")),
              head +
                  "authorize the connection request for user db_user because the IAM policy assumed by "
                  "the caller 'arn:aws:sts::123456789012:assumed-role/Role/Session' is not authorized to "
                  "perform `rds-db:connect` on the DB instance. (Status Code: 403, Error "
                  "Code:NotAuthorized)");
    EXPECT_EQ(error_line(refusal("throttle")),
              head +
                  "authorize the connection request for user db_user due to IAM DB authentication "
                  "throttling. (Status Code: 429, Error Code: ThrottlingException)");
    EXPECT_EQ(error_line(refusal("agent")),
              head +
                  "authorize the connection request for user db_user due to an internal IAM DB "
                  "authentication error. (Status Code: 500, Error Code: InternalError)");
}

TEST(ErrorLog, EveryCheckHasItsCodeOrNone) {
    for (const char* check : {"token.form", "token.user", "token.endpoint", "token.region", "token.time",
                              "token.replay", "key", "signature"})
        EXPECT_EQ(error_code(refusal(check)), "InvalidToken") << check;
    EXPECT_EQ(error_code(refusal("policy")), "NotAuthorized");
    EXPECT_EQ(error_code(refusal("preload")), "InternalError");
    for (const char* check : {"transport", "resource", "role", "postgresql"}) {
        EXPECT_EQ(error_code(refusal(check)), "") << check;
        EXPECT_EQ(error_line(refusal(check)), "") << check;
    }
    for (const Decision decision : {Decision::allowed, Decision::ended, Decision::noted, Decision::unknown}) {
        LoginEntry entry = refusal("policy");
        entry.decision = decision;
        EXPECT_EQ(error_line(entry), "") << name_of(decision);
    }
}

TEST(ErrorLog, AUserNameIsOneLine) {
    LoginEntry entry = refusal("token.form");
    entry.user = "x\n2025 [ERROR]";
    EXPECT_EQ(error_line(entry).find('\n'), std::string::npos);
}

// What a token's own time makes of it, told by the verdict on it.
TEST(ErrorLog, AnExpiredTokenIsToldFromOneOfTheFuture) {
    const Instant signed_at{std::chrono::seconds(1'767'225'600)};
    const sigv4::TokenTarget target{"localhost", 5432, "us-east-1", "jane"};
    const sigv4::Credentials credentials{"AKIAIOSFODNN7EXAMPLE", Secret("secret"), ""};
    const std::string token = sigv4::make_token(target, credentials, signed_at);
    login::Server server;
    server.region = target.region;
    server.iam_enabled = true;
    server.endpoints = {{target.host, target.port}};
    login::Attempt attempt;
    attempt.transport = login::Transport::tls;
    attempt.user = target.db_user;
    attempt.token = login::SentToken(token);
    const auto code_at = [&](Instant now) {
        const login::Verdict verdict = login::judge(attempt, server, {}, now);
        return error_code(verdict, attempt.token, now);
    };
    EXPECT_EQ(code_at(signed_at + std::chrono::hours(1)), "ExpiredToken");
    EXPECT_EQ(code_at(signed_at - std::chrono::hours(1)), "InvalidToken");
    EXPECT_EQ(code_at(signed_at), "InvalidToken");  // nobody knows the key
}

class ErrorLogFiles : public ::testing::Test {
protected:
    ErrorLogFiles() {
        std::string name = (fs::temp_directory_path() / "error-log-XXXXXX").string();
        dir_ = ::mkdtemp(name.data());
    }
    ~ErrorLogFiles() override { fs::remove_all(dir_); }

    void write(const std::vector<LoginEntry>& entries) const {
        const Log log(LogLevel::off);
        ErrorLog errors(
            dir_, [](const LoginEntry& entry) { return entry.resource_id != "cluster-SILENT"; }, log);
        for (const LoginEntry& entry : entries) errors.on_login(entry);
    }
    fs::path file(const std::string& hour, const std::string& resource = "cluster-ABC") const {
        return dir_ / resource / "error" / ("iam-db-auth-error.log." + hour);
    }
    static std::string text_of(const fs::path& file) {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }

    fs::path dir_;
};

TEST_F(ErrorLogFiles, AnEntryThatThrowsIsLeftOut) {
    const Log log(LogLevel::off);
    {
        const auto exports = [](const LoginEntry& entry) {
            if (entry.resource_id == "cluster-BROKEN") throw std::runtime_error("out of memory");
            return true;
        };
        ErrorLog errors(dir_, exports, log);
        LoginEntry broken = refusal("policy");
        broken.resource_id = "cluster-BROKEN";
        errors.on_login(broken);
        errors.on_login(refusal("policy"));
    }
    EXPECT_FALSE(fs::exists(file("2025-09-22-12", "cluster-BROKEN")));
    EXPECT_TRUE(fs::exists(file("2025-09-22-12")));
}

TEST_F(ErrorLogFiles, AFileAnHourAndADatabase) {
    LoginEntry later = refusal("policy");
    later.time = "2025-09-22T13:00:00.000Z";
    LoginEntry other = refusal("policy");
    other.resource_id = "db-XYZ";
    LoginEntry silent = refusal("policy");
    silent.resource_id = "cluster-SILENT";
    write({refusal("token.form"), refusal("policy"), refusal("transport"), later, other, silent});
    EXPECT_EQ(text_of(file("2025-09-22-12")),
              error_line(refusal("token.form")) + '\n' + error_line(refusal("policy")) + '\n');
    EXPECT_EQ(text_of(file("2025-09-22-13")), error_line(later) + '\n');
    EXPECT_EQ(text_of(file("2025-09-22-12", "db-XYZ")), error_line(other) + '\n');
    EXPECT_FALSE(fs::exists(dir_ / "cluster-SILENT"));
}

TEST_F(ErrorLogFiles, FilesGoAfterSevenDays) {
    LoginEntry gone = refusal("policy");
    gone.resource_id = "cluster-GONE";
    write({refusal("policy"), gone});
    LoginEntry later = refusal("policy");
    later.time = "2025-09-29T12:30:00.000Z";
    write({later});
    EXPECT_TRUE(fs::exists(file("2025-09-22-12")));
    later.time = "2025-09-29T13:30:00.000Z";
    write({later});
    EXPECT_FALSE(fs::exists(file("2025-09-22-12")));
    EXPECT_FALSE(fs::exists(dir_ / "cluster-GONE"));
    EXPECT_TRUE(fs::exists(file("2025-09-29-12")));
}

TEST_F(ErrorLogFiles, TheOldestGoWhenTheyAreTooLarge) {
    fs::create_directories(file("2025-09-22-10").parent_path());
    for (const char* hour : {"2025-09-22-09", "2025-09-22-10", "2025-09-22-11"}) {
        std::ofstream(file(hour)) << "x";
        fs::resize_file(file(hour), std::uint64_t{100} * 1024 * 1024);  // takes no room: it has holes
    }
    write({refusal("policy")});
    EXPECT_FALSE(fs::exists(file("2025-09-22-09")));
    EXPECT_TRUE(fs::exists(file("2025-09-22-10")));
    EXPECT_TRUE(fs::exists(file("2025-09-22-12")));
}

}  // namespace
}  // namespace countersign::audit
