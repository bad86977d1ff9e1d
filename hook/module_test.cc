// The ordinary PAM module inside a real PostgreSQL, through the real libpam; only the agent is played.
// pam_wrapper shows libpam another directory of services, so that nothing of the system changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "test/cluster.h"
#include "test/responder.h"

namespace countersign::hook::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr const char* token = "db.example:5432/?Action=connect&X-Amz-Signature=0123456789abcdef";

class Module : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (std::string(COUNTERSIGN_PAM_WRAPPER).empty()) return;
        cluster = std::make_unique<Cluster>();
        ASSERT_EQ(cluster->trouble(), "");
        module = cluster->install(COUNTERSIGN_MODULE);
        const std::string services = cluster->path("pam.d");
        std::filesystem::create_directory(services);
        write_file(services + "/other", "auth required pam_deny.so\naccount required pam_deny.so\n");
        write_file(services + "/countersign-elsewhere",
                   "auth required pam_permit.so\naccount required pam_permit.so\n");
        wrapper = {"PAM_WRAPPER=1", "PAM_WRAPPER_SERVICE_DIR=" + services, "TMPDIR=" + cluster->path("")};
        Words environment = wrapper;
        environment.push_back("LD_PRELOAD=" COUNTERSIGN_PAM_WRAPPER);
        ASSERT_TRUE(cluster->start(environment));
    }
    static void TearDownTestSuite() { cluster.reset(); }

    void SetUp() override {
        if (cluster == nullptr) GTEST_SKIP() << "pam_wrapper (Debian: libpam-wrapper) is not installed";
        agent = cluster->path("agent.sock");
        serve("auth required " + module + " socket=" + agent);
        cluster->new_log();
    }

    static void serve(const std::string& auth, const std::string& account = "account required " + module) {
        write_file(cluster->path("pam.d/countersign"), auth + "\n" + account + "\n");
    }

    static void expect_refusal(const std::string& log_line) {
        EXPECT_THAT(cluster->log_in("app", token).message, EndsWith(refusal_of("app")));
        EXPECT_THAT(cluster->new_log(), HasSubstr(log_line));
    }

    static std::unique_ptr<Cluster> cluster;
    static std::string module;
    static Words wrapper;
    std::string agent;
};

std::unique_ptr<Cluster> Module::cluster;
std::string Module::module;
Words Module::wrapper;

TEST_F(Module, AllowedIsLetInAndTheAgentLearnsOfTheConnection) {
    const Responder responder(agent, allow());
    const Login login = cluster->log_in("app", token);
    EXPECT_TRUE(login.allowed) << login.message << cluster->new_log();
    ASSERT_EQ(responder.questions().size(), 1U);
    const Question question = responder.questions().front();
    EXPECT_EQ(question.transport, wire::Transport::tls);
    EXPECT_EQ(question.membership, wire::Membership::yes);
    EXPECT_EQ(question.user, "app");
    EXPECT_EQ(question.source, "127.0.0.1");
    EXPECT_EQ(question.service, "countersign");
    EXPECT_EQ(question.token, token);
}

TEST_F(Module, LongTokenArrivesWhole) {
    const Responder responder(agent, allow());
    const std::string sent(cluster->password_bytes_max(), 'x');
    EXPECT_TRUE(cluster->log_in("app", sent).allowed);
    ASSERT_EQ(responder.questions().size(), 1U);
    EXPECT_EQ(responder.questions().front().token, sent);
}

TEST_F(Module, RefusedSeesOneMessageAndTheLogSaysWhy) {
    const Responder responder(agent, refuse("token.time: expired"));
    expect_refusal(logged("token.time: expired [login " + login_id + "]"));
}

TEST_F(Module, AgentThatIsNotThereRefuses) {
    expect_refusal(logged("agent: not running (no such socket)"));
}

TEST_F(Module, AccountWithoutItsOwnAuthenticationIsRefused) {
    const Responder responder(agent, allow());
    serve("auth required pam_permit.so");
    expect_refusal("pam_acct_mgmt failed: Permission denied");
    EXPECT_TRUE(responder.questions().empty());
}

TEST_F(Module, UnusableArgumentsRefuse) {
    const Responder responder(agent, allow());
    const std::string unset = logged("agent: no socket is configured");
    for (const auto& [arguments, log_line] : std::vector<std::pair<std::string, std::string>>{
             {"", unset},
             {" sokcet=" + agent, unset},
             {" socket=" + agent + " debug", unset},
             {" socket=agent.sock", logged("agent: the socket's path is not usable")}}) {
        serve("auth required " + module + arguments);
        expect_refusal(log_line);
    }
    EXPECT_TRUE(responder.questions().empty());
}

// With the preload in front, libpam still serves all other services, as here one that lets everybody in.
TEST_F(Module, ThePreloadLeavesOtherServicesToLibpam) {
    ASSERT_TRUE(cluster->stop());
    Words environment = wrapper;
    environment.push_back("LD_PRELOAD=" + cluster->install(COUNTERSIGN_PRELOAD) +
                          " " COUNTERSIGN_PAM_WRAPPER);
    environment.push_back("COUNTERSIGN_AGENT_SOCKET=" + agent);
    ASSERT_TRUE(cluster->start(environment));
    const Responder responder(agent, refuse("by the preload"));
    EXPECT_TRUE(cluster->log_in("elsewhere", token).allowed);
    EXPECT_TRUE(responder.questions().empty());
    expect_refusal(logged("by the preload [login " + login_id + "]"));
}

}  // namespace
}  // namespace countersign::hook::test
