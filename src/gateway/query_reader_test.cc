#include "gateway/query_reader.h"

#include <gtest/gtest.h>

namespace countersign::gateway {
namespace {

using Names = std::vector<std::string>;

QueryReader reader_of(std::string_view body) {
    auto parameters = formats::parse_query(body, formats::Plus::blank);
    EXPECT_TRUE(parameters);
    return QueryReader(*std::move(parameters));
}

struct ListCase {
    const char* body;
    Names items;
};

TEST(QueryReader, FindsTheItemsOfListsInEveryForm) {
    const std::vector<ListCase> cases{
        {"Tags.Tag.1.Key=a&Tags.Tag.1.Value=b&Tags.Tag.2.Key=c", {"Tags.Tag.1", "Tags.Tag.2"}},
        {"Tags.member.1=a&Tags.member.2=b", {"Tags.member.1", "Tags.member.2"}},
        {"Tags.1=a", {"Tags.1"}},
        {"Tags.1.Key=a", {"Tags.1"}},
        {"Tags.Tag.10=j&Tags.Tag.9=i&Tags.Tag.2=b", {"Tags.Tag.2", "Tags.Tag.9", "Tags.Tag.10"}},
        {"Tags.Tag.1=a&Tags.member.1=b", {"Tags.Tag.1"}},
        {"Tags.Tag.0=a", {}},
        {"Tags.Tag.01=a", {}},
        {"Tags.Tag.4096=a", {"Tags.Tag.4096"}},
        {"Tags.Tag.4097=a", {}},
        {"Tags.Tag.-1=a&Tags.Tag.1x=a&Tags.Tag.=a&Tags.Tag=a&Tags.=a", {}},
        {"Tags.Other.1=a&TagsTag.1=a&Tag.1=a", {}},
    };
    for (const ListCase& each : cases)
        EXPECT_EQ(reader_of(each.body).items("Tags", "Tag"), each.items) << each.body;
}

TEST(QueryReader, KnowsAnEmptyListFromAnAbsentOne) {
    for (const char* body : {"Tags=", "Tags.Tag=", "Tags.member=", "Tags"}) {
        const QueryReader reader = reader_of(body);
        EXPECT_TRUE(reader.is_empty_list("Tags", "Tag")) << body;
        EXPECT_TRUE(reader.refuse_unread()) << body;
    }
    for (const char* body : {"", "Tags=a", "Tags.Tag=a", "Tags.Tag.1=", "Other="}) {
        const QueryReader reader = reader_of(body);
        EXPECT_FALSE(reader.is_empty_list("Tags", "Tag")) << body;
        EXPECT_EQ(bool(reader.refuse_unread()), std::string_view(body).empty()) << body;
    }
}

TEST(QueryReader, SeesWhatIsBelowAName) {
    const QueryReader reader = reader_of("A.B=1&AB.C=1&D=1");
    EXPECT_TRUE(reader.has_below("A"));
    EXPECT_TRUE(reader.has_below("AB"));
    for (const char* name : {"D", "A.B", "B", ""}) EXPECT_FALSE(reader.has_below(name)) << name;
}

TEST(QueryReader, RefusesWhatNobodyRead) {
    const QueryReader reader = reader_of("Known=1&Unknown=2");
    ASSERT_NE(reader.find("Known"), nullptr);
    EXPECT_EQ(*reader.find("Known"), "1");
    EXPECT_EQ(reader.find("Absent"), nullptr);
    const auto refused = reader.refuse_unread();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "InvalidQueryParameter");
    EXPECT_EQ(refused.error().message, "The parameter Unknown is not recognized");
    EXPECT_NE(reader.find("Unknown"), nullptr);
    EXPECT_TRUE(reader.refuse_unread());
}

TEST(QueryReader, RefusesAParameterThatIsGivenTwice) {
    const QueryReader reader = reader_of("Name=first&Other=1&Name=second");
    EXPECT_EQ(*reader.find("Name"), "first");
    EXPECT_NE(reader.find("Other"), nullptr);
    const auto refused = reader.refuse_unread();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "The parameter Name is given more than once");
}

TEST(QueryReader, LeavesTheProtocolsParametersToTheGateway) {
    EXPECT_TRUE(
        reader_of("Action=A&Version=1&AWSAccessKeyId=k&Signature=s&SignatureMethod=m&SignatureVersion=4&"
                  "Timestamp=t&Expires=e&SecurityToken=s&X-Amz-Date=d&x-amz-security-token=t")
            .refuse_unread());
    EXPECT_FALSE(reader_of("Actions=A").refuse_unread());
    EXPECT_FALSE(reader_of("XAmz-Date=d").refuse_unread());
}

TEST(QueryReader, ShowsOnlyTheBeginningOfALongName) {
    const auto refused = reader_of(std::string(100'000, 'a') + "=1").refuse_unread();
    ASSERT_FALSE(refused);
    EXPECT_LT(refused.error().message.size(), 200U);
}

}  // namespace
}  // namespace countersign::gateway
