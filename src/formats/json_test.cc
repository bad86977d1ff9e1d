#include "formats/json.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace countersign::formats {
namespace {

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

TEST(Json, ReadsWhatBoostReads) {
    const std::string long_string = '"' + std::string(10'000, 'x') + '"';
    for (const std::string& text :
         {std::string(R"({"a":1,"b":[true,null,-2,1.5,18446744073709551615],"c":{"a":"x","ä":"\u00e4\n"}})"),
          long_string, std::string(" [ ] "), std::string("{}"), std::string("0"), std::string("null\n")}) {
        const Result<json::value> parsed = parse_json(text);
        ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
        EXPECT_EQ(*parsed, json::parse(text)) << text;
    }
}

TEST(Json, RefusesAKeyThatComesTwiceAndNamesIt) {
    for (const char* text : {R"({"Effect":"Deny","Effect":"Allow"})",
                             R"({"Effect":1,"x":2,"y":3,"Effect":1})", R"([{"x":[{"Effect":1,"Effect":1}]}])",
                             R"({"Effect":{"z":1},"Effect":{"z":1}})", R"({"Effect":1,"\u0045ffect":2})"}) {
        const Result<json::value> parsed = parse_json(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().fault, Fault::invalid);
        EXPECT_NE(parsed.error().message.find("\"Effect\" appears twice"), std::string::npos)
            << parsed.error().message;
    }
}

TEST(Json, TheSameKeyInDifferentObjectsIsFine) {
    for (const char* text :
         {R"({"a":{"a":{"a":1}},"b":{"a":1}})", R"([{"a":1},{"a":1}])", R"({"a":1,"A":2,"":3})"})
        EXPECT_TRUE(parse_json(text)) << text;
}

TEST(Json, ALongDuplicateKeyIsShownInPart) {
    const std::string key(5000, 'k');
    const Result<json::value> parsed = parse_json("{\"" + key + "\":1,\"" + key + "\":2}");
    ASSERT_FALSE(parsed);
    EXPECT_LT(parsed.error().message.size(), 200U);
}

TEST(Json, DepthIsLimited) {
    EXPECT_TRUE(parse_json(nested(limits::json_depth_max)));
    const Result<json::value> deeper = parse_json(nested(limits::json_depth_max + 1));
    ASSERT_FALSE(deeper);
    EXPECT_EQ(deeper.error().message, "The JSON text is nested too deeply");
    EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(Json, RefusesWhatIsNotOneJsonText) {
    for (const char* text :
         {"", " ", "{", "[1", "\"a", "tru", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "NaN", "01", "// no\n1",
          "1 2", "{}{}", "{} x", "\"\xFF\"", "\"\x01\"", "\xEF\xBB\xBF{}"}) {
        const Result<json::value> parsed = parse_json(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().fault, Fault::invalid);
    }
    EXPECT_FALSE(parse_json(std::string_view("1\0", 2)));
}

TEST(Json, RefusesANumberThatNoDoubleHolds) {
    for (const char* text : {"71.1E509283", "-1e999", "[1e400]"}) EXPECT_FALSE(parse_json(text)) << text;
    EXPECT_TRUE(parse_json("1e308"));
}

}  // namespace
}  // namespace countersign::formats
