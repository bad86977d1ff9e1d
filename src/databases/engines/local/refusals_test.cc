#include "databases/engines/local/refusals.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "formats/iso_time.h"

namespace countersign::databases::local {
namespace {

// As PostgreSQL writes it: texts are quoted.
LogRecord record(int pid, const char* severity, const char* state, const char* message,
                 const char* command = "authentication") {
    LogRecord fields(26);
    fields[0].text = "2026-01-02 03:04:05.678 UTC";
    fields[1] = {"jane", true};
    fields[2] = {"app", true};
    fields[3].text = std::to_string(pid);
    fields[4] = {"::1:54321", true};
    fields[5].text = "65a1f." + std::to_string(pid);
    fields[7] = {command, true};
    fields[11].text = severity;
    fields[12].text = state;
    fields[13] = {message, true};
    return fields;
}

TEST(Refusals, TheFactsAreThoseOfTheRecord) {
    RefusalFinder finder("db-1");
    const std::optional<RefusedLogin> login =
        finder.take(record(7, "FATAL", "28P01", "password authentication failed for user \"jane\""));
    ASSERT_TRUE(login);
    EXPECT_EQ(login->server, "db-1");
    EXPECT_EQ(login->user, "jane");
    EXPECT_EQ(login->database, "app");
    EXPECT_EQ(login->host, "::1");
    EXPECT_EQ(login->port, 54321);
    EXPECT_EQ(login->pid, 7);
    EXPECT_EQ(formats::extended_time(login->time), "2026-01-02T03:04:05.678Z");
}

TEST(Refusals, TheCauseIsRead) {
    const struct {
        const char* severity;
        const char* state;
        const char* message;
        RefusalCause cause;
    } cases[] = {
        {"FATAL", "28P01", "password authentication failed for user \"jane\"", RefusalCause::password},
        {"FATAL", "28000",
         "pg_hba.conf rejects connection for host \"::1\", user \"jane\", database \"app\", no encryption",
         RefusalCause::no_tls},
        {"FATAL", "28000",
         "no pg_hba.conf entry for host \"::1\", user \"jane\", database \"app\", no encryption",
         RefusalCause::no_tls},
        {"FATAL", "28000",
         "no pg_hba.conf entry for replication connection from host \"::1\", user \"jane\", SSL encryption",
         RefusalCause::other},
        {"FATAL", "28000", "PAM authentication failed for user \"jane\"", RefusalCause::pam_no_service},
        {"FATAL", "28P01", "password authentication failed for user \"pg_hba.conf rejects no encryption\"",
         RefusalCause::password},
        {"FATAL", "28000", "role \"jane\" is not permitted to log in", RefusalCause::other},
        {"LOG", "08P01", "invalid message length", RefusalCause::oversized},
    };
    for (const auto& c : cases) {
        const std::optional<RefusedLogin> login =
            RefusalFinder("db-1").take(record(7, c.severity, c.state, c.message));
        ASSERT_TRUE(login) << c.message;
        EXPECT_EQ(login->cause, c.cause) << c.message;
    }
}

TEST(Refusals, ThePlaceIsTheCauseWhereAllOfItIsRefused) {
    const std::vector<policy::Network> refused{*policy::parse_network("10.0.0.0/8"),
                                               *policy::parse_network("2001:db8::/32")};
    const auto cause = [&](const std::string& host, const std::string& message) {
        RefusedLogin login;
        login.cause = RefusalCause::no_tls;
        login.host = host;
        login.message = message;
        judge_place(login, refused);
        return login.cause;
    };
    const std::string rejected = "pg_hba.conf rejects connection for host \"x\", no encryption";
    EXPECT_EQ(cause("10.1.2.3", rejected), RefusalCause::network);
    EXPECT_EQ(cause("2001:db8::7", rejected), RefusalCause::network);
    EXPECT_EQ(cause("2001:db8::7%eth0", rejected), RefusalCause::network);
    EXPECT_EQ(cause("11.1.2.3", rejected), RefusalCause::no_tls);
    EXPECT_EQ(cause("[local]", rejected), RefusalCause::no_tls);
    EXPECT_EQ(cause("10.1.2.3", "no pg_hba.conf entry for host \"x\", no encryption"), RefusalCause::no_tls);
}

TEST(Refusals, OtherRecordsAreNone) {
    RefusalFinder finder("db-1");
    EXPECT_FALSE(
        finder.take(record(7, "FATAL", "57P01", "terminating connection due to administrator command")));
    EXPECT_FALSE(finder.take(record(7, "ERROR", "28000", "must be superuser")));
    EXPECT_FALSE(finder.take(record(7, "LOG", "08P01", "invalid message length", "idle")));
    EXPECT_FALSE(finder.take({}));
    EXPECT_FALSE(finder.take({{"short", false}}));
}

TEST(Refusals, TheModulesWordsBelongToTheRefusalOfTheSameProcess) {
    RefusalFinder finder("db-1");
    EXPECT_FALSE(finder.take(
        record(7, "LOG", "00000",
               "error from underlying PAM layer: countersign: token.time: the token is too old")));
    const char* failed = "PAM authentication failed for user \"jane\"";
    EXPECT_EQ(finder.take(record(8, "FATAL", "28000", failed))->cause, RefusalCause::pam_no_service);
    const std::optional<RefusedLogin> login = finder.take(record(7, "FATAL", "28000", failed));
    EXPECT_EQ(login->cause, RefusalCause::pam_refused);
    EXPECT_EQ(login->reason, "token.time: the token is too old");
    EXPECT_EQ(finder.take(record(7, "FATAL", "28000", failed))->cause, RefusalCause::pam_no_service);
}

TEST(Refusals, ARoleMayBeRefusedAfterItsPasswordWasRight) {
    const auto login = RefusalFinder("db-1").take(
        record(7, "FATAL", "28000", "role \"jane\" is not permitted to log in", "startup"));
    ASSERT_TRUE(login);
    EXPECT_EQ(login->cause, RefusalCause::other);
}

// RAISE takes any SQLSTATE and any text, and exit_on_error makes it FATAL; the command that shows is its own.
TEST(Refusals, WhatAStatementLogsIsNone) {
    RefusalFinder finder("db-1");
    const char* failed = "PAM authentication failed for user \"jane\"";
    for (const char* command : {"DO", "SELECT", "idle", "CALL", "", "authentication waiting"}) {
        EXPECT_FALSE(finder.take(record(7, "FATAL", "28P01", failed, command))) << command;
        EXPECT_FALSE(finder.take(record(7, "FATAL", "28000", failed, command))) << command;
        EXPECT_FALSE(finder.take(record(
            7, "LOG", "00000", "error from underlying PAM layer: countersign: agent: forged", command)));
    }
    const auto login = finder.take(record(7, "FATAL", "28000", failed));
    ASSERT_TRUE(login);
    EXPECT_EQ(login->reason, "");
}

TEST(Refusals, WhatIsQuotedOtherwiseThanPostgreSqlQuotesIsNone) {
    for (const std::size_t column : {7UL, 11UL, 12UL}) {
        LogRecord fields = record(7, "FATAL", "28P01", "password authentication failed for user \"jane\"");
        ASSERT_TRUE(RefusalFinder("db-1").take(fields));
        fields[column].quoted = !fields[column].quoted;
        EXPECT_FALSE(RefusalFinder("db-1").take(fields)) << column;
    }
}

TEST(Refusals, ManyLoginsAtOnceKeepTheirReasons) {
    RefusalFinder finder("db-1");
    const char* said = "error from underlying PAM layer: countersign: agent: it did not answer";
    for (int pid = 1; pid <= 1000; ++pid) finder.take(record(pid, "LOG", "00000", said));
    for (int pid = 1; pid <= 1000; ++pid)
        EXPECT_EQ(finder.take(record(pid, "FATAL", "28000", "PAM authentication failed"))->reason,
                  "agent: it did not answer");
}

TEST(Refusals, AnotherModulesWordsAreNotOurs) {
    RefusalFinder finder("db-1");
    EXPECT_FALSE(
        finder.take(record(7, "LOG", "00000", "error from underlying PAM layer: Permission denied")));
    const char* failed = "PAM authentication failed for user \"jane\"";
    EXPECT_EQ(finder.take(record(7, "FATAL", "28000", failed))->cause, RefusalCause::pam_no_service);
}

}  // namespace
}  // namespace countersign::databases::local
