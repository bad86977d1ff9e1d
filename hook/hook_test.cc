// The preload inside a real PostgreSQL, asked by a real client; only the agent is played.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <memory>

#include "test/cluster.h"
#include "test/responder.h"

namespace countersign::hook::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* token = "db.example:5432/?Action=connect&X-Amz-Signature=0123456789abcdef";

std::unique_ptr<Cluster> cluster;

// One cluster serves every suite; each suite starts and stops its server.
class ClusterOfAll : public ::testing::Environment {
public:
    void SetUp() override { cluster = std::make_unique<Cluster>(); }
    void TearDown() override { cluster.reset(); }
};

[[maybe_unused]] const auto* const environment = ::testing::AddGlobalTestEnvironment(new ClusterOfAll);

class WayIn : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(cluster->trouble(), "");
        agent = cluster->path("agent.sock");
        cluster->new_log();
    }

    static Words preloaded() {
        return {"LD_PRELOAD=" + cluster->install(COUNTERSIGN_PRELOAD),
                "COUNTERSIGN_AGENT_SOCKET=" + cluster->path("agent.sock")};
    }

    // The client sees what RDS shows and no more; the log says why, and holds no token.
    static void expect_refusal(const Login& login, const std::string& user, const std::string& log_line) {
        EXPECT_FALSE(login.allowed);
        EXPECT_THAT(login.message, EndsWith(refusal_of(user)));
        const std::string log = cluster->new_log();
        EXPECT_THAT(log, HasSubstr(log_line));
        EXPECT_THAT(log, HasSubstr("[28000] FATAL:  PAM authentication failed for user \"" + user + "\""));
        EXPECT_THAT(log, Not(HasSubstr("X-Amz-Signature")));
    }

    std::string agent;
};

class Preload : public WayIn {
protected:
    static void SetUpTestSuite() {
        ASSERT_EQ(cluster->trouble(), "");
        ASSERT_TRUE(cluster->start(preloaded()));
    }
    static void TearDownTestSuite() { EXPECT_TRUE(cluster->stop()); }
};

TEST_F(Preload, AllowedIsLetInAsTheRoleItself) {
    const Responder responder(agent, allow());
    const Login login = cluster->log_in("app", token);
    EXPECT_TRUE(login.allowed) << login.message;
    EXPECT_EQ(login.session_user, "app");
    EXPECT_EQ(cluster->new_log(), "");
}

TEST_F(Preload, RefusedSeesOneMessageAndTheLogSaysWhy) {
    const Responder responder(agent, refuse("policy: no statement allows rds-db:connect"));
    const Login login = cluster->log_in("app", token);
    expect_refusal(login, "app",
                   logged("policy: no statement allows rds-db:connect [login " + login_id + "]"));
}

TEST_F(Preload, RefusalIsPermissionDeniedInTheLog) {
    const Responder responder(agent, refuse("token.time: expired"));
    cluster->log_in("app", token);
    EXPECT_THAT(cluster->new_log(), HasSubstr("pam_authenticate failed: Permission denied\n"));
}

TEST_F(Preload, AllowedButNoLoginRoleStaysOut) {
    const Responder responder(agent, allow());
    const Login login = cluster->log_in("team", token);
    EXPECT_FALSE(login.allowed);
    EXPECT_THAT(login.message, HasSubstr("role \"team\" is not permitted to log in"));
}

struct Reported {
    const char* user;
    const char* sslmode;
    wire::Transport transport;
    wire::Membership membership;
};

class Reports : public Preload, public ::testing::WithParamInterface<Reported> {};

TEST_P(Reports, WhatTheBackendKnowsOfTheConnection) {
    const Reported& expected = GetParam();
    const Responder responder(agent, allow());
    EXPECT_TRUE(cluster->log_in(expected.user, token, expected.sslmode).allowed);
    ASSERT_EQ(responder.questions().size(), 1U);
    const Question question = responder.questions().front();
    EXPECT_TRUE(question.well_formed);
    EXPECT_EQ(question.transport, expected.transport);
    EXPECT_EQ(question.membership, expected.membership);
    EXPECT_EQ(question.user, expected.user);
    EXPECT_EQ(question.source, "127.0.0.1");
    EXPECT_EQ(question.service, "countersign");
    EXPECT_EQ(question.token, token);
}

INSTANTIATE_TEST_SUITE_P(
    Connections, Reports,
    ::testing::Values(Reported{"app", "require", wire::Transport::tls, wire::Membership::yes},
                      Reported{"nested", "require", wire::Transport::tls, wire::Membership::yes},
                      Reported{"stranger", "require", wire::Transport::tls, wire::Membership::no},
                      Reported{"plain", "disable", wire::Transport::plain, wire::Membership::yes}),
    [](const auto& which) { return std::string(which.param.user); });

// libpq's own variable, as a person would set it.
class ApplicationName {
public:
    explicit ApplicationName(const std::string& name) { setenv("PGAPPNAME", name.c_str(), 1); }
    ~ApplicationName() { unsetenv("PGAPPNAME"); }
    ApplicationName(const ApplicationName&) = delete;
    ApplicationName& operator=(const ApplicationName&) = delete;
};

