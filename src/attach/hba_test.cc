#include "attach/hba.h"

#include <gtest/gtest.h>

namespace countersign::attach {
namespace {

const HbaBlock block{"orders", "db-ONE", "countersign-db-one"};

// What stands in front of the block.
std::string before(const std::string& text) {
    const Result<std::string> done = with_block(text, block);
    return done ? done->substr(0, done->find("# BEGIN")) : "refused: " + done.error().message;
}

TEST(Hba, TheBlockRejectsWithoutTlsAndAsksPamWithIt) {
    EXPECT_EQ(block_text(block),
              "# BEGIN Countersign db-ONE (`countersign detach orders` takes these lines out)\n"
              "hostnossl all             +rds_iam        all                     reject\n"
              "hostssl   all             +rds_iam        all                     pam "
              "pamservice=countersign-db-one\n"
              "# END Countersign db-ONE\n");
}

TEST(Hba, TheBlockGoesBeforeTheFirstLineThatCouldAdmit) {
    const struct {
        const char* front;
        const char* rest;
    } cases[] = {
        {"", "host all all 127.0.0.1/32 trust\n"},
        {"# a comment\n\nlocal all postgres peer\nlocal all all scram-sha-256\n",
         "host all all 127.0.0.1/32 scram-sha-256\nlocal all all trust\n"},
        {"local all all peer\nhost all all 10.0.0.0/8 reject\n", "hostssl all all all scram-sha-256\n"},
        {"host all all 10.0.0.0 255.0.0.0 reject\n", "hostnossl all all all md5\n"},
        {"host \"a b\", c \"#x\" all reject # says no\n", "hostgssenc all all all gss\n"},
        {"local all all peer\n", "include_if_exists more.conf\n"},
        {"", "include_dir /etc/rules\n"},
        {"local all \\\n  all peer\n", "host all \\\n  all all reject_not\n"},
        {"# host all all all trust\n", "\thost all all all trust\n"},
        {"local all all peer\n", ""},
        {"", ""},
    };
    for (const auto& c : cases)
        EXPECT_EQ(before(std::string(c.front) + c.rest), c.front) << c.front << c.rest;
}

TEST(Hba, ALastLineWithoutItsEndGetsOne) {
    EXPECT_EQ(before("local all all peer"), "local all all peer\n");
}

TEST(Hba, TheBlockIsTakenOutByteForByte) {
    for (const std::string text :
         {"local all all peer\r\nhost all all all md5\r\n", "host all all all md5", "", "# only\n"}) {
        const std::string with = *with_block(text, block);
        EXPECT_TRUE(has_block(with, "db-ONE"));
        EXPECT_EQ(*without_block(with, "db-ONE"), text);
        EXPECT_EQ(*with_block(with, block), with) << "a second time changes nothing";
    }
    EXPECT_FALSE(has_block("host all all all md5\n", "db-ONE"));
}

TEST(Hba, WhatTheOwnerAddedStays) {
    const std::string with = *with_block("host all all all md5\n", block);
    EXPECT_EQ(*without_block("# mine\n" + with + "host x x all md5\n", "db-ONE"),
              "# mine\nhost all all all md5\nhost x x all md5\n");
}

TEST(Hba, MarkersThatWereTouchedAreRefused) {
    const std::string whole = block_text(block);
    for (const std::string& text : {whole.substr(0, whole.find("# END")), whole.substr(whole.find("# END")),
                                    whole + whole, block_text({"other", "db-TWO", "s"})}) {
        EXPECT_FALSE(with_block(text, block)) << text;
        EXPECT_FALSE(without_block(text, "db-ONE")) << text;
    }
}

TEST(Hba, UsersOnDemandHaveALineOfTheirOwnBehindThoseThatNameUsers) {
    const HbaBlock both_kinds{"orders", "db-ONE", "countersign-db-one", {"wiki", "all", "two words"}};
    const std::string line =
        "hostssl   wiki,\"all\",\"two words\" all             all                     pam "
        "pamservice=countersign-db-one\n";
    EXPECT_NE(on_demand_text(both_kinds).find(line), std::string::npos) << on_demand_text(both_kinds);
    EXPECT_EQ(on_demand_text({"orders", "db-ONE", "s"}), "");
    const struct {
        const char* front;
        const char* rest;
    } cases[] = {
        {"host all app 10.0.0.0/8 md5\nhost all jane,+team all md5\nhost all all all reject\n",
         "host all app,all all md5\n"},
        {"host all app all md5\n", "hostssl all /^team_ all scram-sha-256\n"},
        {"host all app all md5\n", "host all @users all md5\n"},
        {"host all app all md5\n", "include_dir /etc/rules\n"},
        {"host all app all md5\n", "host otherdb all all trust\n"},
        {"host all app all md5\n", ""},
    };
    for (const auto& c : cases) {
        const std::string text = std::string(c.front) + c.rest;
        const std::string with = *with_block(text, both_kinds);
        EXPECT_EQ(with, block_text(both_kinds) + c.front + on_demand_text(both_kinds) + c.rest);
        EXPECT_EQ(*with_block(with, both_kinds), with);
        EXPECT_EQ(*without_block(with, "db-ONE"), text);
    }
}

TEST(Hba, WhereNoLineNamesAUserTheBlocksFollowEachOther) {
    const HbaBlock both_kinds{"orders", "db-ONE", "countersign-db-one", {"wiki"}};
    for (const std::string front : {"", "local all all peer\n", "# mine\nhost all all all reject\n"})
        for (const std::string rest : {"host all all all md5\n", "include_dir /etc/rules\n", ""}) {
            const std::string with = *with_block(front + rest, both_kinds);
            EXPECT_EQ(with, front + block_text(both_kinds) + on_demand_text(both_kinds) + rest);
            EXPECT_EQ(*with_block(with, both_kinds), with);
            EXPECT_EQ(*without_block(with, "db-ONE"), front + rest);
        }
    EXPECT_EQ(*with_block("local all all peer", both_kinds),
              "local all all peer\n" + block_text(both_kinds) + on_demand_text(both_kinds));
}

TEST(Hba, OneBlockOfEachKindIsTheMost) {
    const HbaBlock both_kinds{"orders", "db-ONE", "countersign-db-one", {"wiki"}};
    const std::string both = *with_block("host all all all md5\n", both_kinds);
    EXPECT_FALSE(without_block(both + on_demand_text(both_kinds), "db-ONE"));
    EXPECT_FALSE(without_block(both + block_text(both_kinds), "db-ONE"));
}

}  // namespace
}  // namespace countersign::attach
