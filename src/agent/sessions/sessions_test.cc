#include "agent/sessions/sessions.h"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/sessions/fixture.h"
#include "agent/sessions/live_sessions.h"
#include "formats/iso_time.h"

namespace countersign::agent {
namespace {

namespace fs = std::filesystem;

class SessionsTest : public SessionsPlace {
protected:
    std::unique_ptr<Sessions> make(std::optional<std::chrono::seconds> age_max = std::nullopt) {
        auto sessions = std::make_unique<Sessions>(Sessions::Deps{clock_, log_, *audit_}, file_, age_max);
        const auto started = sessions->start();
        EXPECT_TRUE(started);
        return sessions;
    }

    LiveSession session_of(const std::string& login_id, const Backend& backend) const {
        LiveSession session;
        session.login.login_id = login_id;
        session.login.time = formats::extended_time(clock_.now());
        session.login.decision = audit::Decision::allowed;
        session.login.account = "123456789012";
        session.login.user = "jane";
        session.login.principal_arn = "arn:aws:iam::123456789012:user/jane";
        session.login.backend_pid = backend.identity().pid;
        session.login.backend_started = backend.identity().started;
        session.since = clock_.now();
        session.working_directory = fs::current_path();
        session.boot_id = backend.identity().boot_id;
        return session;
    }
    // A session of this process's, followed.
    Sessions::Number follow(Sessions& sessions, const Child& child, const std::string& login_id) const {
        Backend backend = *Backend::hold(child.pid());
        LiveSession session = session_of(login_id, backend);
        const auto number = sessions.begin(std::move(session), std::move(backend));
        EXPECT_TRUE(number);
        sessions.follow(*number);
        return *number;
    }
    SessionEnd order(SessionFilter filter) const {
        return {"1", clock_.now(), "arn:aws:iam::123456789012:root", std::move(filter), clock_.now()};
    }
    fs::path file() const { return dir_ / "sessions.json"; }

    fs::path file_ = file();
};

TEST_F(SessionsTest, RecordsThatASessionWasClosed) {
    const auto sessions = make();
    Child child;
    follow(*sessions, child, "A");
    EXPECT_EQ(sessions->all().size(), 1U);
    child.end();
    const auto ended = heard_.await(audit::Decision::ended, 1);
    EXPECT_EQ(ended[0].login_id, "A");
    EXPECT_EQ(ended[0].reason, "closed");
    EXPECT_TRUE(sessions->all().empty());
}

TEST_F(SessionsTest, AnEndIsPastEvenWhileAForkedProcessHasItsDescriptor) {
    const auto sessions = make();
    Child child;
    follow(*sessions, child, "A");
    const Child forked;
    child.end();
    heard_.await(audit::Decision::ended, 1);
    sessions->stop();  // looks until there is nothing more to see
}

TEST_F(SessionsTest, EndsOnlyWhatAnOrderMeans) {
    const auto sessions = make();
    Child one;
    Child other;
    follow(*sessions, one, "A");
    follow(*sessions, other, "B");
    EXPECT_EQ(sessions->end(order({.account = "123456789012", .login_ids = {"A"}})), 1U);
    EXPECT_EQ(one.await_end(), SIGTERM);
    const auto ended = heard_.await(audit::Decision::ended, 1);
    EXPECT_EQ(ended[0].login_id, "A");
    EXPECT_EQ(ended[0].reason, "ended by arn:aws:iam::123456789012:root");
    ASSERT_EQ(sessions->all().size(), 1U);
    EXPECT_EQ(sessions->all()[0].second->login.login_id, "B");
    EXPECT_EQ(sessions->end(order({.account = "210987654321"})), 0U);
}

TEST_F(SessionsTest, AnOrderReachesALoginThatWasUnderWay) {
    const auto sessions = make();
    Child child;
    Backend backend = *Backend::hold(child.pid());
    LiveSession session = session_of("A", backend);
    EXPECT_EQ(sessions->end(order({.user = "jane"})), 0U);
    ASSERT_TRUE(sessions->begin(std::move(session), std::move(backend)));
    EXPECT_EQ(child.await_end(), SIGTERM);
}

TEST_F(SessionsTest, AnOrderLeavesLaterSessionsAlone) {
    const auto sessions = make();
    const SessionEnd earlier = order({});
    clock_.set(clock_.now() + std::chrono::seconds(1));
    Child child;
    follow(*sessions, child, "A");
    EXPECT_EQ(sessions->end(earlier), 0U);
}

TEST_F(SessionsTest, EndsAtAnAge) {
    const auto sessions = make(std::chrono::seconds(60));
    Child old;
    follow(*sessions, old, "A");
    clock_.set(clock_.now() + std::chrono::seconds(60));
    Child young;
    follow(*sessions, young, "B");
    sessions->stop();  // looks a last time
    EXPECT_EQ(old.await_end(), SIGTERM);
    EXPECT_EQ(::kill(young.pid(), 0), 0);
}

TEST_F(SessionsTest, FindsLiveSessionsAgain) {
    Child alive;
    Child gone;
    auto before = make();
    follow(*before, alive, "A");
    follow(*before, gone, "B");
    before->stop();
    gone.end();
    before.reset();
    EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);