TEST_F(Preload, DatabaseAndApplicationAreReported) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"nightly report", "nightly report"},
        {"it's \"quoted\" \\ {}", "it's \"quoted\" \\ {}"},
        {std::string(1024, 'n'), std::string(wire::application_bytes_max, 'n')},
        {"", ""},
    };
    for (const auto& [name, expected] : cases) {
        const ApplicationName named(name);
        const Responder responder(agent, allow());
        EXPECT_TRUE(cluster->log_in("app", token).allowed);
        ASSERT_EQ(responder.questions().size(), 1U);
        const bool known = cluster->major() >= 14;  // startup.h
        EXPECT_EQ(responder.questions().front().database, known ? "postgres" : "");
        EXPECT_EQ(responder.questions().front().application, known ? expected : "");
    }
}

TEST_F(Preload, TokensOfAnyLengthAndBytesArriveWhole) {
    const std::size_t longest = cluster->password_bytes_max();
    const std::vector<std::string> tokens = {"t",
                                             std::string(std::min<std::size_t>(longest, 5000), 'x'),
                                             std::string(longest - longest / 12, 'y'),
                                             std::string(longest, 'z'),
                                             "\xff\xfe\x80 \n\t\xc3",
                                             "with\nnewline\n"};
    for (const std::string& sent : tokens) {
        const Responder responder(agent, allow());
        EXPECT_TRUE(cluster->log_in("app", sent).allowed) << sent.size();
        ASSERT_EQ(responder.questions().size(), 1U);
        EXPECT_EQ(responder.questions().front().token, sent) << sent.size();
    }
}

TEST_F(Preload, WithoutTokenNobodyIsAsked) {
    const Responder responder(agent, allow());
    const Login login = cluster->log_in("app", "");
    EXPECT_FALSE(login.allowed);
    EXPECT_TRUE(responder.questions().empty());
}

TEST_F(Preload, LongerThanPostgresTakesIsRefused) {
    const Responder responder(agent, allow());
    EXPECT_FALSE(cluster->log_in("app", std::string(cluster->password_bytes_max() + 470, 'x')).allowed);
    EXPECT_TRUE(responder.questions().empty());
}

struct NoVerdict {
    const char* name;
    Script script;
    const char* log_line;
};

Bytes changed(Bytes bytes, size_t at, uint8_t value) {
    bytes.at(at) = value;
    return bytes;
}

