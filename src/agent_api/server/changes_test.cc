#include "agent_api/server/changes.h"

#include <gtest/gtest.h>

#include "agent_api/server/key_tags.h"

namespace countersign::agent_api::server {
namespace {

using agent_api::KeyTag;

const std::vector<std::string> accounts = {"123456789012"};

Changes::WatchRequest at(store::Revision revision, const std::string& epoch = "e") {
    return {epoch, revision};
}

TEST(Changes, TellWhatHappenedSince) {
    Changes changes;
    changes.begin("e", 10);
    EXPECT_FALSE(changes.since(at(10), accounts));
    changes.add(11, {1, 2});
    changes.add(13, {2, 3});
    const auto all = changes.since(at(10), accounts);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->marks, (std::vector<KeyTag>{1, 2, 3}));
    EXPECT_EQ(all->revision, 13);
    EXPECT_FALSE(all->everything);
    EXPECT_EQ(changes.since(at(11), accounts)->marks, (std::vector<KeyTag>{2, 3}));
    EXPECT_FALSE(changes.since(at(13), accounts));
}

TEST(Changes, WhoIsTooFarBehindHoldsNothing) {
    Changes changes;
    changes.begin("e", 10);
    changes.add(11, {1});
    for (const auto& request : {at(9), at(12), at(11, "another"), at(0, "")}) {
        const auto answer = changes.since(request, accounts);
        ASSERT_TRUE(answer);
        EXPECT_TRUE(answer->everything);
        EXPECT_EQ(answer->epoch, "e");
        EXPECT_EQ(answer->revision, 11);
    }
    for (int i = 0; i < 60'000; ++i) changes.add(12 + i, {i});
    EXPECT_TRUE(changes.since(at(11), accounts)->everything);
    EXPECT_TRUE(changes.since(at(50'000), accounts)->everything);  // known, but too much to compare
    EXPECT_FALSE(changes.since(at(60'000), accounts)->everything);
}

TEST(Changes, OrdersGoToAllWhoHaveNotHadThem) {
    Changes changes;
    changes.begin("e", 10);
    agent::SessionEnd order;
    order.id = "one";
    order.filter.account = accounts[0];
    changes.add(11, order);
    EXPECT_EQ(changes.since(at(10), accounts)->session_ends.size(), 1U);
    EXPECT_FALSE(changes.since(at(11), accounts));
    changes.add(12, std::vector<KeyTag>{1});
    EXPECT_TRUE(changes.since(at(11), accounts)->session_ends.empty());
    EXPECT_EQ(changes.since(at(0, ""), accounts)->session_ends.size(), 1U);
}

TEST(Changes, OrdersAreForAgentsOfTheirAccount) {
    Changes changes;
    changes.begin("e", 10);
    agent::SessionEnd order;
    order.filter.account = "999999999999";
    changes.add(11, order);
    for (const auto& request : {at(10), at(0, "")})
        EXPECT_TRUE(changes.since(request, accounts)->session_ends.empty());
    EXPECT_EQ(changes.since(at(10), {accounts[0], "999999999999"})->session_ends.size(), 1U);
    EXPECT_TRUE(changes.since(at(10), {})->session_ends.empty());
}

TEST(KeyTags, TellAKeyAndThePrefixAboveIt) {
    const KeyTags marks(Secret(std::string(32, 'k')));
    const std::vector<KeyTag> changed = marks.of_change("/iam/1/guardrail/x");
    EXPECT_EQ(changed, (std::vector<KeyTag>{marks.of("/iam/1/guardrail/x"), marks.of("/iam/1/guardrail/")}));
    EXPECT_EQ(marks.of("/a"), KeyTags(Secret(std::string(32, 'k'))).of("/a"));
    EXPECT_NE(marks.of("/a"), marks.of("/b"));
    EXPECT_NE(marks.of("/a"), KeyTags(Secret(std::string(32, 'l'))).of("/a"));
}

}  // namespace
}  // namespace countersign::agent_api::server
