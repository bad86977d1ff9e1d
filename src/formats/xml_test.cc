#include "formats/xml.h"

#include <gtest/gtest.h>

#include <pugixml.hpp>

namespace countersign::formats {
namespace {

TEST(Xml, WritesNestedElements) {
    XmlWriter xml;
    xml.open("Response", "http://example.org/?a=1&b=2");
    xml.open("Result");
    xml.text("Name", "a<b");
    xml.text("Empty", "");
    xml.close();
    xml.close();
    EXPECT_EQ(std::move(xml).finish(),
              "<Response xmlns=\"http://example.org/?a=1&amp;b=2\"><Result><Name>a&lt;b</Name><Empty></Empty>"
              "</Result></Response>");
}

TEST(Xml, AParserReadsBackWhatWasWritten) {
    const std::string value = "a&b<c>d\"e'f\tg\nh\r\ni]]>j&amp;ä漢\xF0\x9F\x98\x80";
    XmlWriter xml;
    xml.text("Value", value);
    const std::string written = std::move(xml).finish();
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(written.c_str()));
    EXPECT_EQ(document.child("Value").child_value(), value);
}

TEST(Xml, ShowsWhatXmlCannotCarry) {
    EXPECT_EQ(xml_escaped(std::string_view("a\0b\x01\x08\x0B\x0C\x1F\x7F", 9)),
              "a\\x00b\\x01\\x08\\x0B\\x0C\\x1F\x7F");
    EXPECT_EQ(xml_escaped("a\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD"), "a\\u{FFFE}\\u{FFFF}\xEF\xBF\xBD");
    EXPECT_EQ(xml_escaped("a\xFF\xC3\xA4"), "a\\xFF\xC3\xA4");
}

}  // namespace
}  // namespace countersign::formats
