#include "cli/output.h"

#include <gtest/gtest.h>

namespace countersign::cli {
namespace {

TEST(Output, ForeignPartsAreMadePrintableAndOwnWordsStay) {
    const std::string foreign = "\x1B[2J\nFORGED";
    EXPECT_EQ(compose("{}: {}\n{:>4}", foreign, Shown("é"), 12).text(), "\\x1B[2J\\x0AFORGED: é\n  12");
    EXPECT_EQ(compose("{}{}", foreign.c_str(), std::string_view(foreign)).text(),
              "\\x1B[2J\\x0AFORGED\\x1B[2J\\x0AFORGED");
    EXPECT_EQ(painted(foreign, Paint::bad).text(), "\\x1B[2J\\x0AFORGED");
    EXPECT_LE(compose("{}", std::string(64UL * 1024, 'a')).text().size(), 8192U);
}

TEST(Output, ACellIsOneColumn) {
    EXPECT_EQ(cell("").text(), "-");
    EXPECT_EQ(cell("jane").text(), "jane");
    EXPECT_EQ(cell("jane  10.0.0.1  allowed").text(), "\"jane  10.0.0.1  allowed\"");
    EXPECT_EQ(cell("a\" b").text(), "\"a\"\" b\"");
    EXPECT_EQ(cell("a\u3000\u00A0b").text(), "a\\u{3000}\\u{A0}b");
    EXPECT_LE(cell(std::string(64UL * 1024, 'a')).text().size(), 255U);
}

TEST(Output, LinesKeepTheirEndsAndJsonItsMeaning) {
    EXPECT_EQ(Composer::lines("a\n\x1B[2J\n").text(), "a\n\\x1B[2J\n");
    EXPECT_EQ(Composer::json("{\"a\":\"\u202E\"}").text(), R"({"a":"\u202E"})");
}

}  // namespace
}  // namespace countersign::cli
