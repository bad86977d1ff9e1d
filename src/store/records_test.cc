#include "store/records.h"

#include "store/contract.h"
#include "store/memory.h"

namespace countersign::store {

struct Lamp {
    std::string name;
    int watts = 0;
};
BOOST_DESCRIBE_STRUCT(Lamp, (), (name, watts))

namespace {

TEST(Records, ComeBackWithTheirRevision) {
    const auto store = make_memory();
    must_commit(*store, {{absent("lamp/a")}, {put("lamp/a", Lamp{"desk", 7})}});
    must_commit(*store, {{}, {put("lamp/b", Lamp{"floor", 20})}});
    const auto lamp = load<Lamp>(*store, "lamp/a");
    ASSERT_TRUE(lamp && *lamp);
    EXPECT_EQ((*lamp)->record.name, "desk");
    EXPECT_EQ((*lamp)->record.watts, 7);
    EXPECT_EQ((*lamp)->modified, 1);
    const auto all = load_all<Lamp>(*store, "lamp/");
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 2U);
    EXPECT_EQ((*all)[1].key, "lamp/b");
    EXPECT_EQ((*all)[1].record.name, "floor");

    EXPECT_TRUE(store->commit({{(*lamp)->unchanged()}, {erase("lamp/a")}}));
    const auto gone = load<Lamp>(*store, "lamp/a");
    ASSERT_TRUE(gone);
    EXPECT_FALSE(*gone);
}

TEST(Records, WhatIsNoRecordIsAnError) {
    const auto store = make_memory();
    must_put(*store, "lamp/a", "not json");
    EXPECT_FALSE(load<Lamp>(*store, "lamp/a"));
    EXPECT_FALSE(load_all<Lamp>(*store, "lamp/"));
}

TEST(Records, ALostRaceIsTriedAgain) {
    const auto store = make_memory();
    int attempts = 0;
    const Result<Revision> done = retry_races([&]() -> Result<Revision> {
        const std::optional<Entry> seen = TRY(store->get("a"));
        if (++attempts < 3) must_put(*store, "a", "theirs");
        return store->commit({{Guard{"a", seen ? seen->modified : 0}}, {Write{"a", "ours"}}});
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(attempts, 3);
    EXPECT_EQ(value_of(*store, "a"), "ours");
}

TEST(Records, ARaceThatIsNeverWonIsThrottled) {
    const auto store = make_memory();
    must_put(*store, "a", "1");
    const Result<Revision> done = retry_races([&] {
        return store->commit({{absent("a")}, {Write{"a", "ours"}}});
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().fault, Fault::throttled);
}

}  // namespace
}  // namespace countersign::store
