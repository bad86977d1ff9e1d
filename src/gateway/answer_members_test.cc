#include "gateway/answer_members.h"

#include <gtest/gtest.h>

#include "gateway/xml_answer.h"

namespace countersign::gateway {
namespace {

struct Place {
    std::optional<std::int64_t> Line = {};
};

void write_members(AnswerWriter& answer, const Place& value) {
    put(answer, "Line", value.Line);
}

constexpr EntryNames names{"key", "value"};

template <class Put>
std::string written(Put put_it) {
    XmlAnswer xml;
    put_it(xml);
    return std::move(xml).finish();
}

TEST(AnswerMembers, WritesMapsAsEntriesInTheOrderOfTheirKeys) {
    EXPECT_EQ(written([](auto& xml) {
                  put_map(xml, "SummaryMap", names,
                          std::map<std::string, std::int64_t>{{"Users", 2}, {"Roles", -1}});
              }),
              "<SummaryMap><entry><key>Roles</key><value>-1</value></entry>"
              "<entry><key>Users</key><value>2</value></entry></SummaryMap>");
    EXPECT_EQ(
        written([](auto& xml) {
            put_map(xml, "M", EntryNames{"Name", "Text"}, std::map<std::string, std::string>{{"<", "&"}});
        }),
        "<M><entry><Name>&lt;</Name><Text>&amp;</Text></entry></M>");
    EXPECT_EQ(written([](auto& xml) {
                  put_map(xml, "M", names, std::map<std::string, Place>{{"a", Place{3}}});
              }),
              "<M><entry><key>a</key><value><Line>3</Line></value></entry></M>");
    EXPECT_EQ(written([](auto& xml) { put_map(xml, "M", names, std::map<std::string, std::string>{}); }),
              "<M></M>");
}

TEST(AnswerMembers, WritesBytesAsBase64) {
    EXPECT_EQ(written([](auto& xml) { put_bytes(xml, "Content", std::string("\x00\xFF\x10,", 4)); }),
              "<Content>AP8QLA==</Content>");
    EXPECT_EQ(written([](auto& xml) { put_bytes(xml, "Content", ""); }), "<Content></Content>");
    EXPECT_EQ(written([](auto& xml) { put_bytes(xml, "Content", std::nullopt); }), "");
}

TEST(AnswerMembers, WritesListsOfTextsNumbersAndStructures) {
    EXPECT_EQ(written([](auto& xml) {
                  put_list(xml, "L", "member", std::vector<std::string>{"a", "<b>"});
              }),
              "<L><member>a</member><member>&lt;b&gt;</member></L>");
    EXPECT_EQ(written([](auto& xml) { put_list(xml, "L", "Item", std::vector<std::int64_t>{7}); }),
              "<L><Item>7</Item></L>");
    EXPECT_EQ(written([](auto& xml) {
                  put_list(xml, "L", "member", std::vector<Place>{{}, {1}});
              }),
              "<L><member></member><member><Line>1</Line></member></L>");
}

}  // namespace
}  // namespace countersign::gateway
