#include "databases/port_block.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

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

// What of it holds where nobody else claims any: in a network namespace of one's own.
bool is_there_again() {
    std::vector<PortBlock> held;
    Result<PortBlock> next = PortBlock::claim();
    while (next) {
        held.push_back(*std::move(next));
        next = PortBlock::claim();
    }
    if (held.size() != 127 || next.error().fault != Fault::unavailable) return false;
    const std::uint16_t freed = held[41].first();
    held.erase(held.begin() + 41);
    next = PortBlock::claim();
    return next && next->first() == freed;
}

TEST(PortBlock, IsThereAgainWhenItsHolderHasGone) {
    constexpr int not_permitted = 77;
    const pid_t child = ::fork();
    if (child == 0) {
        const bool alone = ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
        ::_exit(!alone ? not_permitted : is_there_again() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == not_permitted)
        GTEST_SKIP() << "no network namespace of one's own here";
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace countersign::databases
