#include "agent_api/client/cached_records.h"

#include <gtest/gtest.h>

#include <future>

#include "formats/encoding.h"
#include "formats/iso_time.h"

namespace countersign::agent_api::client {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class SetClock : public Clock {
public:
    Instant now() const override { return time; }
    Instant time = *formats::parse_basic_time("20260101T120000Z");
};

const login::ClaimedKey jane{"AKIAJANE", "", {"20260101", "us-east-1", "rds-db"}};
const login::ClaimedKey bob{"AKIABOB", "", {"20260101", "us-east-1", "rds-db"}};

// An agent's records before a control plane that the test switches on and off.
class RemoteRecordsTest : public testing::Test {
protected:
    RemoteRecordsTest() {
        answer_.record.emplace();
        answer_.record->active = true;
        answer_.record->date = "20260101";
        answer_.record->region = "us-east-1";
        answer_.record->signing_key = formats::hex(std::string(32, 'k'));
        answer_.record->arn = "arn:aws:iam::123456789012:user/jane";
        answer_.marks = {1, 2};
        hear({});
    }

    Result<RecordAnswer> ask(const RecordRequest& wanted) {
        ++asked_;
        if (is_away_) return Error{Fault::unavailable, "no answer"};
        if (wanted.access_key_id != jane.access_key_id) return RecordAnswer{{}, {9}};
        if (while_asked_) while_asked_();
        return answer_;
    }
    void hear(std::vector<KeyTag> marks, bool everything = false) {
        WatchAnswer heard;
        heard.marks = std::move(marks);
        heard.everything = everything;
        records_.apply(heard);
    }
    // "known", "unknown", or why that cannot be told.
    std::string find(const login::ClaimedKey& claimed) {
        const auto found = records_.find(claimed);
        if (!found) return found.error().message;
        return *found != nullptr ? "known" : "unknown";
    }