    const auto after = make();
    const auto ended = heard_.await(audit::Decision::ended, 1);
    EXPECT_EQ(ended[0].login_id, "B");
    EXPECT_EQ(ended[0].reason, "closed while the agent was away");
    ASSERT_EQ(after->all().size(), 1U);
    EXPECT_EQ(after->end(order({.login_ids = {"A"}})), 1U);
    EXPECT_EQ(alive.await_end(), SIGTERM);
}

TEST_F(SessionsTest, TrustsNoOtherProcessWithTheNumberOfASession) {
    Child child;
    const Backend backend = *Backend::hold(child.pid());
    const ProcessIdentity& right = backend.identity();
    const fs::path here = fs::current_path();
    EXPECT_TRUE(Backend::find(right, here));
    EXPECT_FALSE(Backend::find({right.pid, right.started + 1, right.boot_id}, here));
    EXPECT_FALSE(Backend::find({right.pid, right.started, "another start of the machine"}, here));
    EXPECT_FALSE(Backend::find(right, dir_));
    child.end();
    EXPECT_FALSE(Backend::find(right, here));
}

TEST_F(SessionsTest, KeepsItsFileSmallAndReadsADamagedOne) {
    SessionsFile kept(file());
    ASSERT_TRUE(kept.rewrite({}));
    LiveSession session;
    session.login.login_id = "A";
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(kept.append_begun(session));
        ASSERT_TRUE(kept.append_ended("A"));
    }
    EXPECT_TRUE(kept.is_stale(0));
    ASSERT_TRUE(kept.rewrite({&session}));
    EXPECT_FALSE(kept.is_stale(1));
    std::ofstream(file(), std::ios::app) << "{\"begun\":{\"lo";
    ASSERT_EQ(kept.load().size(), 1U);
    EXPECT_EQ(kept.load()[0].login.login_id, "A");
}

TEST_F(SessionsTest, ALoginThatWasNotLetInLeavesNothing) {
    const auto sessions = make();
    Child child;
    const Sessions::Number number = follow(*sessions, child, "A");
    sessions->forget(number);
    EXPECT_TRUE(sessions->all().empty());
    EXPECT_TRUE(SessionsFile(file()).load().empty());
}

TEST(SessionFilterTest, ARoleStandsForItsSessions) {
    audit::LoginEntry login;
    login.principal_arn = "arn:aws:sts::123456789012:assumed-role/Admin/alice";
    EXPECT_TRUE(meets(login, {.principal_arn = "arn:aws:iam::123456789012:role/team/Admin"}));
    EXPECT_TRUE(meets(login, {.principal_arn = login.principal_arn}));
    EXPECT_FALSE(meets(login, {.principal_arn = "arn:aws:iam::210987654321:role/team/Admin"}));
    EXPECT_FALSE(meets(login, {.principal_arn = "arn:aws:iam::123456789012:role/Adm"}));
    EXPECT_FALSE(meets(login, {.principal_arn = "arn:aws:iam::123456789012:user/Admin"}));
}

TEST(LiveSessionsTest, AreThoseThatWereLetInAndHaveNotEnded) {
    LiveSessions live;
    audit::LoginEntry login;
    login.login_id = "A";
    login.decision = audit::Decision::allowed;
    live.on_login(login);  // nobody follows its process
    EXPECT_TRUE(live.meeting({}).empty());
    login.backend_started = 1;
    live.on_login(login);
    audit::LoginEntry of_host = login;
    of_host.login_id = "B";
    of_host.agent = "host-1";
    live.on_login(of_host);
    EXPECT_EQ(live.meeting({}).size(), 2U);
    live.replace("", {});
    ASSERT_EQ(live.meeting({}).size(), 1U);
    EXPECT_EQ(live.meeting({})[0].login_id, "B");
    audit::LoginEntry of_other = of_host;  // who says the same of a session that is not its own
    of_other.agent = "host-2";
    live.on_login(of_other);
    of_other.decision = audit::Decision::ended;
    live.on_login(of_other);
    ASSERT_EQ(live.meeting({}).size(), 1U);
    EXPECT_EQ(live.meeting({})[0].agent, "host-1");
    of_host.decision = audit::Decision::ended;
    live.on_login(of_host);
    EXPECT_TRUE(live.meeting({}).empty());
}

}  // namespace
}  // namespace countersign::agent
