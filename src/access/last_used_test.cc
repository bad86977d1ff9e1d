#include "access/last_used.h"

#include <gtest/gtest.h>

#include "model/keys.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::access {
namespace {

using namespace std::chrono_literals;

class LastUses : public testing::Test {
protected:
    static model::LastUse at(std::chrono::seconds time) { return {Instant(time), "rds", "eu-west-1"}; }
    std::optional<Instant> found(const std::string& id) const {
        const auto use = uses_.find(id);
        EXPECT_TRUE(use);
        return use && *use ? std::optional((*use)->time) : std::nullopt;
    }
    std::optional<Instant> written(const std::string& id) const {
        const auto use = store::load<model::LastUse>(*store_, model::keys::last_used(id));
        EXPECT_TRUE(use);
        return use && *use ? std::optional((*use)->record.time) : std::nullopt;
    }

    std::unique_ptr<store::Store> store_ = store::make_memory();
    LastUsed uses_{*store_, 4};
};

TEST_F(LastUses, AreWrittenOnceAMinute) {
    EXPECT_FALSE(found("AKIA1"));
    uses_.note("AKIA1", at(1000s));
    EXPECT_EQ(written("AKIA1"), Instant(1000s));
    uses_.note("AKIA1", at(1030s));
    uses_.note("AKIA1", at(1059s));
    EXPECT_EQ(written("AKIA1"), Instant(1000s));
    EXPECT_EQ(found("AKIA1"), Instant(1059s));
    uses_.note("AKIA1", at(1060s));
    EXPECT_EQ(written("AKIA1"), Instant(1060s));
}

TEST_F(LastUses, OfManyTheOldestAreForgottenAndTheirRecordsStay) {
    uses_.note("AKIA0", at(1000s));
    for (int i = 1; i < 20; ++i) {
        uses_.note("AKIA0", at(1000s + std::chrono::seconds(i)));
        uses_.note("AKIA" + std::to_string(i), at(2000s));
    }
    EXPECT_EQ(found("AKIA0"), Instant(1019s)) << "what is used all the time is not forgotten";
    EXPECT_EQ(written("AKIA0"), Instant(1000s)) << "nor written down each time";
    EXPECT_EQ(found("AKIA1"), Instant(2000s));
}

}  // namespace
}  // namespace countersign::access
