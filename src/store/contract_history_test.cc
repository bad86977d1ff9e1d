// What every store does with the past: reading it, watching it, forgetting it.
#include "store/contract.h"

#include <atomic>
#include <thread>

namespace countersign::store {

namespace {

using namespace std::chrono_literals;

constexpr auto only_look = 0ms;
constexpr auto long_enough = 1h;  // a test that waits this long has failed

using HistoryContract = Contract;
INSTANTIATE_TEST_SUITE_P(Stores, HistoryContract, testing::ValuesIn(kinds()), name_of);

// "revision key=value" or "revision key" of each event of a look.
Lines seen(Watch& watch, std::chrono::milliseconds patience = only_look) {
    const Result<std::vector<Event>> events = watch.next(patience);
    EXPECT_TRUE(events) << (events ? "" : events.error().message);
    Lines lines;
    if (!events) return lines;
    for (const Event& event : *events)
        lines.push_back(std::to_string(event.revision) + " " + event.key +
                        (event.value ? "=" + *event.value : ""));
    return lines;
}

bool is_compacted(Watch& watch) {
    const Result<std::vector<Event>> events = watch.next(only_look);
    return !events && events.error().fault == Fault::compacted;
}

TEST_P(HistoryContract, AnOlderStateCanBeRead) {
    const auto store = make();
    must_put(*store, "a", "1");
    must_put(*store, "b", "1");
    must_put(*store, "a", "2");
    must_erase(*store, "b");
    must_put(*store, "b", "3");
    const std::vector<Lines> states{{}, {"a=1"}, {"a=1", "b=1"}, {"a=2", "b=1"}, {"a=2"}, {"a=2", "b=3"}};
    for (Revision at = 1; at <= 5; ++at)
        EXPECT_EQ(listed(*store, "", {"", 10, at}), states[static_cast<std::size_t>(at)]) << at;
    const Result<Page> future = store->list("", {"", 10, 6});
    ASSERT_FALSE(future);
    EXPECT_EQ(future.error().fault, Fault::invalid);
}

TEST_P(HistoryContract, AWatchSeesCommitsInOrder) {
    const auto store = make();
    const auto watch = store->watch("", 0);
    EXPECT_TRUE(seen(*watch).empty());
    must_put(*store, "b", "1");
    must_commit(*store, {{}, {Write{"z", "2"}, Write{"a", ""}, Write{"b", std::nullopt}}});
    EXPECT_EQ(seen(*watch), (Lines{"1 b=1", "2 z=2", "2 a=", "2 b"}));
    EXPECT_TRUE(seen(*watch).empty());
    must_put(*store, "c", "3");
    EXPECT_EQ(seen(*watch), (Lines{"3 c=3"}));
}

TEST_P(HistoryContract, AWatchStartsAfterAnyRevision) {
    const auto store = make();
    for (int i = 1; i <= 4; ++i) must_put(*store, "a", std::to_string(i));
    EXPECT_EQ(seen(*store->watch("", 2)), (Lines{"3 a=3", "4 a=4"}));
    const auto future = store->watch("", 5);
    EXPECT_TRUE(seen(*future).empty());
    must_put(*store, "a", "5");
    must_put(*store, "a", "6");
    EXPECT_EQ(seen(*future), (Lines{"6 a=6"}));
}

TEST_P(HistoryContract, AWatchSeesOnlyItsPrefix) {
    const auto store = make();
    const auto watch = store->watch("p/", 0);
    const auto last = store->watch("\xff", 0);
    must_commit(*store, {{}, {Write{"p", ""}, Write{"p/", ""}, Write{"p0", ""}, Write{"\xff\xff", ""}}});
    must_put(*store, "q", "");
    must_put(*store, "p/a", "");
    EXPECT_EQ(seen(*watch), (Lines{"1 p/=", "3 p/a="}));
    EXPECT_EQ(seen(*last), (Lines{"1 \xff\xff="}));
}

TEST_P(HistoryContract, ErasingWhatIsNotThereIsNoEvent) {
    const auto store = make();
    must_put(*store, "a", "1");
    must_erase(*store, "b");
    EXPECT_EQ(seen(*store->watch("", 0)), (Lines{"1 a=1"}));
}

TEST_P(HistoryContract, AListAndAWatchLeaveNothingOut) {
    const auto store = make();
    must_put(*store, "a", "1");
    const Result<Page> page = store->list("", {});
    ASSERT_TRUE(page);
    must_put(*store, "a", "2");
    EXPECT_EQ(seen(*store->watch("", page->revision)), (Lines{"2 a=2"}));
}

TEST_P(HistoryContract, AWaitingWatchIsToldOfACommit) {
    const auto store = make();
    const auto watch = store->watch("p/", 0);
    std::thread writer([&] {
        must_put(*store, "other", "");
        must_put(*store, "p/a", "1");
    });
    EXPECT_EQ(seen(*watch, long_enough), (Lines{"2 p/a=1"}));
    writer.join();
}

TEST_P(HistoryContract, WakeEndsAWait) {
    const auto store = make();
    const auto watch = store->watch("", 0);
    std::atomic<bool> ended = false;
    std::thread waiting([&] {
        EXPECT_TRUE(seen(*watch, long_enough).empty());
        ended = true;
    });
    watch->wake();
    waiting.join();
    EXPECT_TRUE(ended);
    must_put(*store, "a", "1");
    EXPECT_EQ(seen(*watch, long_enough), (Lines{"1 a=1"}));
}

TEST_P(HistoryContract, WakeBeforeTheWaitCountsToo) {
    const auto store = make();
    const auto watch = store->watch("", 0);
    watch->wake();
    EXPECT_TRUE(seen(*watch, long_enough).empty());
}

// Follows a watch to a revision, and checks that each commit came whole, once and in order.
void follow(Store& store, Revision last) {
    const auto watch = store.watch("pair/", 0);
    Revision expected = 1;
    while (expected <= last) {
        const Result<std::vector<Event>> events = watch->next(long_enough);
        ASSERT_TRUE(events) << events.error().message;
        ASSERT_EQ(events->size() % 2, 0U);
        for (std::size_t i = 0; i < events->size(); i += 2, ++expected) {
            ASSERT_EQ((*events)[i].revision, expected);
            ASSERT_EQ((*events)[i + 1].revision, expected);
            ASSERT_EQ((*events)[i].key, "pair/left");
            ASSERT_EQ((*events)[i + 1].key, "pair/right");
        }
    }
}

TEST_P(HistoryContract, ManyWatchersSeeEveryCommitOnceWhileManyWrite) {
    constexpr int writers = 4;
    constexpr int watchers = 4;
    constexpr int commits = 100;
    constexpr Revision last = Revision{writers} * commits;
    const auto store = make();
    std::vector<std::thread> threads;
    threads.reserve(writers + watchers);
    for (int i = 0; i < watchers; ++i) threads.emplace_back([&] { follow(*store, last); });
    for (int i = 0; i < writers; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < commits; ++n)
                must_commit(*store, {{}, {Write{"pair/left", ""}, Write{"pair/right", ""}}});
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(store->revision(), last);
}

TEST_P(HistoryContract, ALongHistoryComesInWholeCommits) {
    constexpr std::size_t commits = 20;
    const auto store = make();
    for (std::size_t n = 0; n < commits; ++n) {
        Transaction transaction;
        for (std::size_t i = 0; i < operations_max; ++i)
            transaction.writes.push_back(Write{"k" + std::to_string(i), ""});
        must_commit(*store, transaction);
    }
    const auto watch = store->watch("", 0);
    std::size_t events = 0;
    while (events < commits * operations_max) {
        const std::size_t more = seen(*watch).size();
        ASSERT_GT(more, 0U);
        ASSERT_EQ(more % operations_max, 0U);
        events += more;
    }
    EXPECT_EQ(events, commits * operations_max);
    EXPECT_TRUE(seen(*watch).empty());
}

TEST_P(HistoryContract, CompactForgetsThePastAndKeepsThePresent) {
    const auto store = make();
    must_put(*store, "old", "1");
    must_put(*store, "a", "2");
    must_put(*store, "gone", "3");
    must_erase(*store, "gone");
    must_put(*store, "a", "5");
    must_put(*store, "a", "6");
    ASSERT_TRUE(store->compact(5));

    EXPECT_EQ(listed(*store, ""), (Lines{"a=6", "old=1"}));
    EXPECT_EQ(listed(*store, "", {"", 10, 5}), (Lines{"a=5", "old=1"}));
    const Result<Page> past = store->list("", {"", 10, 4});
    ASSERT_FALSE(past);
    EXPECT_EQ(past.error().fault, Fault::compacted);
    EXPECT_EQ((*store->get("old"))->modified, 1);
    EXPECT_EQ((*store->get("a"))->created, 2);
    EXPECT_TRUE(store->commit({{Guard{"gone", 0}, Guard{"old", 1}}, {Write{"a", "7"}}}));
    EXPECT_EQ(store->revision(), 7);
}

TEST_P(HistoryContract, AWatchIsToldThatItsPastIsGone) {
    const auto store = make();
    const auto behind = store->watch("", 2);
    const auto current = store->watch("", 2);
    for (int i = 1; i <= 6; ++i) must_put(*store, "a", std::to_string(i));
    EXPECT_EQ(seen(*current).size(), 4U);
    ASSERT_TRUE(store->compact(5));
    EXPECT_TRUE(is_compacted(*behind));
    EXPECT_TRUE(is_compacted(*behind));
    EXPECT_TRUE(is_compacted(*store->watch("", 0)));
    EXPECT_EQ(seen(*store->watch("", 4)), (Lines{"5 a=5", "6 a=6"}));
    EXPECT_EQ(seen(*store->watch("", 5)), (Lines{"6 a=6"}));
    must_put(*store, "a", "7");
    EXPECT_EQ(seen(*current), (Lines{"7 a=7"}));
}

TEST_P(HistoryContract, AnIdleWatchKeepsUpWithOtherKeys) {
    const auto store = make();
    const auto watch = store->watch("quiet/", 0);
    for (int i = 0; i < 5; ++i) must_put(*store, "busy", "");
    EXPECT_TRUE(seen(*watch).empty());
    ASSERT_TRUE(store->compact(5));
    must_put(*store, "quiet/a", "1");
    EXPECT_EQ(seen(*watch), (Lines{"6 quiet/a=1"}));
}

TEST_P(HistoryContract, CompactTwiceAndBackwardsIsNoError) {
    const auto store = make();
    for (int i = 1; i <= 4; ++i) must_put(*store, "a", std::to_string(i));
    for (const Revision before : {Revision{3}, Revision{3}, Revision{1}, Revision{0}})
        EXPECT_TRUE(store->compact(before));
    EXPECT_EQ(listed(*store, "", {"", 10, 3}), (Lines{"a=3"}));
    EXPECT_FALSE(store->list("", {"", 10, 2}));
    const Result<void> future = store->compact(5);
    ASSERT_FALSE(future);
    EXPECT_EQ(future.error().fault, Fault::invalid);
}

TEST_P(HistoryContract, ADeletionAtTheOldestKeptRevisionIsStillSeen) {
    const auto store = make();
    must_put(*store, "a", "1");
    must_erase(*store, "a");
    ASSERT_TRUE(store->compact(2));
    EXPECT_EQ(seen(*store->watch("", 1)), (Lines{"2 a"}));
    EXPECT_TRUE(listed(*store, "").empty());
}

TEST_P(HistoryContract, OldStatesAndIdsGoByThemselves) {
    const auto store = make({.revisions = 50, .interval = 10, .commit_ids = 80});
    for (int i = 1; i <= 200; ++i)
        must_commit(*store, {{}, {Write{"a", std::to_string(i)}}, "id " + std::to_string(i)});
    EXPECT_EQ(listed(*store, "", {"", 10, 151}), (Lines{"a=151"}));
    const Result<Page> past = store->list("", {"", 10, 150});
    ASSERT_FALSE(past);
    EXPECT_EQ(past.error().fault, Fault::compacted);
    EXPECT_EQ(*store->find_commit("id 120"), 120);
    EXPECT_EQ(*store->find_commit("id 119"), std::nullopt);
    EXPECT_EQ(store->revision(), 200);
}

}  // namespace
}  // namespace countersign::store
