#include "store/paging.h"

#include <fmt/format.h>

#include "store/contract.h"
#include "store/counting.h"
#include "store/faulty.h"
#include "store/memory.h"

namespace countersign::store {

struct Bulb {
    int watts = 0;
};
BOOST_DESCRIBE_STRUCT(Bulb, (), (watts))

namespace {

using Watts = std::vector<int>;

class Paging : public testing::TestWithParam<Kind> {
protected:
    void SetUp() override { store_ = std::make_unique<CountingStore>(GetParam().make(folder_.path(), {})); }

    void put_bulbs(int count) {
        for (int i = 0; i < count;) {
            Transaction transaction;
            for (; i < count && transaction.writes.size() < operations_max; ++i)
                transaction.writes.push_back(put(fmt::format("bulb/{:05}", i), Bulb{i}));
            must_commit(*store_, transaction);
        }
        must_commit(*store_, {{}, {put("bulc/0", Bulb{-1}), put("bula/0", Bulb{-1})}});
    }
    template <class Condition>
    RecordPage<Bulb> page(const PageWanted& wanted, const Condition& is_shown) {
        auto read = load_page<Bulb>(*store_, "bulb/", wanted, is_shown);
        EXPECT_TRUE(read) << (read ? "" : read.error().message);
        return read ? *std::move(read) : RecordPage<Bulb>();
    }
    static Watts watts(const RecordPage<Bulb>& page) {
        Watts all;
        for (const auto& bulb : page.items) all.push_back(bulb.record.watts);
        return all;
    }

    TemporaryFolder folder_;
    std::unique_ptr<CountingStore> store_;
};
INSTANTIATE_TEST_SUITE_P(Stores, Paging, testing::ValuesIn(kinds()), name_of);

TEST_P(Paging, APageReadsItselfAndOneMore) {
    put_bulbs(3000);
    const auto first = page({.items_max = 10}, every);
    EXPECT_EQ(watts(first), (Watts{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    EXPECT_TRUE(first.more);
    EXPECT_EQ(store_->take_entries_read("bulb/"), 11U);
    const auto late = page({.after = "bulb/02990", .items_max = 5}, every);
    EXPECT_EQ(watts(late), (Watts{2991, 2992, 2993, 2994, 2995}));
    EXPECT_EQ(store_->take_entries_read("bulb/"), 6U);
    const auto last = page({.after = "bulb/02994", .items_max = 5}, every);
    EXPECT_EQ(watts(last), (Watts{2995, 2996, 2997, 2998, 2999}));
    EXPECT_FALSE(last.more) << "nothing comes behind it";
}

TEST_P(Paging, APageGoesOnWhereItsLastItemIsGone) {
    put_bulbs(6);
    const auto first = page({.items_max = 3}, every);
    must_erase(*store_, first.items.back().key);
    must_erase(*store_, "bulb/00003");
    EXPECT_EQ(watts(page({.after = first.items.back().key, .items_max = 3}, every)), (Watts{4, 5}));
}

TEST_P(Paging, WhatIsNotShownIsReadOver) {
    put_bulbs(300);
    const auto tenth = [](const Bulb& bulb) { return bulb.watts % 10 == 0; };
    const auto first = page({.items_max = 4}, tenth);
    EXPECT_EQ(watts(first), (Watts{0, 10, 20, 30}));
    EXPECT_TRUE(first.more);
    EXPECT_LE(store_->take_entries_read("bulb/"), 50U);
    const auto last = page({.after = "bulb/00260", .items_max = 3}, tenth);
    EXPECT_EQ(watts(last), (Watts{270, 280, 290}));
    EXPECT_FALSE(last.more) << "what is left is not shown";
    const auto none = page({.items_max = 3}, [](const Bulb&) { return false; });
    EXPECT_TRUE(none.items.empty() && !none.more);
}

TEST_P(Paging, APageOfNothingSaysWhetherThereIsAnything) {
    EXPECT_FALSE(page({.items_max = 0}, every).more);
    put_bulbs(1);
    EXPECT_TRUE(page({.items_max = 0}, every).more);
    EXPECT_FALSE(page({.after = "bulb/00000", .items_max = 0}, every).more);
}

TEST_P(Paging, APartEndsBeforeItsEnd) {
    put_bulbs(9);
    const auto part = page({.after = "bulb/00001", .until = "bulb/00004"}, every);
    EXPECT_EQ(watts(part), (Watts{2, 3}));
    EXPECT_FALSE(part.more);
    EXPECT_TRUE(page({.after = "bulb/00001", .items_max = 1, .until = "bulb/00004"}, every).more);
    EXPECT_FALSE(page({.after = "bulb/00001", .items_max = 2, .until = "bulb/00004"}, every).more);
}

TEST(PagingOfFaults, AReadThatFailsIsNoEnd) {
    const auto memory = make_memory();
    must_commit(*memory, {{}, {put("bulb/1", Bulb{1}), put("bulb/2", Bulb{2}), put("bulb/3", Bulb{3})}});
    FaultyStore faulty(*memory);
    EXPECT_TRUE(load_page<Bulb>(faulty, "bulb/", {.items_max = 1}, every)->more);
    int reads = 0;
    faulty.interfere({.read = [&](std::string_view) { return ++reads == 2; }});
    const auto none = load_page<Bulb>(faulty, "bulb/", {.items_max = 1}, [](const Bulb&) { return false; });
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().fault, Fault::unavailable);
}

TEST(PagingOfFaults, WhatIsNoRecordIsAnError) {
    const auto store = make_memory();
    must_put(*store, "bulb/1", "not json");
    EXPECT_FALSE(load_page<Bulb>(*store, "bulb/", {}, every));
}

TEST(Markers, HoldAKeyOfTheirListAndOfNoOther) {
    const std::string marker = marker_of("bulb/00001");
    EXPECT_EQ(marker.find("bulb"), std::string::npos);
    EXPECT_EQ(key_of(marker, "bulb/"), "bulb/00001");
    EXPECT_FALSE(key_of(marker, "bulb/00002"));
    EXPECT_FALSE(key_of(marker, "lamp/"));
    for (const std::string& wrong : {std::string(), std::string("bulb/00001"), marker + "=", marker.substr(1),
                                     marker_of("bulb/" + std::string(key_bytes_max, 'x'))})
        EXPECT_FALSE(key_of(wrong, "bulb/")) << wrong;
}

}  // namespace
}  // namespace countersign::store
