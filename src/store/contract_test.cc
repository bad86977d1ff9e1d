// What every store does with keys, values and transactions. contract_history_test.cc has the past and the
// watches.
#include "store/contract.h"

#include <algorithm>
#include <map>
#include <thread>

#include "store/memory.h"
#include "store/records.h"
#include "store/sqlite.h"

namespace countersign::store {

std::vector<Kind> kinds() {
    return {
        Kind{"memory", [](const auto&, const Retention& retention) { return make_memory(retention); }},
        Kind{"sqlite",
             [](const std::filesystem::path& folder, const Retention& retention) {
                 Result<std::unique_ptr<Store>> store = open_sqlite(folder / "state.db", retention);
                 EXPECT_TRUE(store) << (store ? "" : store.error().message);
                 return store ? *std::move(store) : nullptr;
             }},
    };
}

namespace {

using StoreContract = Contract;
INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, testing::ValuesIn(kinds()), name_of);

TEST_P(StoreContract, StartsEmpty) {
    const auto store = make();
    EXPECT_EQ(store->revision(), 0);
    EXPECT_EQ(value_of(*store, "a"), "none");
    const Result<Page> page = store->list("", {});
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->entries.empty());
    EXPECT_EQ(page->revision, 0);
    EXPECT_FALSE(page->more);
}

TEST_P(StoreContract, GetAnswersTheNewestValueAndItsRevisions) {
    const auto store = make();
    const Revision first = must_put(*store, "a", "1");
    must_put(*store, "b", "other");
    const Revision second = must_put(*store, "a", "2");
    const auto entry = store->get("a");
    ASSERT_TRUE(entry && *entry);
    EXPECT_EQ((*entry)->key, "a");
    EXPECT_EQ((*entry)->value, "2");
    EXPECT_EQ((*entry)->created, first);
    EXPECT_EQ((*entry)->modified, second);
    EXPECT_EQ(store->revision(), second);
}

TEST_P(StoreContract, RevisionsCountCommits) {
    const auto store = make();
    EXPECT_EQ(must_put(*store, "a", "1"), 1);
    EXPECT_EQ(must_commit(*store, {{}, {Write{"a", "2"}, Write{"b", "2"}, Write{"c", "2"}}}), 2);
    EXPECT_EQ(must_erase(*store, "a"), 3);
    EXPECT_EQ(store->revision(), 3);
}

TEST_P(StoreContract, AKeyThatComesBackIsANewOne) {
    const auto store = make();
    must_put(*store, "a", "1");
    must_erase(*store, "a");
    EXPECT_EQ(value_of(*store, "a"), "none");
    const Revision again = must_put(*store, "a", "2");
    EXPECT_EQ((*store->get("a"))->created, again);
}

TEST_P(StoreContract, ErasingWhatIsNotThereIsNoError) {
    const auto store = make();
    const Revision before = must_put(*store, "a", "1");
    EXPECT_GE(must_erase(*store, "b"), before);
    EXPECT_EQ(listed(*store, ""), (Lines{"a=1"}));
}

TEST_P(StoreContract, KeepsBytesAsTheyAre) {
    const auto store = make();
    const std::map<std::string, std::string> values{
        {std::string("\0", 1), "zero key"},
        {std::string("a\0b", 3), std::string("\0\xff\0", 3)},
        {"\xff\xfe", ""},
        {"a'b\"%_*", "'; --"},
        {std::string(key_bytes_max, 'k'), std::string(value_bytes_max, '\xff')},
        {std::string(key_bytes_max, '\xff'), "greatest"},
    };
    for (const auto& [key, value] : values) must_put(*store, key, value);
    for (const auto& [key, value] : values) EXPECT_EQ(value_of(*store, key), value);

    const Result<Page> page = store->list("", {});
    ASSERT_TRUE(page);
    std::map<std::string, std::string> seen;
    for (const Entry& entry : page->entries) seen[entry.key] = entry.value;
    EXPECT_EQ(seen, values);
}

TEST_P(StoreContract, ListsInTheOrderOfBytes) {
    const auto store = make();
    for (const char* key : {"b", "\xc3\xa4", "a/2", "a", "\x7f", "\x80", "a/10", "A"})
        must_put(*store, key, "");
    EXPECT_EQ(listed(*store, ""), (Lines{"A=", "a=", "a/10=", "a/2=", "b=", "\x7f=", "\x80=", "\xc3\xa4="}));
}

