#include "gateway/cbor_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "gateway/document_answer.h"

namespace countersign::gateway {
namespace {

using namespace std::string_literals;

std::string read(const std::string& bytes) {
    const auto value = parse_cbor(bytes);
    return value ? formats::json::serialize(*value) : "refused: " + value.error().message;
}

// Examples of RFC 8949, appendix A.
TEST(CborReader, ReadsTheExamplesOfItsSpecification) {
    EXPECT_EQ(read("\x00"s), "0");
    EXPECT_EQ(read("\x17"s), "23");
    EXPECT_EQ(read("\x18\x64"s), "100");
    EXPECT_EQ(read("\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00"s), "1000000000000");
    EXPECT_EQ(read("\x20"s), "-1");
    EXPECT_EQ(read("\x39\x03\xe7"s), "-1000");
    EXPECT_EQ(read("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"s), "1.1E0");
    EXPECT_EQ(read("\xf9\x3e\x00"s), "1.5E0");
    EXPECT_EQ(read("\xf4"s), "false");
    EXPECT_EQ(read("\xf6"s), "null");
    EXPECT_EQ(read("\xc1\x1a\x51\x4b\x67\xb0"s), "1363896240");
    EXPECT_EQ(read("\x44\x01\x02\x03\x04"s), "\"AQIDBA==\"");
    EXPECT_EQ(read("\x64\x49\x45\x54\x46"s), "\"IETF\"");
    EXPECT_EQ(read("\x80"s), "[]");
    EXPECT_EQ(read("\x83\x01\x82\x02\x03\x82\x04\x05"s), "[1,[2,3],[4,5]]");
    EXPECT_EQ(read("\xa2\x61\x61\x01\x61\x62\x82\x02\x03"s), R"({"a":1,"b":[2,3]})");
    EXPECT_EQ(read("\x9f\x01\x82\x02\x03\x9f\x04\x05\xff\xff"s), "[1,[2,3],[4,5]]");
    EXPECT_EQ(read("\xbf\x61\x61\x01\x61\x62\x9f\x02\x03\xff\xff"s), R"({"a":1,"b":[2,3]})");
    EXPECT_EQ(read("\x7f\x65\x73\x74\x72\x65\x61\x64\x6d\x69\x6e\x67\xff"s), "\"streaming\"");
    EXPECT_EQ(read("\x5f\x42\x01\x02\x43\x03\x04\x05\xff"s), "\"AQIDBAU=\"");
}

TEST(CborReader, RefusesWhatIsBroken) {
    const std::string broken[] = {
        "",                                       // nothing
        "\x83\x01\x02"s,                          // an item is missing
        "\x18"s,                                  // a number is cut off
        "\x64\x49\x45"s,                          // a text is cut off
        "\x9f\x01"s,                              // no break
        "\xff"s,                                  // a break of nothing
        "\x81\xff"s,                              // a break in a list of known length
        "\xbf\x61\x61\xff"s,                      // a key without a value
        "\x01\x02"s,                              // two items
        "\xa1\x01\x02"s,                          // a key that is a number
        "\xa1\x80\x02"s,                          // a key that is a list
        "\xa2\x61\x61\x01\x61\x61\x02"s,          // a key twice
        "\x62\xc3\x28"s,                          // a text that is not UTF-8
        "\x7f\x42\x01\x02\xff"s,                  // bytes in a text
        "\x7f\x7f\xff\xff"s,                      // a text in a text
        "\x7f\x01\xff"s,                          // a number in a text
        "\x1b\xff\xff\xff\xff\xff\xff\xff\xff"s,  // beyond 64 bits with sign
        "\x3b\xff\xff\xff\xff\xff\xff\xff\xff"s,
        "\xf9\x7c\x00"s,                          // infinity
        "\x1c"s,                                  // reserved
        "\x9b\xff\xff\xff\xff\xff\xff\xff\xff"s,  // a list of 2^64 items that does not come
    };
    for (const std::string& bytes : broken) EXPECT_EQ(read(bytes).substr(0, 8), "refused:") << read(bytes);
}

TEST(CborReader, BoundsDepth) {
    EXPECT_EQ(read(std::string(32, '\x81') + '\x00').substr(0, 2), "[[");
    EXPECT_EQ(read(std::string(33, '\x81') + '\x00'),
              "refused: The request is not valid CBOR: it is nested too deep.");
    EXPECT_EQ(read(std::string(1'000'000, '\x81')).substr(0, 8), "refused:");
    EXPECT_EQ(read(std::string(1'000'000, '\x9f')).substr(0, 8), "refused:");
}

// Whatever the cut, nothing but a refusal comes of a part.
TEST(CborReader, RefusesEveryBeginningOfADocument) {
    CborAnswer document;
    document.text("name", "orders");
    document.open_list("values");
    document.real("", 0.5);
    document.whole("", -7);
    document.close();
    const std::string whole = std::move(document).finish();
    EXPECT_EQ(read(whole), R"({"name":"orders","values":[5E-1,-7]})");
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(read(whole.substr(0, size)).substr(0, 8), "refused:") << size;
}

}  // namespace
}  // namespace countersign::gateway
