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

TEST(FaultyStore, CommitsEndAsTheCallbackSays) {
    const auto store = make_memory();
    FaultyStore faulty(*store);
    faulty.interfere({.commit = [](const Transaction& asked) -> std::optional<Failure> {
        if (asked.id == "dropped") return Failure::not_written;
        if (asked.id == "lost") return Failure::answer_lost;
        return std::nullopt;
    }});
    EXPECT_TRUE(faulty.commit({{}, {Write{"a", "1"}}, "done"}));
    EXPECT_FALSE(faulty.commit({{}, {Write{"b", "1"}}, "dropped"}));
    const Result<Revision> lost = faulty.commit({{}, {Write{"c", "1"}}, "lost"});
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().fault, Fault::unavailable);
    EXPECT_EQ(value_of(*store, "a"), "1");
    EXPECT_EQ(value_of(*store, "b"), "none");
    EXPECT_EQ(value_of(*store, "c"), "1");
}

TEST(FaultyStore, AnotherWriterCanComeBeforeACommit) {
    const auto store = make_memory();
    FaultyStore faulty(*store);
    faulty.interfere({.commit = [&](const Transaction&) -> std::optional<Failure> {
        EXPECT_TRUE(store->commit({{}, {Write{"a", "theirs"}}}));
        return std::nullopt;
    }});
    const Result<Revision> refused = faulty.commit({{absent("a")}, {Write{"a", "ours"}}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, lost_race);
    EXPECT_EQ(value_of(faulty, "a"), "theirs");
}

TEST(FaultyStore, ReadsFailAsTheCallbackSays) {
    const auto store = make_memory();
    FaultyStore faulty(*store);
    ASSERT_TRUE(store->commit({{}, {Write{"a/1", "1"}, Write{"b/1", "1"}}}));
    faulty.interfere({.read = [](std::string_view key) { return key.starts_with("a/"); }});
    EXPECT_FALSE(faulty.get("a/1"));
    EXPECT_FALSE(faulty.list("a/", {}));
    EXPECT_TRUE(faulty.get("b/1"));
    EXPECT_TRUE(faulty.list("b/", {}));
    faulty.interfere({});
    EXPECT_TRUE(faulty.get("a/1"));
}

}  // namespace
}  // namespace countersign::store