TEST_P(StoreContract, APrefixIsBytesAndNothingElse) {
    struct Case {
        std::string prefix;
        Lines keys;
    };
    const auto store = make();
    for (const char* key :
         {"a", "a/", "a/b", "a0", "a\xff", "a\xff\xff", "a\xff\xff z", "b", "\xff", "\xff\xff"})
        must_put(*store, key, "");
    const std::vector<Case> cases{
        {"a/", {"a/=", "a/b="}},
        {"a/b", {"a/b="}},
        {"a/c", {}},
        {"a", {"a=", "a/=", "a/b=", "a0=", "a\xff=", "a\xff\xff=", "a\xff\xff z="}},
        {"a\xff", {"a\xff=", "a\xff\xff=", "a\xff\xff z="}},
        {"a\xff\xff", {"a\xff\xff=", "a\xff\xff z="}},
        {"\xff", {"\xff=", "\xff\xff="}},
        {"\xff\xff", {"\xff\xff="}},
        {"\xff\xff\xff", {}},
        {"%", {}},
        {"_", {}},
    };
    for (const Case& each : cases) EXPECT_EQ(listed(*store, each.prefix), each.keys) << each.prefix;
}

TEST_P(StoreContract, APageStartsAfterAKeyAndSaysWhetherThereIsMore) {
    const auto store = make();
    for (const char* key : {"p/a", "p/b", "p/c", "p/d", "q"}) must_put(*store, key, "");
    struct Case {
        std::string after;
        std::size_t entries_max;
        Lines keys;
        bool more;
    };
    const std::vector<Case> cases{
        {"", 2, {"p/a=", "p/b="}, true},
        {"p/b", 2, {"p/c=", "p/d="}, false},
        {"p/b", 1, {"p/c="}, true},
        {"p/bb", 9, {"p/c=", "p/d="}, false},
        {"p/d", 9, {}, false},
        {"z", 9, {}, false},
        {"a", 9, {"p/a=", "p/b=", "p/c=", "p/d="}, false},
    };
    for (const Case& each : cases) {
        const Result<Page> page = store->list("p/", {each.after, each.entries_max});
        ASSERT_TRUE(page);
        EXPECT_EQ(shown(*page), each.keys) << each.after << " " << each.entries_max;
        EXPECT_EQ(page->more, each.more) << each.after << " " << each.entries_max;
    }
}

TEST_P(StoreContract, PagesShowOneStateWhileWritesGoOn) {
    const auto store = make();
    for (int i = 10; i < 20; ++i) must_put(*store, "p/" + std::to_string(i), "old");
    const Result<Page> first = store->list("p/", {"", 4});
    ASSERT_TRUE(first);
    must_put(*store, "p/15", "new");
    must_put(*store, "p/155", "new");
    must_erase(*store, "p/17");
    must_erase(*store, "p/10");
    must_put(*store, "p/17", "back");

    Lines all = shown(*first);
    Page page = *first;
    while (page.more) {
        Result<Page> next = store->list("p/", {page.entries.back().key, 4, first->revision});
        ASSERT_TRUE(next);
        EXPECT_EQ(next->revision, first->revision);
        page = *next;
        for (const std::string& line : shown(page)) all.push_back(line);
    }
    Lines expected;
    for (int i = 10; i < 20; ++i) expected.push_back("p/" + std::to_string(i) + "=old");
    EXPECT_EQ(all, expected);
}

TEST_P(StoreContract, ListAllGoesThroughEveryPage) {
    const auto store = make();
    constexpr int entries = 2 * static_cast<int>(page_entries_max) + 1;
    for (int i = 0; i < entries;) {
        Transaction transaction;
        for (; i < entries && transaction.writes.size() < operations_max; ++i)
            transaction.writes.push_back(Write{"p/" + std::to_string(i), std::to_string(i)});
        must_commit(*store, transaction);
    }
    must_put(*store, "q", "");
    const Result<Page> all = list_all(*store, "p/");
    ASSERT_TRUE(all);
    EXPECT_EQ(all->entries.size(), static_cast<std::size_t>(entries));
    EXPECT_TRUE(std::is_sorted(all->entries.begin(), all->entries.end(),
                               [](const Entry& a, const Entry& b) { return a.key < b.key; }));
    EXPECT_FALSE(all->more);
}

