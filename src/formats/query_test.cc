#include "formats/query.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace countersign::formats {
namespace {

TEST(Query, KeepsOrderAndDuplicates) {
    const Parameters expected{{"b", "2"}, {"a", "1"}, {"b", "3"}};
    EXPECT_EQ(*parse_query("b=2&a=1&b=3", Plus::literal), expected);
}

TEST(Query, PlusIsWhatTheCallerSays) {
    EXPECT_EQ(*parse_query("a+b=c+d%2B", Plus::blank), (Parameters{{"a b", "c d+"}}));
    EXPECT_EQ(*parse_query("a+b=c+d%2B", Plus::literal), (Parameters{{"a+b", "c+d+"}}));
}

TEST(Query, EdgesOfPieces) {
    EXPECT_EQ(*parse_query("", Plus::literal), Parameters{});
    EXPECT_EQ(*parse_query("&&", Plus::literal), Parameters{});
    EXPECT_EQ(*parse_query("&a&b=&=c&d=e=f&", Plus::literal),
              (Parameters{{"a", ""}, {"b", ""}, {"", "c"}, {"d", "e=f"}}));
    EXPECT_EQ(*parse_query("a%3Db%26=c%3D", Plus::literal), (Parameters{{"a=b&", "c="}}));
}

TEST(Query, RefusesBrokenEscapes) {
    for (const char* text : {"a=%", "%zz=1", "a=1&b=%2"})
        EXPECT_EQ(parse_query(text, Plus::blank).error().fault, Fault::invalid) << text;
}

TEST(Query, TheNumberOfParametersIsLimited) {
    std::string text;
    for (std::size_t i = 0; i < limits::parameters_max; ++i) text += "a=1&";
    EXPECT_EQ(parse_query(text, Plus::literal)->size(), limits::parameters_max);
    EXPECT_FALSE(parse_query(text + "a=1", Plus::literal));
}

TEST(Query, FindsTheFirstOfAName) {
    const Parameters parameters{{"a", "1"}, {"b", "2"}, {"b", "3"}};
    EXPECT_EQ(*find(parameters, "b"), "2");
    EXPECT_EQ(find(parameters, "c"), nullptr);
}

}  // namespace
}  // namespace countersign::formats
