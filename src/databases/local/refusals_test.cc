#include "databases/local/refusals.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "formats/iso_time.h"

namespace countersign::databases::local {
namespace {

std::vector<std::string> record(int pid, const char* severity, const char* state, const char* message,
                                const char* command = "authentication") {
    std::vector<std::string> fields(26);
    fields[0] = "2026-01-02 03:04:05.678 UTC";
    fields[1] = "jane";
    fields[2] = "app";
    fields[3] = std::to_string(pid);
    fields[4] = "::1:54321";
    fields[7] = command;
    fields[11] = severity;
    fields[12] = state;
    fields[13] = message;
    return fields;
}

TEST(Refusals, TheFactsAreThoseOfTheRecord) {
    RefusalFinder finder("db-1");
    const std::optional<RefusedLogin> login =
        finder.take(record(7, "FATAL", "28P01", "password authentication failed for user \"jane\""));
    ASSERT_TRUE(login);
    EXPECT_EQ(login->resource_id, "db-1");
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

TEST(Refusals, OtherRecordsAreNone) {
    RefusalFinder finder("db-1");
    EXPECT_FALSE(
        finder.take(record(7, "FATAL", "57P01", "terminating connection due to administrator command")));
    EXPECT_FALSE(finder.take(record(7, "ERROR", "28000", "must be superuser")));
    EXPECT_FALSE(finder.take(record(7, "LOG", "08P01", "invalid message length", "idle")));
    EXPECT_FALSE(finder.take({}));
    EXPECT_FALSE(finder.take({"short"}));
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

TEST(Refusals, AnotherModulesWordsAreNotOurs) {
    RefusalFinder finder("db-1");
    EXPECT_FALSE(
        finder.take(record(7, "LOG", "00000", "error from underlying PAM layer: Permission denied")));
    const char* failed = "PAM authentication failed for user \"jane\"";
    EXPECT_EQ(finder.take(record(7, "FATAL", "28000", failed))->cause, RefusalCause::pam_no_service);
}

}  // namespace
}  // namespace countersign::databases::local
