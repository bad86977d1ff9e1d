#include "store/faulty.h"

#include "store/contract.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::store {

namespace {

// A writer that wants each change made exactly once, whatever the store answers: where the answer was lost,
// it asks for the transaction by its id before it tries again.
Revision write_once(Store& store, const Transaction& transaction) {
    for (int attempt = 0; attempt < 3; ++attempt) {
        const Result<Revision> done = store.commit(transaction);
        if (done) return *done;
        EXPECT_EQ(done.error().fault, Fault::unavailable);
        const Result<std::optional<Revision>> found = store.find_commit(transaction.id);
        if (found && *found) return **found;
    }
    return 0;
}

TEST(FaultyStore, FailsOnlyTheCommitThatItWasToldTo) {
    const auto store = make_memory();
    FaultyStore faulty(*store);
    faulty.fail_commit(2, Failure::not_written);
    EXPECT_TRUE(faulty.commit({{}, {Write{"a", "1"}}}));
    const Result<Revision> failed = faulty.commit({{}, {Write{"a", "2"}}});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().fault, Fault::unavailable);
    EXPECT_EQ(value_of(faulty, "a"), "1");
    EXPECT_TRUE(faulty.commit({{}, {Write{"a", "3"}}}));
    EXPECT_EQ(value_of(*store, "a"), "3");
}

TEST(FaultyStore, AnAnswerThatWasLostIsFoundById) {
    const auto store = make_memory();
    FaultyStore faulty(*store);
    faulty.fail_commit(1, Failure::answer_lost);
    EXPECT_EQ(write_once(faulty, {{absent("a")}, {Write{"a", "1"}}, "one"}), 1);
    EXPECT_EQ(store->revision(), 1);
    EXPECT_EQ(value_of(faulty, "a"), "1");
}

TEST(FaultyStore, AWriteThatNeverArrivedIsNotFoundAndDoneAgain) {
    const auto store = make_memory();
    FaultyStore faulty(*store);
    faulty.fail_commit(1, Failure::not_written);
    EXPECT_EQ(write_once(faulty, {{absent("a")}, {Write{"a", "1"}}, "one"}), 1);
    EXPECT_EQ(store->revision(), 1);
    EXPECT_EQ(value_of(faulty, "a"), "1");
}

TEST(FaultyStore, ARefusedCommitKeepsItsReason) {
    const auto store = make_memory();
    FaultyStore faulty(*store);
    faulty.fail_commit(1, Failure::answer_lost);
    const Result<Revision> refused = faulty.commit({{Guard{"a", 7}}, {Write{"a", "1"}}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, lost_race);
}

}  // namespace
}  // namespace countersign::store
