#include "databases/databases.h"

#include <gmock/gmock.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "base/files.h"
#include "databases/engines/local/engine_fixture.h"
#include "databases/engines/local/own_session.h"
#include "databases/engines/local/replication.h"

namespace countersign::databases {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST_F(EngineTest, AnInstanceIsCreatedAndItsMasterLogsIn) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_TRUE(instance("one")->server->created);
    EXPECT_EQ(log_in(server, "boss", password, "require"), "");
    EXPECT_THAT(log_in(server, "boss", "wrong", "require"), HasSubstr("password authentication failed"));
    EXPECT_EQ(ask(server, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'app'"), "boss");
    EXPECT_THAT(event_messages(), Contains("DB instance created"));
    ASSERT_FALSE(listener_.up().empty());
    EXPECT_EQ(listener_.up().front().agent_socket, home(server.resource_id).agent_socket());
}

TEST_F(EngineTest, TheMasterMakesTablesAndDatabases) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_EQ(do_as_master(server, "CREATE TABLE public.books (title text COLLATE \"C\")"), "");
    EXPECT_EQ(do_as_master(server, "CREATE DATABASE library"), "");
    EXPECT_EQ(do_as_master(server, "CREATE ROLE jane LOGIN; GRANT pg_monitor TO jane"), "");
    EXPECT_THAT(do_as_master(server, "ALTER ROLE rdsadmin NOLOGIN"), HasSubstr("refused a statement"));
}

// The rules' PAM line refuses here, so that the servers that were built without PAM can be asked, too.
TEST_F(EngineTest, TheMasterGrantsRdsIamAndIsAMemberOnlyWhenGrantedIt) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    ASSERT_EQ(do_as_master(server, "CREATE ROLE jane LOGIN; GRANT rds_iam TO jane"), "");
    const struct {
        const char* deed;
        bool with_password;
    } cases[] = {{"SELECT 1", true},
                 {"GRANT rds_iam TO boss", false},
                 {"REVOKE rds_iam FROM boss", true},
                 {"CREATE ROLE crew ROLE boss; GRANT rds_iam TO crew", false},
                 {"REVOKE crew FROM boss; DROP ROLE crew", true}};
    for (const auto& c : cases) {
        ASSERT_EQ(do_as_master(server, c.deed), "") << c.deed;
        ASSERT_TRUE(force_iam_rules(server)) << c.deed;
        const std::string answer = log_in(server, "boss", password, "require");
        EXPECT_EQ(answer.empty(), c.with_password) << c.deed << ": " << answer;
        EXPECT_THAT(log_in(server, "jane", "x", "require"), HasSubstr("pg_hba.conf rejects connection"));
    }
}

// The servers of these tests have no login hook.
TEST_F(EngineTest, NobodyMayUseReplicationWhereNothingKeepsThemToLogicalReplication) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    ASSERT_EQ(do_as_master(server, "CREATE ROLE jane LOGIN; GRANT rds_replication TO jane"), "");
    Result<local::ReplicationGuard> guard =
        local::ask_replication_guard(home(server.resource_id), server.port);
    ASSERT_TRUE(guard) << guard.error().message;
    EXPECT_EQ(*guard, local::ReplicationGuard::missing);
    Result<Session> session = local::open_session(home(server.resource_id), server.port);
    ASSERT_TRUE(session);
    ASSERT_TRUE(session->execute("ALTER ROLE jane REPLICATION"));
    const std::string may =
        "SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolreplication AND oid <> 10";
    EXPECT_TRUE(eventually([&] { return ask(server, may).empty(); }));
    EXPECT_TRUE(becomes("one", "available"));
}

TEST_F(EngineTest, ARebootHappensOnceAlsoWhenItWasAskedForWhileNobodyLooked) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    const int before = postmaster_pid(server);
    change_instance("one", [](model::DBInstance& record) {
        record.reboot = true;
        record.status = model::DatabaseStatus::rebooting;
    });
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_FALSE(instance("one")->reboot);
    const int after = postmaster_pid(server);
    EXPECT_NE(after, before);
    EXPECT_THAT(event_messages(), ::testing::IsSupersetOf({"DB instance shutdown", "DB instance restarted"}));
    stop();  // its servers stop with it: that is the reboot
    change_instance("one", [](model::DBInstance& record) {
        record.reboot = true;
        record.status = model::DatabaseStatus::rebooting;
    });
    ASSERT_TRUE(start());
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_FALSE(instance("one")->reboot);
    const std::vector<std::string> events = event_messages();
    EXPECT_EQ(std::count(events.begin(), events.end(), "DB instance restarted"), 2);
}

