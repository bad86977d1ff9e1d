#include "formats/encoding.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace countersign::formats {
namespace {

struct Vector {
    const char* bytes;
    const char* base64;
    const char* base32;
    const char* hex;
};

// RFC 4648, section 10; base32 without its padding.
constexpr Vector vectors[] = {
    {"", "", "", ""},
    {"f", "Zg==", "MY", "66"},
    {"fo", "Zm8=", "MZXQ", "666f"},
    {"foo", "Zm9v", "MZXW6", "666f6f"},
    {"foob", "Zm9vYg==", "MZXW6YQ", "666f6f62"},
    {"fooba", "Zm9vYmE=", "MZXW6YTB", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "MZXW6YTBOI", "666f6f626172"},
};

TEST(Encoding, TheVectorsOfTheRfc) {
    for (const Vector& vector : vectors) {
        EXPECT_EQ(base64(vector.bytes), vector.base64);
        EXPECT_EQ(base32(vector.bytes), vector.base32);
        EXPECT_EQ(hex(vector.bytes), vector.hex);
        EXPECT_EQ(*from_base64(vector.base64), vector.bytes);
        EXPECT_EQ(*from_hex(vector.hex), vector.bytes);
    }
    EXPECT_EQ(base64("\xFB\xFF"), "+/8=");
    EXPECT_EQ(*from_hex("C3c3"), "\xC3\xC3");
}

TEST(Encoding, Base64IsStrict) {
    for (const char* text : {"Zg", "Zg=", "Zg===", "=", "==", "====", "Z===", "Zm9v\n", "Zm 9", "Zm9vZg",
                             "Zg==Zg==", "Z=g=", "-_8=", "Zh==", "Zm9=", "Zm9\xE9"}) {
        const Result<std::string> decoded = from_base64(text);
        ASSERT_FALSE(decoded) << text;
        EXPECT_EQ(decoded.error().fault, Fault::invalid);
    }
}

TEST(Encoding, HexIsStrict) {
    for (const char* text : {"0", "0g", "g0", "0x00", " 0", "00 ", "-1", "@@", "``"})
        EXPECT_FALSE(from_hex(text)) << text;
}

RC_GTEST_PROP(EncodingProperty, Base64RoundTrip, (const std::string& bytes)) {
    RC_ASSERT(*from_base64(base64(bytes)) == bytes);
}

RC_GTEST_PROP(EncodingProperty, HexRoundTrip, (const std::string& bytes)) {
    RC_ASSERT(*from_hex(hex(bytes)) == bytes);
}

// Whatever is accepted is the one text of its bytes.
RC_GTEST_PROP(EncodingProperty, Base64IsCanonical, ()) {
    const std::string text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("AQgwZ9+/==")));
    const Result<std::string> decoded = from_base64(text);
    if (decoded) RC_ASSERT(base64(*decoded) == text);
}

}  // namespace
}  // namespace countersign::formats
