// The procedure behind both doors, outside of PostgreSQL: what a real server cannot be made to do.
#include "login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "base/limits.h"
#include "test/responder.h"

namespace countersign::hook::test {
namespace {

// The wire cannot include the limits, because it must do without the C++ library.
static_assert(wire::token_bytes_max == limits::token_bytes_max);
static_assert(wire::user_bytes_max == limits::db_user_bytes_max);
static_assert(wire::exchange_ms_max == limits::login_answer_max.count());

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A program that converses: gives `token` when asked for it and keeps the complaints.
struct Program {
    std::optional<std::string> token = "a token";
    int code = PAM_SUCCESS;
    int prompts = 0;
    std::vector<std::string> complaints;

    static int converse(int, const pam_message** messages, pam_response** responses, void* self) {
        Program& program = *static_cast<Program*>(self);
        *responses = static_cast<pam_response*>(calloc(1, sizeof(pam_response)));
        if (messages[0]->msg_style == PAM_ERROR_MSG) {
            program.complaints.emplace_back(messages[0]->msg);
            return PAM_SUCCESS;
        }
        ++program.prompts;
        if (program.token) responses[0]->resp = strdup(program.token->c_str());
        return program.code;
    }
};

class LoginTest : public ::testing::Test {
protected:
    LoginTest() {
        std::string name = std::filesystem::temp_directory_path() / "countersign-login-XXXXXX";
        directory = mkdtemp(name.data());
        agent = directory + "/agent.sock";
        caller.socket = agent.c_str();
    }
    ~LoginTest() override { std::filesystem::remove_all(directory); }

    std::string directory;
    std::string agent;
    Program program;
    pam_conv conversation = {Program::converse, &program};
    Caller caller = {&conversation, "app", "192.0.2.7", "countersign", nullptr};
};

TEST_F(LoginTest, OutsideOfPostgresTheFactsAreUnknown) {
    const Responder responder(agent, allow());
    EXPECT_EQ(authenticate(caller), PAM_SUCCESS);
    ASSERT_EQ(responder.questions().size(), 1U);
    EXPECT_TRUE(responder.questions().front().well_formed);
    EXPECT_EQ(responder.questions().front().transport, wire::Transport::unknown);
    EXPECT_EQ(responder.questions().front().membership, wire::Membership::unknown);
    EXPECT_THAT(program.complaints, IsEmpty());
}

TEST_F(LoginTest, ConnectionWithoutAddressIsAsked) {
    caller.source = nullptr;
    const Responder responder(agent, allow());
    EXPECT_EQ(authenticate(caller), PAM_SUCCESS);
    ASSERT_EQ(responder.questions().size(), 1U);
    EXPECT_EQ(responder.questions().front().source, "");
}

TEST_F(LoginTest, TokensOutsideTheLimitsAreRefused) {
    const Responder responder(agent, allow());
    program.token = "";
    EXPECT_EQ(authenticate(caller), PAM_PERM_DENIED);
    program.token = std::string(wire::token_bytes_max + 1, 'x');
    EXPECT_EQ(authenticate(caller), PAM_PERM_DENIED);
    EXPECT_TRUE(responder.questions().empty());
    program.token = std::string(wire::token_bytes_max, 'x');
    EXPECT_EQ(authenticate(caller), PAM_SUCCESS);
    EXPECT_THAT(program.complaints, ElementsAre("countersign: token: is empty",
                                                "countersign: token: is longer than 65535 bytes"));
}

TEST_F(LoginTest, ConversationThatFailsIsNoToken) {
    const Responder responder(agent, allow());
    program.token.reset();
    EXPECT_EQ(authenticate(caller), PAM_CONV_ERR);
    program.token = "a token";
    program.code = PAM_CONV_ERR;
    EXPECT_EQ(authenticate(caller), PAM_CONV_ERR);
    caller.conversation = nullptr;
    EXPECT_EQ(authenticate(caller), PAM_CONV_ERR);
    EXPECT_TRUE(responder.questions().empty());
}

TEST_F(LoginTest, UnusableSocketIsRefusedBeforeTheTokenIsSent) {
    const std::string long_path = "/" + std::string(108, 'x');
    for (const char* path : {static_cast<const char*>(nullptr), "", "agent.sock", long_path.c_str()}) {
        caller.socket = path;
        EXPECT_EQ(authenticate(caller), PAM_AUTHINFO_UNAVAIL);
    }
    EXPECT_EQ(program.prompts, 0);
}

TEST_F(LoginTest, NamesOutsideTheLimitsAreRefusedBeforeTheTokenIsSent) {
    const std::string long_name(wire::user_bytes_max + 1, 'n');
    const Caller good = caller;
    for (const char* user : {static_cast<const char*>(nullptr), "", long_name.c_str()}) {
        caller.user = user;
        EXPECT_EQ(authenticate(caller), PAM_PERM_DENIED);
    }
    caller = good;
    caller.source = long_name.c_str();
    EXPECT_EQ(authenticate(caller), PAM_PERM_DENIED);
    caller = good;
    caller.service = long_name.c_str();
    EXPECT_EQ(authenticate(caller), PAM_PERM_DENIED);
    EXPECT_EQ(program.prompts, 0);
}

TEST_F(LoginTest, SocketThatIsAFileOrADirectoryIsRefused) {
    caller.socket = directory.c_str();
    EXPECT_EQ(authenticate(caller), PAM_AUTHINFO_UNAVAIL);
    EXPECT_THAT(program.complaints, ElementsAre("countersign: agent: not running (connection refused)"));
}

}  // namespace
}  // namespace countersign::hook::test
