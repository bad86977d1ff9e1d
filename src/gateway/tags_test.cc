#include "gateway/tags.h"

#include <gtest/gtest.h>

#include "generated/iam.h"
#include "generated/rds.h"

namespace countersign::gateway {
namespace {

using Tags = std::vector<model::Tag>;

TEST(Tags, OneWithTheSameKeyIsReplaced) {
    Tags exact{{"Team", "a"}, {"cost", "1"}};
    put_tag(exact, {"team", "b"}, TagKeys::case_sensitive);
    EXPECT_EQ(exact, (Tags{{"Team", "a"}, {"cost", "1"}, {"team", "b"}}));
    Tags folded{{"Team", "a"}, {"cost", "1"}};
    put_tag(folded, {"team", "b"}, TagKeys::case_insensitive);
    EXPECT_EQ(folded, (Tags{{"cost", "1"}, {"team", "b"}}));
}

TEST(Tags, AreTakenAwayByTheirKeys) {
    const Tags tags{{"Team", "a"}, {"cost", "1"}};
    EXPECT_EQ(without_tags(tags, {"team", "x"}, TagKeys::case_sensitive), tags);
    EXPECT_EQ(without_tags(tags, {"team", "x"}, TagKeys::case_insensitive), (Tags{{"cost", "1"}}));
    EXPECT_EQ(without_tags(tags, {"Team", "cost"}, TagKeys::case_sensitive), Tags());
}

TEST(Tags, KnowReservedAndRepeatedKeys) {
    EXPECT_TRUE(is_reserved_tag_key("aws:x"));
    EXPECT_TRUE(is_reserved_tag_key("AwS:x"));
    EXPECT_FALSE(is_reserved_tag_key("awsx"));
    const Tags tags{{"Team", "a"}, {"team", "b"}};
    EXPECT_TRUE(has_repeated_key(tags, TagKeys::case_insensitive));
    EXPECT_FALSE(has_repeated_key(tags, TagKeys::case_sensitive));
    EXPECT_TRUE(has_repeated_key({{"a", ""}, {"b", ""}, {"a", ""}}, TagKeys::case_sensitive));
}

TEST(Tags, AreConditionKeysOfARequest) {
    policy::Context context;
    put_request_tags({}, context);
    EXPECT_TRUE(context.empty());
    put_request_tags({{"Team", "a"}, {"cost", ""}}, context);
    EXPECT_EQ(context, (policy::Context{{"aws:requesttag/team", {"a"}},
                                        {"aws:requesttag/cost", {""}},
                                        {"aws:tagkeys", {"Team", "cost"}}}));
}

TEST(Tags, AreAServicesOwnAndBack) {
    const Tags tags{{"Team", "a"}, {"cost", ""}};
    EXPECT_EQ(tags_to_api<rds::api::Tag>(tags),
              (std::vector{rds::api::Tag{"Team", "a"}, rds::api::Tag{"cost", ""}}));
    EXPECT_EQ(tags_from_api(tags_to_api<iam::api::Tag>(tags)), tags);
    EXPECT_EQ(tags_from_api(std::vector<rds::api::Tag>(1)), (Tags{{"", ""}}));
}

}  // namespace
}  // namespace countersign::gateway