TEST_P(StoreContract, GuardsHoldOrNothingIsWritten) {
    const auto store = make();
    const Revision a = must_put(*store, "a", "1");
    const Revision b = must_put(*store, "b", "1");
    const Revision gone = must_put(*store, "gone", "1");
    must_erase(*store, "gone");
    struct Case {
        std::vector<Guard> guards;
        bool holds;
    };
    const std::vector<Case> cases{
        {{Guard{"a", a}}, true},
        {{Guard{"a", b}}, false},
        {{Guard{"a", 0}}, false},
        {{Guard{"new", 0}}, true},
        {{Guard{"new", 1}}, false},
        {{Guard{"gone", 0}}, true},
        {{Guard{"gone", gone}}, false},
        {{Guard{"a", a}, Guard{"b", b}}, true},
        {{Guard{"a", a}, Guard{"b", a}}, false},
        {{Guard{"a", a}, Guard{"a", b}}, false},
    };
    for (const Case& each : cases) {
        const Revision before = store->revision();
        const std::string mark = std::to_string(&each - cases.data());
        const Result<Revision> done = store->commit({each.guards, {Write{"x", mark}, Write{"y", mark}}});
        EXPECT_EQ(static_cast<bool>(done), each.holds) << mark;
        EXPECT_EQ(value_of(*store, "x") == mark, each.holds) << mark;
        EXPECT_EQ(value_of(*store, "y") == mark, each.holds) << mark;
        EXPECT_EQ(store->revision(), before + (each.holds ? 1 : 0)) << mark;
        if (done) continue;
        EXPECT_EQ(done.error().fault, Fault::conflict);
        EXPECT_EQ(done.error().code, lost_race);
    }
}

TEST_P(StoreContract, CompareAndSetOfCreateChangeAndDelete) {
    const auto store = make();
    const Result<Revision> made = store->commit({{absent("a")}, {Write{"a", "1"}}});
    ASSERT_TRUE(made);
    EXPECT_FALSE(store->commit({{absent("a")}, {Write{"a", "again"}}}));
    const Result<Revision> changed = store->commit({{Guard{"a", *made}}, {Write{"a", "2"}}});
    ASSERT_TRUE(changed);
    EXPECT_FALSE(store->commit({{Guard{"a", *made}}, {erase("a")}}));
    EXPECT_EQ(value_of(*store, "a"), "2");
    EXPECT_TRUE(store->commit({{Guard{"a", *changed}}, {erase("a")}}));
    EXPECT_EQ(value_of(*store, "a"), "none");
    EXPECT_TRUE(store->commit({{absent("a")}, {Write{"a", "3"}}}));
}

TEST_P(StoreContract, WithoutWritesATransactionOnlyChecks) {
    const auto store = make();
    const Revision a = must_put(*store, "a", "1");
    EXPECT_EQ(must_commit(*store, {{Guard{"a", a}}, {}}), a);
    EXPECT_FALSE(store->commit({{Guard{"a", 0}}, {}}));
    EXPECT_EQ(store->revision(), a);
}

TEST_P(StoreContract, EveryLimitIsKept) {
    const std::string long_key(key_bytes_max + 1, 'k');
    Transaction full;
    for (std::size_t i = 0; i < operations_max; ++i) {
        full.writes.push_back(Write{"full/" + std::to_string(i), ""});
        full.guards.push_back(absent("full/" + std::to_string(i)));
    }
    Transaction too_many_writes{{}, full.writes};
    too_many_writes.writes.push_back(Write{"full/more", ""});
    Transaction too_many_guards{full.guards, {Write{"a", ""}}};
    too_many_guards.guards.push_back(absent("full/more"));
    const std::map<std::string, Transaction> cases{
        {"too many writes", too_many_writes},
        {"too many guards", too_many_guards},
        {"a key twice", {{}, {Write{"a", "1"}, Write{"b", "1"}, Write{"a", "2"}}}},
        {"put and delete", {{}, {Write{"a", "1"}, erase("a")}}},
        {"long key", {{}, {Write{long_key, ""}}}},
        {"long key deleted", {{}, {erase(long_key)}}},
        {"empty key", {{}, {Write{"", ""}}}},
        {"long guard", {{absent(long_key)}, {Write{"a", ""}}}},
        {"long value", {{}, {Write{"a", ""}, Write{"b", std::string(value_bytes_max + 1, 'v')}}}},
        {"long id", {{}, {Write{"a", ""}}, long_key}},
    };
    const auto store = make();
    for (const auto& [what, transaction] : cases) {
        const Result<Revision> done = store->commit(transaction);
        ASSERT_FALSE(done) << what;
        EXPECT_EQ(done.error().fault, Fault::invalid) << what;
    }
    EXPECT_EQ(store->revision(), 0);
    EXPECT_TRUE(listed(*store, "").empty());
    EXPECT_TRUE(store->commit(full));
    EXPECT_EQ(listed(*store, "full/").size(), operations_max);
}

