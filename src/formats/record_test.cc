#include "formats/record.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace countersign::formats {
namespace {

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Inner {
    std::string name = "unnamed";
    bool operator==(const Inner&) const = default;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (name))

struct Outer {
    std::string text;
    bool flag = true;
    std::int64_t wide = 7;
    std::uint16_t narrow = 0;
    Instant when{};
    Colour colour = Colour::red;
    std::optional<std::string> maybe;
    std::vector<Inner> list;
    std::map<std::string, std::vector<int>> table;
    Inner inner;
    bool operator==(const Outer&) const = default;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (text, flag, wide, narrow, when, colour, maybe, list, table, inner))

TEST(Record, RoundTrip) {
    const Outer full{.text = "quoted \" text, ä\n",
                     .flag = false,
                     .wide = std::numeric_limits<std::int64_t>::min(),
                     .narrow = 65535,
                     .when = Instant(std::chrono::milliseconds(1'767'225'599'987)),
                     .colour = Colour::green,
                     .maybe = "",
                     .list = {{"a"}, {"b"}},
                     .table = {{"one", {1}}, {"none", {}}},
                     .inner = {"c"}};
    EXPECT_EQ(*from_record<Outer>(to_record(full)), full);
    EXPECT_EQ(*from_record<Outer>(to_record(Outer{})), Outer{});
}

TEST(Record, MembersAreKeys) {
    EXPECT_EQ(to_record(Inner{"a"}), R"({"name":"a"})");
}

TEST(Record, AMissingKeyKeepsTheInitialValueAndAnUnknownOneIsPassedOver) {
    Outer expected;
    expected.text = "t";
    EXPECT_EQ(*from_record<Outer>(R"({"text":"t","later":{"version":2}})"), expected);
    EXPECT_EQ(*from_record<Outer>(R"({"text":"t","inner":{},"maybe":null})"), expected);
}

TEST(Record, RefusesAnotherShape) {
    for (const char* text : {R"([])",
                             R"("text")",
                             R"({"text":1})",
                             R"({"text":null})",
                             R"({"flag":"true"})",
                             R"({"flag":1})",
                             R"({"wide":"7"})",
                             R"({"wide":1.5})",
                             R"({"wide":9223372036854775808})",
                             R"({"narrow":65536})",
                             R"({"narrow":-1})",
                             R"({"when":"2026-01-01"})",
                             R"({"colour":"blue"})",
                             R"({"colour":0})",
                             R"({"maybe":[]})",
                             R"({"list":{}})",
                             R"({"list":["a"]})",
                             R"({"table":{"one":1}})",
                             R"({"table":[]})",
                             R"({"inner":[]})",
                             R"({"text":"a","inner":{"name":false}})"})
        EXPECT_FALSE(from_record<Outer>(text)) << text;
}

TEST(Record, RefusesWhatIsNotSoundJson) {
    for (const char* text : {"", "{", R"({"text":"a","text":"b"})", R"({"text":"a"}x)"})
        EXPECT_FALSE(from_record<Outer>(text)) << text;
}

}  // namespace
}  // namespace countersign::formats