TEST_F(EngineTest, APostmasterThatIsKilledComesBack) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    const int before = postmaster_pid(server);
    kill(before, SIGKILL);
    EXPECT_TRUE(eventually([&] { return log_in(server, "boss", password, "require").empty(); }));
    EXPECT_NE(postmaster_pid(server), before);
}

TEST_F(EngineTest, IamIsTurnedOnAndOffWithoutARestart) {
    if (!knows_pam()) GTEST_SKIP() << "this PostgreSQL was built without PAM";
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    const int pid = postmaster_pid(server);
    const std::string count = "SELECT count(*) FROM pg_hba_file_rules WHERE user_name = '{+rds_iam}'";
    EXPECT_EQ(ask(server, count), "0");
    for (const bool wished : {true, false}) {
        change_instance("one", [&](model::DBInstance& record) {
            record.server->pending = {.iam_enabled = wished, .master_verifier = {}, .apply_now = true};
        });
        ASSERT_TRUE(eventually([&] { return instance("one")->server->iam_enabled == wished; }));
        ASSERT_TRUE(becomes("one", "available"));
        EXPECT_EQ(ask(server, count), wished ? "2" : "0");
        EXPECT_EQ(instance("one")->server->pending, model::PendingChanges());
        EXPECT_EQ(listener_.up().back().iam_enabled, wished);
    }
    EXPECT_EQ(postmaster_pid(server), pid);
}

TEST_F(EngineTest, AChangeWaitsForTheMaintenanceWindow) {
    if (!knows_pam()) GTEST_SKIP() << "this PostgreSQL was built without PAM";
    ASSERT_TRUE(start());
    create_instance("one");
    ASSERT_TRUE(becomes("one", "available"));
    change_instance("one", [](model::DBInstance& record) { record.server->pending.iam_enabled = true; });
    change_instance("one", [](model::DBInstance& record) {
        record.server->pending.master_verifier.clear();
        record.maintenance_window = "sun:00:00-sat:23:59";
    });
    EXPECT_TRUE(eventually([&] { return instance("one")->server->iam_enabled; }));
}

TEST_F(EngineTest, TheMasterPasswordIsReset) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    const std::string fresh = seal_password(server, "another-one");
    change_instance("one", [&](model::DBInstance& record) {
        record.server->pending = {.iam_enabled = {}, .master_verifier = fresh, .apply_now = true};
    });
    ASSERT_TRUE(eventually([&] { return instance("one")->server->pending.master_verifier.empty(); }));
    EXPECT_EQ(log_in(server, "boss", "another-one", "require"), "");
    EXPECT_NE(log_in(server, "boss", password, "require"), "");
}

// A copy of template1 cannot be made while somebody is in it.
TEST_F(EngineTest, APasswordThatCannotBeRecordedIsNotInForce) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    Result<Session> holder = local::open_session(home(server.resource_id), server.port, "template1");
    ASSERT_TRUE(holder);
    ASSERT_TRUE(holder->execute("DROP DATABASE postgres"));
    const std::string fresh = seal_password(server, "another-one");
    change_instance("one", [&](model::DBInstance& record) {
        record.server->pending = {.iam_enabled = {}, .master_verifier = fresh, .apply_now = true};
    });
    ASSERT_TRUE(becomes("one", "failed"));
    EXPECT_EQ(log_in(server, "boss", password, "require"), "");
    EXPECT_NE(log_in(server, "boss", "another-one", "require"), "");
    holder = Error{Fault::internal, "it goes"};
    ASSERT_TRUE(eventually([&] { return instance("one")->server->pending.master_verifier.empty(); }));
    EXPECT_EQ(log_in(server, "boss", "another-one", "require"), "");
}

// Members of pg_monitor see what every session does.
TEST_F(EngineTest, NobodySeesWhatTheControlPlaneSays) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    Result<Session> speaker = local::open_session(home(server.resource_id), server.port);
    ASSERT_TRUE(speaker);
    ASSERT_TRUE(speaker->execute("SELECT 'a verifier'"));
    EXPECT_EQ(ask(server,
                  "SELECT string_agg(query, '') FROM pg_stat_activity"
                  " WHERE usesysid = 10 AND backend_type = 'client backend'"),
              "");
}

TEST_F(EngineTest, TwoServersHaveDifferentIdentities) {
    ASSERT_TRUE(start());
    const model::Server one = *create_instance("one").server;
    const model::Server two = *create_instance("two").server;
    ASSERT_TRUE(becomes("one", "available"));
    ASSERT_TRUE(becomes("two", "available"));
    const std::string sql = "SELECT system_identifier::text FROM pg_control_system()";
    EXPECT_NE(ask(one, sql), ask(two, sql));
}

