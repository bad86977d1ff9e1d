#include "databases/port_block.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace countersign::databases {
namespace {

TEST(PortBlock, NobodyElseHasIt) {
    std::vector<PortBlock> held;
    std::set<std::uint16_t> ports;
    for (int count = 0; count < 5; ++count) {
        Result<PortBlock> block = PortBlock::claim();
        ASSERT_TRUE(block) << block.error().message;
        EXPECT_GE(block->first(), 20000);
        EXPECT_LE(block->last(), 32699);
        for (unsigned port = block->first(); port <= block->last(); ++port)
            EXPECT_TRUE(ports.insert(static_cast<std::uint16_t>(port)).second) << port;
        held.push_back(*std::move(block));
    }
    EXPECT_EQ(ports.size(), 500U);
}

TEST(PortBlock, IsThereAgainWhenItsHolderHasGone) {
    std::vector<PortBlock> held;  // all that others leave
    Result<PortBlock> next = PortBlock::claim();
    while (next) {
        held.push_back(*std::move(next));
        next = PortBlock::claim();
    }
    EXPECT_EQ(next.error().fault, Fault::unavailable);
    ASSERT_FALSE(held.empty());
    const std::uint16_t freed = held.back().first();
    held.pop_back();
    next = PortBlock::claim();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->first(), freed);
}

}  // namespace
}  // namespace countersign::databases
