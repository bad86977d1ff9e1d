#include "base/secret.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace countersign {
namespace {

TEST(WipedAtEnd, WipesWhenTheScopeReturnsOrThrows) {
    std::string secret = "correct horse";
    {
        const WipedAtEnd wiped(secret.data(), 7);
        EXPECT_EQ(secret, "correct horse");
    }
    EXPECT_EQ(secret, std::string(7, '\0') + " horse");
    const auto throws = [&] {
        const WipedAtEnd wiped(secret.data(), secret.size());
        throw std::runtime_error("no");
    };
    EXPECT_THROW(throws(), std::runtime_error);
    EXPECT_EQ(secret, std::string(13, '\0'));
}

}  // namespace
}  // namespace countersign
