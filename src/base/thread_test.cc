#include "base/thread.h"

#include <gmock/gmock.h>
#include <pthread.h>

#include <array>
#include <stdexcept>

namespace countersign {
namespace {

using ::testing::HasSubstr;

TEST(Thread, HasItsName) {
    const Log log(LogLevel::off);
    std::array<char, 16> name{};
    Thread thread("fifteen-letters", log,
                  [&] { ::pthread_getname_np(::pthread_self(), name.data(), name.size()); });
    thread.join();
    EXPECT_STREQ(name.data(), "fifteen-letters");
}

TEST(Thread, ABodyThatThrowsIsLoggedAndBegunAgain) {
    ::testing::internal::CaptureStderr();
    const Log log(LogLevel::error);
    int begun = 0;
    Thread thread(
        "restless", log,
        [&] {
            if (++begun == 1) throw std::runtime_error("out of paper");
        },
        [] { return false; });
    thread.join();
    const std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(begun, 2);
    EXPECT_THAT(said, HasSubstr(R"("thread":"restless","error":"out of paper")"));
}

TEST(Thread, ABodyThatThrowsIsNotBegunAgainOnceItIsToEnd) {
    const Log log(LogLevel::off);
    int begun = 0;
    Thread thread(
        "ending", log,
        [&] {
            ++begun;
            throw 1;
        },
        [] { return true; });
    thread.join();
    EXPECT_EQ(begun, 1);
}

TEST(Guarded, TellsWhetherItReturned) {
    const Log log(LogLevel::off);
    EXPECT_TRUE(guarded(log, "test", [] {}));
    EXPECT_FALSE(guarded(log, "test", [] { throw std::runtime_error("no"); }));
    EXPECT_FALSE(guarded(log, "test", [] { throw 1; }));
}

}  // namespace
}  // namespace countersign
