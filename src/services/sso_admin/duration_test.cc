#include "services/sso_admin/duration.h"

#include <gtest/gtest.h>

namespace countersign::sso_admin {
namespace {

using std::chrono::seconds;

TEST(Duration, IsReadAsItIsWritten) {
    EXPECT_EQ(read_duration("PT1H"), seconds(3600));
    EXPECT_EQ(read_duration("PT8H30M"), seconds(30600));
    EXPECT_EQ(read_duration("PT90M"), seconds(5400));
    EXPECT_EQ(read_duration("P1D"), seconds(86400));
    EXPECT_EQ(read_duration("P1DT12H"), seconds(129600));
}

TEST(Duration, IsNoneInAnotherForm) {
    for (const char* text :
         {"", "P", "PT", "1H", "PT1", "PTH", "P1H", "PT1M1H", "PT1H ", "P1Y", "PT-1H", "PT9999999H"})
        EXPECT_EQ(read_duration(text), std::nullopt) << text;
}

TEST(Duration, IsShownAsAwsShowsIt) {
    for (const char* text : {"PT1H", "PT30M", "PT8H30M", "PT12H", "PT1H1S"})
        EXPECT_EQ(duration_text(*read_duration(text)), text);
}

}  // namespace
}  // namespace countersign::sso_admin
