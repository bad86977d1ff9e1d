#include "replication.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign::hook::test {
namespace {

struct Case {
    const char* text;
    ReplicationCommand command;
};

void expect(const Case& one) {
    EXPECT_EQ(replication_command(one.text), one.command) << one.text;
}

TEST(ReplicationCommand, WhatLogicalReplicationNeedsIsLogical) {
    for (const char* text :
         {"IDENTIFY_SYSTEM", " IDENTIFY_SYSTEM;", "SHOW wal_level", "DROP_REPLICATION_SLOT one WAIT",
          "ALTER_REPLICATION_SLOT one (FAILOVER)", "CREATE_REPLICATION_SLOT one LOGICAL pgoutput",
          "CREATE_REPLICATION_SLOT \"one\" TEMPORARY LOGICAL \"test_decoding\" NOEXPORT_SNAPSHOT",
          "CREATE_REPLICATION_SLOT\tone\n LOGICAL pgoutput (SNAPSHOT 'nothing')",
          "START_REPLICATION SLOT one LOGICAL 0/0",
          "START_REPLICATION SLOT \"one\" LOGICAL 0/0 (proto_version '1', publication_names '\"p\"')",
          "START_REPLICATION SLOT logical LOGICAL 0/0", "\v\f START_REPLICATION SLOT one LOGICAL 0/0"})
        expect({text, ReplicationCommand::logical});
}

TEST(ReplicationCommand, WhatCopiesTheServerIsRefused) {
    for (const char* text : {"BASE_BACKUP",
                             "BASE_BACKUP;",
                             "\n\t BASE_BACKUP (LABEL 'x')",
                             "BASE_BACKUP(TARGET 'client')",
                             "START_REPLICATION 0/0",
                             "START_REPLICATION PHYSICAL 0/0",
                             "START_REPLICATION SLOT one 0/0",
                             "START_REPLICATION SLOT one PHYSICAL 0/0 TIMELINE 1",
                             "START_REPLICATION SLOT \"one\" 0/0",
                             "START_REPLICATION SLOT logical 0/0",
                             "START_REPLICATION SLOT \"a LOGICAL b\" 0/0",
                             "START_REPLICATION SLOT \"a\"\" LOGICAL \" 0/0",
                             "START_REPLICATION SLOT \"LOGICAL 0/0",
                             "START_REPLICATION SLOT one logical 0/0",
                             "START_REPLICATION SLOT one LOGICALLY 0/0",
                             "START_REPLICATION SLOT one LOGICAL",
                             "START_REPLICATION",
                             "CREATE_REPLICATION_SLOT one PHYSICAL",
                             "CREATE_REPLICATION_SLOT one TEMPORARY PHYSICAL RESERVE_WAL",
                             "CREATE_REPLICATION_SLOT LOGICAL PHYSICAL",
                             "CREATE_REPLICATION_SLOT TEMPORARY PHYSICAL",
                             "CREATE_REPLICATION_SLOT",
                             "TIMELINE_HISTORY 1",
                             "READ_REPLICATION_SLOT one",
                             "UPLOAD_MANIFEST",
                             "-- \nBASE_BACKUP",
                             "/* */ BASE_BACKUP",
                             "(BASE_BACKUP"})
        expect({text, ReplicationCommand::refused});
}

TEST(ReplicationCommand, SqlIsNone) {
    const Case cases[] = {{nullptr, ReplicationCommand::none}, {"", ReplicationCommand::none}};
    for (const Case& one : cases) expect(one);
    for (const char* text :
         {"SELECT 1", "base_backup", "Base_Backup", "BASE_BACKUPS", "BASE_BACKUP1", "xBASE_BACKUP",
          "SELECT 'BASE_BACKUP'", "COPY public.books TO STDOUT", ";;", "\"", "  ", "BASE"})
        expect({text, ReplicationCommand::none});
}

}  // namespace
}  // namespace countersign::hook::test
