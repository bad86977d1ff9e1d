#include "databases/housekeeping.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "formats/iso_time.h"
#include "model/iam.h"
#include "model/keys.h"
#include "model/rds.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::databases {
namespace {

namespace keys = model::keys;
using namespace std::chrono_literals;

class GivenClock : public Clock {
public:
    Instant now() const override { return now_; }
    Instant now_ = Instant(std::chrono::sys_days(std::chrono::year(2026) / 3 / 20));
};

class HousekeepingTest : public testing::Test {
protected:
    static constexpr const char* account_id = "111122223333";

    void put(const std::string& key, const std::string& value = "{}") {
        ASSERT_TRUE(store_->commit({{}, {store::Write{key, value}}}));
    }
    void put_events(const std::string& region, int count, std::chrono::minutes ago) {
        for (int i = 0; i < count; ++i)
            put(keys::event(account_id, region, clock_.now_ - ago, fmt::format("{:04}", i)));
    }
    std::size_t count(const std::string& prefix) const {
        const auto all = store::list_all(*store_, prefix);
        EXPECT_TRUE(all);
        return all ? all->entries.size() : 0;
    }
    // How many steps it took until all was done.
    int clean() {
        for (int steps = 1; steps < 100; ++steps) {
            const auto more = housekeeping_.step();
            EXPECT_TRUE(more);
            if (!more || !*more) return steps;
        }
        ADD_FAILURE() << "it never ends";
        return 0;
    }

    GivenClock clock_;
    Log log_{LogLevel::off};
    std::unique_ptr<store::Store> store_ = store::make_memory();
    Housekeeping housekeeping_{{*store_, clock_, log_}};
};

TEST_F(HousekeepingTest, EventsGoAfterFourteenDays) {
    constexpr std::chrono::minutes kept = std::chrono::days(14);
    put_events("eu-west-1", 1, kept + 1min);
    put_events("eu-west-1", 1, kept);
    put_events("us-east-1", 1, kept - 1min);
    put_events("us-east-1", 1, 0min);
    clean();
    EXPECT_EQ(count(keys::events(account_id, "eu-west-1")), 1U);
    EXPECT_EQ(count(keys::events(account_id, "us-east-1")), 2U);
    clock_.now_ += 1min;
    clean();
    EXPECT_EQ(count(keys::events(account_id, "eu-west-1")), 0U);
    EXPECT_EQ(count(keys::events(account_id, "us-east-1")), 2U);
    clock_.now_ += std::chrono::days(14);
    clean();
    EXPECT_EQ(count(keys::rds()), 0U);
}

TEST_F(HousekeepingTest, ManyEventsGoInSmallSteps) {
    put_events("eu-west-1", 300, std::chrono::days(15));
    put_events("us-east-1", 300, std::chrono::days(20));
    put_events("us-east-1", 5, 1min);
    const store::Revision before = store_->revision();
    const int steps = clean();
    EXPECT_EQ(count(keys::rds()), 5U);
    EXPECT_EQ(store_->revision() - before, 6) << "of at most 128 each";
    EXPECT_EQ(steps, 7);
    EXPECT_EQ(clean(), 1) << "nothing is left to do";
    EXPECT_EQ(store_->revision() - before, 6);
}

TEST_F(HousekeepingTest, NothingButEventsGoes) {
    const std::vector<std::string> others{
        keys::instance(account_id, "eu-west-1", "0000000000001-x"),
        keys::cluster(account_id, "eu-west-1", "one"),
        keys::pooler(account_id, "eu-west-1", "one"),
        keys::parameter_group(account_id, "eu-west-1", "event"),
        keys::subnet_group(account_id, "eu-west-1", "one"),
    };
    for (const std::string& key : others) put(key);
    put_events("eu-west-1", 3, std::chrono::days(15));
    clean();
    EXPECT_EQ(count(keys::rds()), others.size());
}

TEST_F(HousekeepingTest, SignedRequestsAreKnownForAsLongAsAwsTakesThem) {
    const auto signed_at = [&](std::chrono::minutes ago) {
        put(keys::caller_identity_proof(formats::basic_time(clock_.now_ - ago), "digest"));
    };
    for (const auto ago : {0min, 15min, 20min, 21min, 60min}) signed_at(ago);
    clean();
    EXPECT_EQ(count(keys::caller_identity_proofs()), 3U);
}

TEST_F(HousekeepingTest, LastUsesGoWithTheirOwners) {
    put(keys::access_key("AKIA1"));
    put(keys::named_principal("AROA1"));
    for (const char* id : {"AKIA1", "AKIA2", "AROA1", "AROA2"}) put(keys::last_used(id));
    for (int i = 0; i < 300; ++i) put(keys::last_used(fmt::format("AROB{:04}", i)));
    clean();
    EXPECT_EQ(count(keys::last_uses()), 2U);
    EXPECT_TRUE(*store_->get(keys::last_used("AKIA1")));
    EXPECT_TRUE(*store_->get(keys::last_used("AROA1")));
    put(keys::last_used("AKIA0"));
    clean();
    EXPECT_EQ(count(keys::last_uses()), 2U) << "the next time begins anew";
}

TEST_F(HousekeepingTest, ItsThreadCleansFromTheStartOn) {
    put_events("eu-west-1", 200, std::chrono::days(15));
    const auto watch = store_->watch(keys::rds(), store_->revision());
    housekeeping_.start();
    for (std::size_t seen = 0; seen < 200;) {
        const auto news = watch->next(10s);
        ASSERT_TRUE(news && !news->empty());
        seen += news->size();
    }
    housekeeping_.stop();
    EXPECT_EQ(count(keys::rds()), 0U);
}

}  // namespace
}  // namespace countersign::databases