TEST_F(EngineTest, ADeletedInstanceLeavesNothing) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    change_instance("one", [](model::DBInstance& record) { record.wish = model::Wish::deleted; });
    ASSERT_TRUE(eventually([&] { return !instance("one"); }));
    EXPECT_TRUE(std::filesystem::is_empty(directory_ / "databases"));
    EXPECT_TRUE(std::filesystem::is_empty(directory_ / "run"));
    EXPECT_FALSE(store_->get(model::keys::port(server.port))->has_value());
    EXPECT_THAT(event_messages(), Contains("DB instance deleted"));
    EXPECT_THAT(listener_.down(), Contains(server.resource_id));
}

TEST_F(EngineTest, AServerWhosePortIsTakenFailsAndSaysWhy) {
    const model::Server server = *create_instance("one").server;
    const int other = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(bind(other, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(other, 1), 0);
    ASSERT_TRUE(start());
    ASSERT_TRUE(becomes("one", "failed"));
    EXPECT_THAT(event_messages(), Contains(HasSubstr("is taken by another program")));
    close(other);
    EXPECT_TRUE(becomes("one", "available"));
}

TEST_F(EngineTest, AServerThatRunsButCannotBeFinishedFailsAndRecovers) {
    const model::Server server = *create_instance("one").server;
    change_instance("one", [](model::DBInstance& record) { record.server->master_verifier = "unsealed"; });
    ASSERT_TRUE(start());
    ASSERT_TRUE(becomes("one", "failed"));
    EXPECT_EQ(ask(server, "SELECT 1"), "1");
    EXPECT_THAT(event_messages(), Contains(HasSubstr("The database failed: ")));
    change_instance(
        "one", [&](model::DBInstance& record) { record.server->master_verifier = server.master_verifier; });
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_EQ(log_in(server, "boss", password, "require"), "");
    EXPECT_THAT(event_messages(), Contains("Recovery of the DB instance is complete"));
}

TEST_F(EngineTest, AServerThatRunsButCannotBeFinishedCanBeDeleted) {
    create_instance("one");
    change_instance("one", [](model::DBInstance& record) { record.server->master_verifier = "unsealed"; });
    ASSERT_TRUE(start());
    ASSERT_TRUE(becomes("one", "failed"));
    change_instance("one", [](model::DBInstance& record) { record.wish = model::Wish::deleted; });
    ASSERT_TRUE(eventually([&] { return !instance("one"); }));
    EXPECT_TRUE(std::filesystem::is_empty(directory_ / "databases"));
}

TEST_F(EngineTest, WhatIsHalfMadeIsRemovedAtStart) {
    const std::filesystem::path made = directory_ / "databases" / "db-one.making";
    ASSERT_TRUE(std::filesystem::create_directories(made / "data"));
    ASSERT_TRUE(store_->commit({{}, {store::put(model::keys::port(20001), model::PortClaim{"db-nobody"})}}));
    ASSERT_TRUE(start());
    EXPECT_FALSE(std::filesystem::exists(made));
    EXPECT_FALSE(store_->get(model::keys::port(20001))->has_value());
}

TEST_F(EngineTest, AStopEndsTheServersAndAStartBringsThemBack) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    stop();
    EXPECT_NE(log_in(server, "boss", password, "require"), "");
    EXPECT_THAT(ask(server, "SELECT 1"), HasSubstr("No such file"));
    ASSERT_TRUE(start());
    EXPECT_TRUE(eventually([&] { return log_in(server, "boss", password, "require").empty(); }));
}

TEST_F(EngineTest, RefusedLoginsAreReported) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_NE(log_in(server, "nobody", "x", "require"), "");
    EXPECT_NE(log_in(server, "boss", forces_tls() ? password : "wrong", "disable"), "");
    ASSERT_TRUE(eventually([&] { return listener_.refused().size() >= 2; }));
    const std::vector<RefusedLogin> refused = listener_.refused();
    EXPECT_EQ(refused[0].cause, RefusalCause::password);
    EXPECT_EQ(refused[0].user, "nobody");
    EXPECT_EQ(refused[0].database, "app");
    EXPECT_NE(refused[0].port, 0);
    EXPECT_EQ(refused[1].cause, forces_tls() ? RefusalCause::no_tls : RefusalCause::password);
    EXPECT_EQ(refused[1].user, "boss");
}

