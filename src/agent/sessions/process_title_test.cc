#include "agent/sessions/process_title.h"

#include <gtest/gtest.h>

namespace countersign::agent {
namespace {

TEST(ProcessTitle, NamesTheDatabase) {
    EXPECT_EQ(database_in_title("postgres: jane app 127.0.0.1(48160) authentication", "jane"), "app");
    EXPECT_EQ(database_in_title("postgres: c1: jane app ::1(48160) authentication   ", "jane"), "app");
    EXPECT_EQ(database_in_title("postgres: a b my db 127.0.0.1(1) authentication", "a b"), "my db");
}

TEST(ProcessTitle, OfAnotherFormNamesNone) {
    for (const char* title :
         {"", "postgres", "postgres: jane app [local] idle", "bash: jane x y authentication",
          "postgres: other app 127.0.0.1(1) authentication", "postgres: jane  authentication"})
        EXPECT_EQ(database_in_title(title, "jane"), "") << title;
}

}  // namespace
}  // namespace countersign::agent