TEST_P(StoreContract, ATransactionIsFoundByItsId) {
    const auto store = make();
    must_put(*store, "a", "0");
    const Revision one = must_commit(*store, {{}, {Write{"a", "1"}}, "one"});
    const Revision two = must_commit(*store, {{}, {Write{"a", "2"}}, std::string("two\0\xff", 5)});
    EXPECT_FALSE(store->commit({{absent("a")}, {Write{"a", "3"}}, "three"}));
    must_commit(*store, {{}, {}, "only a check"});
    EXPECT_EQ(*store->find_commit("one"), one);
    EXPECT_EQ(*store->find_commit(std::string("two\0\xff", 5)), two);
    for (const char* id : {"two", "three", "", "only a check", "a"})
        EXPECT_EQ(*store->find_commit(id), std::nullopt);
}

TEST_P(StoreContract, AnIdIsUsedOnce) {
    const auto store = make();
    const Revision one = must_commit(*store, {{absent("a")}, {Write{"a", "1"}}, "one"});
    const Result<Revision> again = store->commit({{absent("a")}, {Write{"a", "2"}}, "one"});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().fault, Fault::exists);
    EXPECT_EQ(value_of(*store, "a"), "1");
    EXPECT_EQ(*store->find_commit("one"), one);
}

// Adds one to the number at a key, as often as it takes.
void increment(Store& store, const std::string& key) {
    for (;;) {
        const Result<std::optional<Entry>> entry = store.get(key);
        ASSERT_TRUE(entry);
        const int number = *entry ? std::stoi((*entry)->value) : 0;
        const Revision seen = *entry ? (*entry)->modified : 0;
        const Result<Revision> done =
            store.commit({{Guard{key, seen}}, {Write{key, std::to_string(number + 1)}}});
        if (done) return;
        ASSERT_EQ(done.error().code, lost_race) << done.error().message;
    }
}

TEST_P(StoreContract, ThreadsThatCountTogetherLoseNothing) {
    constexpr int threads = 8;
    constexpr int steps = 25;
    const auto store = make();
    std::vector<std::thread> counters;
    counters.reserve(threads);
    for (int i = 0; i < threads; ++i)
        counters.emplace_back([&] {
            for (int step = 0; step < steps; ++step) increment(*store, "counter");
        });
    for (std::thread& counter : counters) counter.join();
    EXPECT_EQ(value_of(*store, "counter"), std::to_string(threads * steps));
    EXPECT_EQ(store->revision(), threads * steps);
}

TEST_P(StoreContract, ReadersNeverSeeHalfATransaction) {
    const auto store = make();
    std::atomic<bool> done = false;
    std::thread writer([&] {
        for (int i = 0; i < 200; ++i)
            must_commit(
                *store,
                {{}, {Write{"pair/left", std::to_string(i)}, Write{"pair/right", std::to_string(i)}}});
        done = true;
    });
    while (!done) {
        const Result<Page> page = store->list("pair/", {});
        if (!page || page->entries.empty()) continue;
        ASSERT_EQ(page->entries.size(), 2U);
        ASSERT_EQ(page->entries[0].value, page->entries[1].value);
        ASSERT_EQ(page->entries[0].modified, page->entries[1].modified);
    }
    writer.join();
}

}  // namespace
}  // namespace countersign::store
