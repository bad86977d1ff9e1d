#include "formats/csv.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace countersign::formats {
namespace {

using Fields = std::vector<std::string>;

TEST(Csv, ReadsOneRecordAfterTheOther) {
    const std::string_view text = "a,\"b\",,\"\"\n\"c,d\",\"e \"\"f\"\" \",\"g\nh\"\n\npart";
    const auto first = next_csv_record(text);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->fields, (Fields{"a", "b", "", ""}));
    EXPECT_EQ(first->length, 10U);

    const auto second = next_csv_record(text.substr(first->length));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->fields, (Fields{"c,d", "e \"f\" ", "g\nh"}));

    const auto third = next_csv_record(text.substr(first->length + second->length));
    ASSERT_TRUE(third);
    EXPECT_EQ(third->fields, (Fields{""}));
    EXPECT_EQ(text.substr(first->length + second->length + third->length), "part");
}

TEST(Csv, WaitsForTheEndOfTheRecord) {
    for (const char* text : {"", "a", "a,b", "\"a\n", "a,\"b\n\"", "\"a\"\"\n", "\"a\""})
        EXPECT_FALSE(next_csv_record(text)) << text;
}

std::string quoted(const Fields& fields) {
    std::string line;
    for (const std::string& field : fields) {
        line += '"';
        for (const char c : field) line += c == '"' ? std::string("\"\"") : std::string(1, c);
        line += "\",";
    }
    line.back() = '\n';
    return line;
}

RC_GTEST_PROP(CsvProperty, ReadsWhatIsQuotedAndNoPrefixOfIt, ()) {
    const auto text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\",\n\r ")));
    const Fields fields = *rc::gen::nonEmpty(rc::gen::container<Fields>(text));
    const std::string line = quoted(fields);
    const auto record = next_csv_record(line + "\"tail");
    RC_ASSERT(record.has_value());
    RC_ASSERT(record->fields == fields);
    RC_ASSERT(record->length == line.size());
    RC_ASSERT(!next_csv_record(std::string_view(line).substr(0, line.size() - 1)).has_value());
}

TEST(Csv, WritesFieldsThatAreNoFormulas) {
    EXPECT_EQ(csv_field("jane"), "jane");
    EXPECT_EQ(csv_field("a,\"b\"\n"), R"("a,""b""\x0A")");
    for (const std::string sign : {"=", "+", "-", "@"}) EXPECT_EQ(csv_field(sign + "1"), "'" + sign + "1");
    EXPECT_EQ(csv_field("\t=1"), "\\x09=1");
}

}  // namespace
}  // namespace countersign::formats
