#include "formats/csv.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace countersign::formats {
namespace {

using Found = CsvScanner::Found;
using Texts = std::vector<std::string>;

constexpr CsvBounds bounds{100, 1000};

Texts texts_of(const std::vector<CsvField>& fields) {
    Texts texts;
    for (const CsvField& field : fields) texts.push_back(field.text);
    return texts;
}

// The records of the text, taken in pieces of so many bytes; "damage" where there was some.
std::vector<Texts> records_in(std::string_view text, std::size_t piece_bytes, CsvBounds within = bounds) {
    CsvScanner scanner(within);
    std::vector<Texts> records;
    while (!text.empty()) {
        std::string_view piece = text.substr(0, piece_bytes);
        const std::size_t before = piece.size();
        const Found found = scanner.take(piece);
        text.remove_prefix(before - piece.size());
        if (found == Found::record) records.push_back(texts_of(scanner.fields()));
        if (found == Found::damage) records.push_back({"damage"});
    }
    return records;
}

TEST(Csv, ReadsOneRecordAfterTheOther) {
    const std::string_view text = "a,\"b\",,\"\"\n\"c,d\",\"e \"\"f\"\" \",\"g\nh\"\n\npart";
    const std::vector<Texts> expected{{"a", "b", "", ""}, {"c,d", "e \"f\" ", "g\nh"}, {""}};
    for (const std::size_t piece_bytes : {1, 2, 3, 5, 100})
        EXPECT_EQ(records_in(text, piece_bytes), expected) << piece_bytes;
}

TEST(Csv, TellsWhatWasQuoted) {
    CsvScanner scanner(bounds);
    std::string_view text = "a,\"b\",\"\",\n";
    ASSERT_EQ(scanner.take(text), Found::record);
    EXPECT_EQ(scanner.fields(), (std::vector<CsvField>{{"a", false}, {"b", true}, {"", true}, {"", false}}));
}

TEST(Csv, WaitsForTheEndOfTheRecord) {
    for (const char* text : {"", "a", "a,b", "\"a\n", "a,\"b\n\"", "\"a\"\"\n", "\"a\""})
        EXPECT_TRUE(records_in(text, 100).empty()) << text;
}

TEST(Csv, AQuoteWhereNoneCanBeIsDamage) {
    const std::vector<Texts> expected{{"damage"}, {"b"}};
    for (const std::size_t piece_bytes : {1, 2, 100}) {
        EXPECT_EQ(records_in("a\"b\n", piece_bytes), expected);
        EXPECT_EQ(records_in("\"a\"b\n", piece_bytes), expected);
        EXPECT_EQ(records_in("x,\"a\nc\"b\n", piece_bytes), expected);
    }
}

TEST(Csv, WhatIsKeptOfARecordIsBounded) {
    const std::string text = "0123456789,\"0123456789\",\"\"\"\"\"\"\"\"\"\",4,5,6\nnext\n";
    const std::vector<Texts> expected{{"6789", "0123", "\"\"\"\"", "4"}, {"next"}};
    for (const std::size_t piece_bytes : {1, 2, 3, 100})
        EXPECT_EQ(records_in(text, piece_bytes, {4, 4}), expected) << piece_bytes;
}

std::string quoted(const Texts& fields) {
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
    const Texts fields = *rc::gen::nonEmpty(rc::gen::container<Texts>(text));
    const auto piece_bytes = *rc::gen::inRange<std::size_t>(1, 9);
    RC_PRE(fields.size() <= bounds.fields_max);
    const std::string line = quoted(fields);
    RC_ASSERT(records_in(line + "\"tail", piece_bytes) == std::vector<Texts>{fields});
    RC_ASSERT(records_in(std::string_view(line).substr(0, line.size() - 1), piece_bytes).empty());
}

TEST(Csv, WritesFieldsThatAreNoFormulas) {
    EXPECT_EQ(csv_field("jane"), "jane");
    EXPECT_EQ(csv_field("a,\"b\"\n"), R"("a,""b""\x0A")");
    for (const std::string sign : {"=", "+", "-", "@"}) EXPECT_EQ(csv_field(sign + "1"), "'" + sign + "1");
    EXPECT_EQ(csv_field("\t=1"), "\\x09=1");
}

}  // namespace
}  // namespace countersign::formats
