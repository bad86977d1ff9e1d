#include "passfile/line.h"

#include <gtest/gtest.h>

namespace countersign::passfile {
namespace {

const Place jane{"localhost", 15432, "*", "jane"};

TEST(WithLine, EscapesColonsAndBackslashes) {
    EXPECT_EQ(with_line("", {"::1", 5432, R"(a\b)", "j:d"}, R"(localhost:1/?a\b)"),
              "\\:\\:1:5432:a\\\\b:j\\:d:localhost\\:1/?a\\\\b\n");
}

TEST(WithLine, KeepsEveryOtherByte) {
    const std::string others = "# mine\r\n\ndb:5432:*:jane:x\r\nnot a line\nlocalhost:15432:*:bob:pw\n";
    EXPECT_EQ(with_line(others, jane, "t"), others + "localhost:15432:*:jane:t\n");
}

TEST(WithLine, EndsALineThatIsNotEnded) {
    EXPECT_EQ(with_line("db:5432:*:bob:x", jane, "t"), "db:5432:*:bob:x\nlocalhost:15432:*:jane:t\n");
}

TEST(WithLine, ReplacesItsOwnWhereItStands) {
    EXPECT_EQ(with_line("# a\nlocalhost:15432:*:jane:old\\:1\nb:1:*:c:d\n", jane, "new"),
              "# a\nlocalhost:15432:*:jane:new\nb:1:*:c:d\n");
    EXPECT_EQ(with_line("localhost:15432:*:jane:old", jane, "new"), "localhost:15432:*:jane:new\n");
    EXPECT_EQ(with_line("localhost:15432:*:jane:1\na:1:b:c:d\nlocalhost:15432:*:jane:2\n", jane, "new"),
              "localhost:15432:*:jane:new\na:1:b:c:d\n");
}

TEST(WithLine, KnowsItsOwnHoweverItIsEscaped) {
    const Place place{"::1", 5432, "orders", "j:d"};
    EXPECT_EQ(with_line("\\:\\:\\1:5432:or\\ders:j\\:d:old\n", place, "new"),
              "\\:\\:1:5432:orders:j\\:d:new\n");
}

TEST(WithLine, ComesBeforeWhatLibpqWouldTakeForIt) {
    for (const std::string other : {"*:*:*:*:pw\n", "localhost:*:*:jane:pw\n", "*:15432:*:jane:pw\n",
                                    "localhost:15432:orders:jane:pw\n", "localhost:15432:*:*:pw\n"}) {
        EXPECT_EQ(with_line("# a\n" + other, jane, "t"), "# a\nlocalhost:15432:*:jane:t\n" + other);
        EXPECT_EQ(with_line(other + "localhost:15432:*:jane:old\n", jane, "t"),
                  "localhost:15432:*:jane:t\n" + other);
    }
    const Place orders{"localhost", 15432, "orders", "jane"};
    EXPECT_EQ(with_line("localhost:15432:bills:jane:pw\n", orders, "t"),
              "localhost:15432:bills:jane:pw\nlocalhost:15432:orders:jane:t\n");
    EXPECT_EQ(with_line("localhost:15432:*:jane:pw\n", orders, "t"),
              "localhost:15432:orders:jane:t\nlocalhost:15432:*:jane:pw\n");
}

TEST(WithLine, AWildcardIsAStarAlone) {
    for (const std::string other : {"\\*:*:*:*:pw\n", "*x:*:*:*:pw\n", "#:*:*:*:pw\n"})
        EXPECT_EQ(with_line(other, jane, "t"), other + "localhost:15432:*:jane:t\n");
}

TEST(WithLine, DoneTwiceIsDoneOnce) {
    const std::string once = with_line("*:*:*:*:pw", jane, "t:\\");
    EXPECT_EQ(with_line(once, jane, "t:\\"), once);
}

TEST(CheckPlace, RefusesWhatNoLineCanHold) {
    EXPECT_TRUE(check_place(jane));
    EXPECT_TRUE(check_place({"::1", 1, "a b", "j\\d"}));
    EXPECT_FALSE(check_place({"localhost", 1, "*", "a\nb"}));
    EXPECT_FALSE(check_place({"localhost", 1, "*", ""}));
    EXPECT_FALSE(check_place({"localhost", 1, "*", "*"}));
    EXPECT_FALSE(check_place({"#localhost", 1, "*", "jane"}));
}

}  // namespace
}  // namespace countersign::passfile