std::vector<NoVerdict> no_verdicts() {
    const Bytes good = answer(wire::Verdict::allowed, "");
    const Bytes half(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(good.size() / 2));
    const char* const no_verdict = "agent: answered with what is no verdict";
    const char* const hung_up = "agent: hung up without an answer";
    return {
        {"Silence", {Manner::stay_silent, {}, {}}, "agent: does not answer within 1500 ms"},
        {"HangsUp", {Manner::hang_up, {}, {}}, hung_up},
        {"HangsUpUnread", {Manner::hang_up_unread, {}, {}}, hung_up},
        {"HalfAnAnswer", {Manner::answer, half, {}}, no_verdict},
        {"Garbage", {Manner::answer, Bytes(200, 0x5a), {}}, no_verdict},
        {"TooMuch", {Manner::answer, Bytes(100'000, 0xa5), {}}, no_verdict},
        {"OtherVersion", {Manner::answer, changed(good, 4, 1), {}}, no_verdict},
        {"OtherVerdict", {Manner::answer, changed(good, 6, 1), {}}, no_verdict},
        {"NoLoginId", {Manner::answer, changed(good, 10, 0), {}}, no_verdict},
    };
}

class Refuses : public Preload, public ::testing::WithParamInterface<NoVerdict> {};

TEST_P(Refuses, WhatIsNoVerdict) {
    const Responder responder(agent, GetParam().script);
    expect_refusal(cluster->log_in("app", token), "app", logged(GetParam().log_line));
}

INSTANTIATE_TEST_SUITE_P(Agent, Refuses, ::testing::ValuesIn(no_verdicts()),
                         [](const auto& which) { return std::string(which.param.name); });

TEST_F(Preload, NoVerdictIsAnUnavailableServiceInTheLog) {
    cluster->log_in("app", token);
    EXPECT_THAT(cluster->new_log(),
                HasSubstr("pam_authenticate failed: Authentication service cannot retrieve "
                          "authentication info\n"));
}

TEST_F(Preload, AgentThatWasNeverThereIsNamed) {
    expect_refusal(cluster->log_in("app", token), "app", logged("agent: not running (no such socket)"));
}

TEST_F(Preload, AgentThatIsGoneIsNamed) {
    // A socket file that outlives its listener, as after a crash of the agent.
    {
        const Responder responder(agent, allow());
        std::filesystem::rename(agent, agent + ".left");
    }
    std::filesystem::rename(agent + ".left", agent);
    expect_refusal(cluster->log_in("app", token), "app", logged("agent: not running (connection refused)"));
    std::filesystem::remove(agent);
}

TEST_F(Preload, FullBacklogEndsAtTheDeadline) {
    const FullListener listener(agent);
    ASSERT_TRUE(listener.is_full());
    expect_refusal(cluster->log_in("app", token), "app", logged("agent: does not answer within 1500 ms"));
}

TEST_F(Preload, ReasonIsPrintableOnOneLine) {
    const Responder responder(agent, refuse("two\nlines\x1b[31m \xc3\xa4"));
    expect_refusal(cluster->log_in("app", token), "app",
                   logged("two?lines?[31m ?? [login " + login_id + "]"));
}

TEST_F(Preload, LongestReasonArrivesWhole) {
    const std::string reason(wire::reason_bytes_max, 'r');
    const Responder responder(agent, refuse(reason));
    expect_refusal(cluster->log_in("app", token), "app", logged(reason + " [login " + login_id + "]"));
}

TEST_F(Preload, OthersLogInWhileAnAgentIsSilent) {
    Responder responder(agent, {Manner::stay_silent, {}, {}});
    auto waiting = std::async(std::launch::async, [] { return cluster->log_in("app", token); });
    responder.await_question();
    EXPECT_TRUE(cluster->log_in("clerk", "correct horse").allowed);
    expect_refusal(waiting.get(), "app", logged("agent: does not answer within 1500 ms"));
}

TEST_F(Preload, ServerThatEndsTheBackendIsObeyedAtOnce) {
    const Script script = {
        Manner::stay_silent, {}, [](const Question& asked) { kill(asked.backend, SIGTERM); }};
    const Responder responder(agent, script);
    EXPECT_FALSE(cluster->log_in("app", token).allowed);
    EXPECT_THAT(cluster->new_log(), HasSubstr(logged("server: ended the login before the agent answered")));
}

TEST_F(Preload, ServerStopsWhileAnAgentIsSilent) {
    Responder responder(agent, {Manner::stay_silent, {}, {}});
    auto waiting = std::async(std::launch::async, [] { return cluster->log_in("app", token); });
    responder.await_question();
    EXPECT_TRUE(cluster->stop());
    EXPECT_FALSE(waiting.get().allowed);
    EXPECT_THAT(cluster->new_log(), HasSubstr(logged("server: ended the login before the agent answered")));
    ASSERT_TRUE(cluster->start(preloaded()));
}

TEST_F(Preload, PasswordUsersAreUntouched) {
    const Responder responder(agent, refuse("nobody"));
    EXPECT_TRUE(cluster->log_in("clerk", "correct horse").allowed);
    EXPECT_TRUE(cluster->log_in("clerk", "correct horse", "disable").allowed);
    const Login wrong = cluster->log_in("clerk", "battery staple");
    EXPECT_THAT(wrong.message, HasSubstr("password authentication failed for user \"clerk\""));
    EXPECT_TRUE(responder.questions().empty());
}

TEST_F(Preload, MembersWithoutTlsAreRejectedBeforeTheySendAToken) {
    const Responder responder(agent, allow());
    const Login login = cluster->log_in("app", token, "disable");
    EXPECT_THAT(login.message, HasSubstr("pg_hba.conf rejects connection"));
    EXPECT_TRUE(responder.questions().empty());
}

TEST_F(Preload, OtherServicesGoToTheRealPam) {
    const Responder responder(agent, allow());
    const Login login = cluster->log_in("elsewhere", token);
    EXPECT_THAT(login.message, EndsWith(refusal_of("elsewhere")));
    EXPECT_TRUE(responder.questions().empty());
    EXPECT_THAT(cluster->new_log(), Not(HasSubstr("countersign: ")));
}

TEST_F(WayIn, WithoutThePreloadNobodyIsLetIn) {
    ASSERT_TRUE(cluster->start({"COUNTERSIGN_AGENT_SOCKET=" + agent}));
    const Responder responder(agent, allow());
    EXPECT_THAT(cluster->log_in("app", token).message, EndsWith(refusal_of("app")));
    EXPECT_TRUE(responder.questions().empty());
    EXPECT_TRUE(cluster->stop());
}

TEST_F(WayIn, WithoutASocketNobodyIsLetIn) {
    for (const auto& [variable, log_line] : std::vector<std::pair<std::string, std::string>>{
             {"UNRELATED=1", "agent: no socket is configured"},
             {"COUNTERSIGN_AGENT_SOCKET=", "agent: the socket's path is not usable"},
             {"COUNTERSIGN_AGENT_SOCKET=agent.sock", "agent: the socket's path is not usable"},
             {"COUNTERSIGN_AGENT_SOCKET=/" + std::string(108, 'x'),
              "agent: the socket's path is not usable"}}) {
        ASSERT_TRUE(cluster->start({preloaded().front(), variable}));
        expect_refusal(cluster->log_in("app", token), "app", logged(log_line));
        EXPECT_TRUE(cluster->stop());
    }
}

}  // namespace
}  // namespace countersign::hook::test