    SetClock clock_;
    Uptime uptime_ = hours(10);
    RecordAnswer answer_;
    bool is_away_ = false;
    int asked_ = 0;
    std::function<void()> while_asked_;
    CachedRecords records_{
        {[this](const RecordRequest& wanted) { return ask(wanted); }, clock_, [this] { return uptime_; }},
        hours(1)};
};

constexpr const char* never_here =
    "the control plane cannot be reached, and this access key has not logged in here";

TEST_F(RemoteRecordsTest, OfManyCallsForOneKeyOneAsks) {
    std::promise<void> is_asked;
    std::promise<void> answers;
    while_asked_ = [&] {
        is_asked.set_value();
        answers.get_future().wait();
    };
    std::vector<std::future<std::string>> found;
    for (int i = 0; i < 8; ++i)
        found.push_back(std::async(std::launch::async, [this] { return find(jane); }));
    is_asked.get_future().wait();
    answers.set_value();
    for (auto& one : found) EXPECT_EQ(one.get(), "known");
    EXPECT_EQ(asked_, 1);
}

TEST_F(RemoteRecordsTest, AsksOnce) {
    EXPECT_EQ(find(jane), "known");
    EXPECT_EQ(find(jane), "known");
    EXPECT_EQ(asked_, 1);
    EXPECT_EQ(find(bob), "unknown");
    EXPECT_EQ(find(bob), "unknown");
    EXPECT_EQ(asked_, 2);
    EXPECT_EQ(records_.state().records, 1U);
}

TEST_F(RemoteRecordsTest, AsksAgainWhenSomethingOfItChanged) {
    find(jane);
    find(bob);
    hear({3});
    find(jane);
    EXPECT_EQ(asked_, 2);
    hear({2});
    find(jane);
    EXPECT_EQ(asked_, 3);
    hear({9});  // the key was made
    find(bob);
    EXPECT_EQ(asked_, 4);
    hear({}, true);
    find(jane);
    find(bob);
    EXPECT_EQ(asked_, 6);
}

TEST_F(RemoteRecordsTest, KeepsNothingThatChangedWhileItWasAskedFor) {
    while_asked_ = [this] { hear({1}); };
    EXPECT_EQ(find(jane), "known");
    while_asked_ = nullptr;
    EXPECT_EQ(find(jane), "known");
    EXPECT_EQ(asked_, 2);
}

TEST_F(RemoteRecordsTest, KnownGoOnWhileTheControlPlaneIsAwayAndUnknownAreRefused) {
    find(jane);
    is_away_ = true;
    uptime_ += hours(1);
    EXPECT_EQ(find(jane), "known");
    EXPECT_EQ(find(bob), never_here);
    EXPECT_EQ(find(bob), never_here);
    EXPECT_EQ(asked_, 2);  // nobody waits again at once
    EXPECT_TRUE(records_.state().fresh);
}

TEST_F(RemoteRecordsTest, StaleOnesFailClosedWithTheReason) {
    find(jane);
    is_away_ = true;
    uptime_ += hours(1) + seconds(1);
    EXPECT_EQ(
        find(jane),
        "the control plane has not answered for 3601 s, and what is known of the access key may be used "
        "for 3600 s (--stale-for)");
    EXPECT_FALSE(records_.state().fresh);
    is_away_ = false;
    uptime_ += seconds(2);
    EXPECT_EQ(find(jane), "known");
}

TEST_F(RemoteRecordsTest, AWallClockThatIsSetBackExtendsNothing) {
    find(jane);
    is_away_ = true;
    uptime_ += hours(2);
    clock_.time -= hours(11);
    EXPECT_NE(find(jane), "known");
}

TEST_F(RemoteRecordsTest, NothingIsUsedPastItsDay) {
    find(jane);
    is_away_ = true;
    clock_.time = *formats::parse_basic_time("20260102T001459Z");
    EXPECT_EQ(find(jane), "known");
    clock_.time += seconds(1);
    EXPECT_EQ(find(jane), "unknown") << "and so refused for its time, which is judged before";
    EXPECT_EQ(records_.state().records, 0U);
}

TEST_F(RemoteRecordsTest, AsksForNoDayButThoseOfTheTokensOfNow) {
    const auto of = [](const char* date) {
        login::ClaimedKey claimed = jane;
        claimed.scope.date = date;
        return claimed;
    };
    for (const char* date : {"20260102", "20251231", "20250101", "tomorrow", ""})
        EXPECT_EQ(find(of(date)), "unknown") << date;
    EXPECT_EQ(asked_, 0);
    clock_.time = *formats::parse_basic_time("20260101T235500Z");
    answer_.record->date = "20260102";
    EXPECT_EQ(find(of("20260102")), "known") << "signed by a clock that is five minutes ahead";
    EXPECT_EQ(asked_, 1);
}

TEST_F(RemoteRecordsTest, WhatWasForADayThatIsOverIsLetGoUnasked) {
    find(jane);
    EXPECT_EQ(records_.state().records, 1U);
    clock_.time += hours(12) + std::chrono::minutes(14);
    records_.forget_past_days();
    EXPECT_EQ(records_.state().records, 1U);
    clock_.time += std::chrono::minutes(1);
    records_.forget_past_days();
    EXPECT_EQ(records_.state().records, 0U);
}

TEST_F(RemoteRecordsTest, ARemovedAgentRefusesAll) {
    find(jane);
    records_.refuse_all("the agent was removed");
    EXPECT_EQ(find(jane), "the agent was removed");
    EXPECT_EQ(find(bob), "the agent was removed");
    EXPECT_EQ(records_.state().records, 0U);
}

TEST_F(RemoteRecordsTest, ARecordThatIsNotWholeIsNone) {
    answer_.record->signing_key = "00";
    EXPECT_NE(find(jane), "known");
    EXPECT_EQ(records_.state().records, 0U);
}

TEST(Policies, AreCompiledOnceForAll) {
    const std::string text =
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
    Policies policies;
    const auto one = policies.compiled(text);
    const auto other = policies.compiled(text);
    ASSERT_TRUE(one && other);
    EXPECT_EQ(*one, *other);
    EXPECT_FALSE(policies.compiled("{}"));
}

}  // namespace
}  // namespace countersign::agent_api::client
