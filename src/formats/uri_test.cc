#include "formats/uri.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace countersign::formats {
namespace {

TEST(Uri, EncodesAllButTheUnreserved) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode(" /+=&%:@*\xC3\xA4\n"), "%20%2F%2B%3D%26%25%3A%40%2A%C3%A4%0A");
    EXPECT_EQ(percent_encode(std::string_view("\0\xFF", 2)), "%00%FF");
}

// Wherever it stands among others that stay as they are.
TEST(Uri, EscapesEachByteByItself) {
    for (int value = 0; value < 256; ++value) {
        const char c = static_cast<char>(value);
        const std::string alone = percent_encode({&c, 1});
        for (std::size_t at = 0; at < 40; ++at) {
            const std::string before(at, 'a');
            const std::string after(40 - at, 'z');
            EXPECT_EQ(percent_encode(before + c + after), before + alone + after) << value << " at " << at;
        }
    }
}

TEST(Uri, DecodesEitherCaseAndLeavesPlusAlone) {
    EXPECT_EQ(*percent_decode("a%2fb%2Fc+d"), "a/b/c+d");
    EXPECT_EQ(*percent_decode("%2525"), "%25");
    EXPECT_EQ(*percent_decode(""), "");
}

TEST(Uri, RefusesBrokenEscapes) {
    for (const char* text : {"%", "%2", "a%", "a%2", "%zz", "%2g", "%g2", "%%20", "% 2", "%-1", "%+1"}) {
        const Result<std::string> decoded = percent_decode(text);
        ASSERT_FALSE(decoded) << text;
        EXPECT_EQ(decoded.error().fault, Fault::invalid);
    }
}

RC_GTEST_PROP(UriProperty, DecodingUndoesEncoding, (const std::string& bytes)) {
    RC_ASSERT(*percent_decode(percent_encode(bytes)) == bytes);
}

}  // namespace
}  // namespace countersign::formats