TEST_F(EngineTest, WhatIsNotTlsOrNotAPamServiceOrTooLongIsToldApart) {
    if (!knows_pam()) GTEST_SKIP() << "this PostgreSQL was built without PAM";
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    change_instance("one", [](model::DBInstance& record) {
        record.server->pending = {.iam_enabled = true, .master_verifier = {}, .apply_now = true};
    });
    ASSERT_TRUE(eventually([&] { return instance("one")->server->iam_enabled; }));
    ask(server, "CREATE ROLE jane LOGIN IN ROLE rds_iam");
    EXPECT_THAT(log_in(server, "jane", "token", "disable"), HasSubstr("pg_hba.conf rejects connection"));
    EXPECT_THAT(log_in(server, "jane", "token", "require"), HasSubstr("PAM authentication failed"));
    EXPECT_NE(log_in(server, "jane", std::string(65'531, 't'), "require"), "");
    ASSERT_TRUE(eventually([&] { return listener_.refused().size() >= 3; }));
    const std::vector<RefusedLogin> refused = listener_.refused();
    EXPECT_EQ(refused[0].cause, RefusalCause::no_tls);
    EXPECT_EQ(refused[1].cause, RefusalCause::pam_no_service);
    EXPECT_EQ(refused[2].cause, RefusalCause::oversized);
}

TEST_F(EngineTest, AServerThatOutlivedTheControlPlaneIsAdopted) {
    make_instance_and_die("one");
    const model::Server server = *instance("one")->server;
    const int pid = postmaster_pid(server);
    ASSERT_EQ(log_in(server, "boss", password, "require"), "");
    ASSERT_TRUE(start());
    ASSERT_TRUE(eventually([&] { return !listener_.up().empty(); }));
    EXPECT_EQ(log_in(server, "boss", password, "require"), "");
    EXPECT_EQ(postmaster_pid(server), pid);
    kill(pid, SIGKILL);
    EXPECT_TRUE(eventually([&] { return postmaster_pid(server) != pid; }));
    EXPECT_TRUE(eventually([&] { return log_in(server, "boss", password, "require").empty(); }));
}

TEST_F(EngineTest, ADirectoryWithoutARecordIsKept) {
    const std::filesystem::path data = directory_ / "databases" / "db-unknown" / "data";
    ASSERT_TRUE(std::filesystem::create_directories(data));
    ASSERT_TRUE(start());
    EXPECT_TRUE(std::filesystem::exists(data));
}

TEST_F(EngineTest, ADataDirectoryThatIsGoneIsNotMadeAnew) {
    ASSERT_TRUE(start());
    const model::Server server = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    stop();
    std::filesystem::remove_all(home(server.resource_id).root);
    ASSERT_TRUE(start());
    ASSERT_TRUE(becomes("one", "failed"));
    EXPECT_THAT(event_messages(), Contains(HasSubstr("data directory is gone")));
    EXPECT_FALSE(std::filesystem::exists(home(server.resource_id).root));
}

TEST_F(EngineTest, APasswordOfAClusterWithoutInstancesWaitsForOne) {
    ASSERT_TRUE(start());
    const model::Server server = create_cluster("c").server;
    ASSERT_TRUE(eventually([&] { return cluster("c")->status == model::DatabaseStatus::available; }));
    const std::string fresh = seal_password(server, "another-one");
    change_cluster("c", [&](model::DBCluster& record) {
        record.status = model::DatabaseStatus::resetting_master_credentials;
        record.server.pending = {.iam_enabled = {}, .master_verifier = fresh, .apply_now = true};
    });
    ASSERT_TRUE(eventually([&] { return cluster("c")->status == model::DatabaseStatus::available; }));
    EXPECT_EQ(cluster("c")->server.pending.master_verifier, fresh);
    add_member("one", "c");
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_EQ(cluster("c")->server.pending, model::PendingChanges());
    EXPECT_EQ(cluster("c")->status, model::DatabaseStatus::available);
    EXPECT_EQ(log_in(server, "boss", "another-one", "require"), "");
    EXPECT_NE(log_in(server, "boss", password, "require"), "");
}

TEST_F(EngineTest, AClusterIsStorageUntilItHasAnInstance) {
    ASSERT_TRUE(start());
    const model::Server server = create_cluster("c").server;
    ASSERT_TRUE(eventually([&] { return cluster("c")->status == model::DatabaseStatus::available; }));
    EXPECT_TRUE(cluster("c")->server.created);
    EXPECT_NE(log_in(server, "boss", password, "require"), "");
    add_member("one", "c");
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_EQ(log_in(server, "boss", password, "require"), "");
    ask(server, "CREATE TABLE public.kept ()");
    change_instance("one", [](model::DBInstance& record) { record.wish = model::Wish::deleted; });
    ASSERT_TRUE(eventually([&] { return !instance("one"); }));
    EXPECT_NE(log_in(server, "boss", password, "require"), "");
    add_member("two", "c");
    ASSERT_TRUE(becomes("two", "available"));
    EXPECT_EQ(ask(server, "SELECT to_regclass('public.kept')::text"), "public.kept");
}

}  // namespace
}  // namespace countersign::databases
