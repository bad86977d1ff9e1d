#include "gateway/paging.h"

#include <gtest/gtest.h>

#include <functional>

namespace countersign::gateway {
namespace {

using Names = std::vector<std::string>;

Result<PageOf<std::string>> page(Names names, std::size_t items_max,
                                 const std::optional<std::string>& marker = std::nullopt) {
    return page_of(std::move(names), std::identity(), {marker, items_max, "InvalidMarker"});
}

TEST(Paging, ShowsAListInOrderPageByPage) {
    const auto first = page({"c", "a", "d", "b"}, 3);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->items, (Names{"a", "b", "c"}));
    ASSERT_TRUE(first->next);
    const auto last = page({"c", "a", "d", "b"}, 3, first->next);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->items, Names{"d"});
    EXPECT_FALSE(last->next);
    EXPECT_FALSE(page({"a", "b"}, 2)->next) << "a page that is just full is the last";
    EXPECT_EQ(page({}, 2)->items, Names());
}

TEST(Paging, ItemsMayComeAndGoBetweenPages) {
    const auto marker = page({"a", "b", "c"}, 2)->next;
    EXPECT_EQ(page({"a", "aa", "c", "d"}, 2, marker)->items, (Names{"c", "d"})) << "b is gone, aa is new";
}

TEST(Paging, RefusesWhatIsNoMarker) {
    for (const char* nonsense : {"*", "a", "YQ=", " "}) {
        const auto refused = page({"a"}, 1, nonsense);
        ASSERT_FALSE(refused) << nonsense;
        EXPECT_EQ(refused.error().code + ": " + refused.error().message, "InvalidMarker: Invalid Marker.");
    }
}

TEST(Paging, ATokenIsGoodForItsQuestion) {
    const std::string token = page_token("17:4", "of what");
    EXPECT_EQ(place_in(token, "of what"), "17:4");
    EXPECT_EQ(place_in(page_token("", "q"), "q"), "");
    EXPECT_EQ(place_in(token, "of something else"), std::nullopt);
    for (const char* nonsense : {"", "*", "MTc6NA=="}) EXPECT_EQ(place_in(nonsense, "of what"), std::nullopt);
}

}  // namespace
}  // namespace countersign::gateway
