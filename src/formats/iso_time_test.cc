#include "formats/iso_time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace countersign::formats {
namespace {

using std::chrono::milliseconds;

Instant at(std::int64_t since_1970_ms) {
    return Instant(milliseconds(since_1970_ms));
}

TEST(IsoTime, WritesAllForms) {
    const Instant instant = at(1'767'225'599'987);
    EXPECT_EQ(basic_time(instant), "20251231T235959Z");
    EXPECT_EQ(basic_date(instant), "20251231");
    EXPECT_EQ(extended_time(instant), "2025-12-31T23:59:59.987Z");
    EXPECT_EQ(second_time(instant), "2025-12-31T23:59:59Z");
    EXPECT_EQ(extended_time(at(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(extended_time(at(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(IsoTime, ReadsTheBasicForm) {
    EXPECT_EQ(parse_basic_time("20251231T235959Z"), at(1'767'225'599'000));
    EXPECT_EQ(parse_basic_time("20240229T000000Z"), at(1'709'164'800'000));
    EXPECT_EQ(parse_basic_time("19700101T000000Z"), at(0));
}

TEST(IsoTime, RefusesWhatIsNoBasicTime) {
    for (const char* text : {"",
                             "20251231",
                             "20251231T235959",
                             "20251231T235959Z ",
                             " 20251231T235959Z",
                             "20251231t235959z",
                             "20251231T240000Z",
                             "20251231T236000Z",
                             "20251231T235960Z",
                             "20250229T000000Z",
                             "20251301T000000Z",
                             "20250001T000000Z",
                             "20250100T000000Z",
                             "20250132T000000Z",
                             "2025-12-31T23:59:59Z",
                             "20251231T23595Z",
                             "2025123+T235959Z",
                             "20251231T235959+0000",
                             "020251231T235959Z",
                             "20251231T235959.0Z"})
        EXPECT_EQ(parse_basic_time(text), std::nullopt) << text;
}

TEST(IsoTime, ReadsTheExtendedForm) {
    const Instant midnight = at(1'767'225'600'000);
    for (const char* text :
         {"2026-01-01", "2026-01-01T00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.0Z",
          "2026-01-01T01:30:00+01:30", "2025-12-31T16:00:00-08:00", "2026-01-01T00:00:00.0009Z"})
        EXPECT_EQ(parse_extended_time(text), midnight) << text;
    EXPECT_EQ(parse_extended_time("2026-01-01T00:00:00.5Z"), midnight + milliseconds(500));
    EXPECT_EQ(parse_extended_time("2026-01-01T00:00:00.012345678Z"), midnight + milliseconds(12));
}

TEST(IsoTime, RefusesWhatIsNoExtendedTime) {
    for (const char* text : {"",
                             "2026",
                             "2026-01",
                             "2026-01-01T",
                             "2026-01-01Z",
                             "2026-01-01T00Z",
                             "2026-01-01T00:00",
                             "2026-01-01T00:00:00",
                             "2026-01-01T00:00:00.Z",
                             "2026-01-01T00:00:00.0000000000Z",
                             "2026-02-30",
                             "2026-01-01T24:00Z",
                             "2026-01-01T00:60Z",
                             "2026-01-01T00:00:60Z",
                             "2026-01-01T00:00+1:00",
                             "2026-01-01T00:00+0100",
                             "2026-01-01T00:00+24:00",
                             "2026-01-01T00:00+00:60",
                             "2026-01-01T00:00ZZ",
                             "2026-1-1",
                             "20260101",
                             "2026-01-01 00:00Z",
                             "2026-01-01T00:00:00,5Z",
                             "-026-01-01",
                             "1767225600"})
        EXPECT_EQ(parse_extended_time(text), std::nullopt) << text;
}

RC_GTEST_PROP(IsoTimeProperty, ReadingUndoesWriting, ()) {
    const Instant instant = at(*rc::gen::inRange<std::int64_t>(-2'000'000'000'000, 100'000'000'000'000));
    RC_ASSERT(parse_extended_time(extended_time(instant)) == instant);
    RC_ASSERT(parse_basic_time(basic_time(instant)) == std::chrono::floor<std::chrono::seconds>(instant));
}

}  // namespace
}  // namespace countersign::formats
