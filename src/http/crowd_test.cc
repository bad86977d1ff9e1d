#include "http/crowd.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace countersign::http {
namespace {

struct Guest {
    int number = 0;
    bool answering = false;
    bool is_answering() const { return answering; }
};
using Held = std::shared_ptr<Guest>;

class CrowdTest : public testing::Test {
protected:
    std::optional<std::uint64_t> admit(const std::string& client, bool answering = false) {
        return crowd_.admit(client, std::make_shared<Guest>(Guest{++guests_, answering}),
                            [this](const Held& guest) { sent_away_.push_back(guest->number); });
    }

    Crowd<Held> crowd_{6, 4};
    int guests_ = 0;
    std::vector<int> sent_away_;
};

TEST_F(CrowdTest, AClientWithItsShareGivesUpItsOwnOldest) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(admit("greedy"));
    EXPECT_TRUE(sent_away_.empty());
    EXPECT_TRUE(admit("greedy"));
    EXPECT_TRUE(admit("greedy"));
    EXPECT_EQ(sent_away_, (std::vector<int>{1, 2}));
    EXPECT_TRUE(admit("modest"));
    EXPECT_TRUE(admit("modest"));
    EXPECT_EQ(sent_away_.size(), 2U) << "there were places left";
}

TEST_F(CrowdTest, WhereAllIsTakenWhoHasTheMostGivesWay) {
    for (int i = 0; i < 4; ++i) admit("greedy");
    admit("modest");
    admit("other");
    EXPECT_TRUE(admit("modest"));
    EXPECT_TRUE(admit("late"));
    EXPECT_EQ(sent_away_, (std::vector<int>{1, 2}));
    EXPECT_FALSE(admit("greedy")) << "nobody has more";
    EXPECT_TRUE(admit("later"));
    EXPECT_EQ(sent_away_.size(), 3U);
}

TEST_F(CrowdTest, NobodyIsSentAwayWhileItIsAnswered) {
    for (int i = 0; i < 4; ++i) admit("greedy", true);
    EXPECT_FALSE(admit("greedy"));
    admit("modest");
    admit("modest");
    EXPECT_FALSE(admit("late"));
    EXPECT_TRUE(sent_away_.empty());
}

TEST_F(CrowdTest, WhoLeavesMakesRoom) {
    std::vector<std::uint64_t> tickets;
    for (int i = 0; i < 4; ++i) tickets.push_back(*admit("greedy"));
    crowd_.leave("greedy", tickets[2]);
    crowd_.leave("greedy", tickets[2]);
    EXPECT_TRUE(admit("greedy"));
    EXPECT_TRUE(sent_away_.empty());
    EXPECT_TRUE(admit("greedy"));
    crowd_.leave("greedy", tickets[0]);
    EXPECT_EQ(sent_away_, (std::vector<int>{1}));
}

}  // namespace
}  // namespace countersign::http
