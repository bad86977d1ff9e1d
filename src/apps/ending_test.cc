#include "apps/ending.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace countersign::apps {
namespace {

// Standard input is a pipe meanwhile.
class EndingTest : public ::testing::Test {
protected:
    EndingTest() : before_(::dup(STDIN_FILENO)) {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::pipe(ends), 0);
        ::dup2(ends[0], STDIN_FILENO);
        ::close(ends[0]);
        other_end_ = Descriptor(ends[1]);
        ::sigemptyset(&ending_);
        ::sigaddset(&ending_, SIGUSR1);
        ::pthread_sigmask(SIG_BLOCK, &ending_, nullptr);
    }
    ~EndingTest() override {
        ::pthread_sigmask(SIG_UNBLOCK, &ending_, nullptr);
        ::dup2(before_.number(), STDIN_FILENO);
    }

    Descriptor before_;
    Descriptor other_end_;
    sigset_t ending_{};
};

TEST_F(EndingTest, ItEndsWithItsInput) {
    ASSERT_EQ(::write(other_end_.number(), "what it says means nothing\n", 27), 27);
    other_end_ = Descriptor();
    EXPECT_EQ(wait_for_end(ending_, true), 0);
}

TEST_F(EndingTest, ASignalEndsItWhateverItsInputIs) {
    ::raise(SIGUSR1);
    EXPECT_EQ(wait_for_end(ending_, true), SIGUSR1);
    other_end_ = Descriptor();
    ::raise(SIGUSR1);
    EXPECT_EQ(wait_for_end(ending_, false), SIGUSR1);
}

}  // namespace
}  // namespace countersign::apps
