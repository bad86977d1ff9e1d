#include "client/host_port.h"

#include <gtest/gtest.h>

namespace countersign::client {
namespace {

TEST(IsLoopback, ANameThatLooksLikeAnAddressIsNone) {
    for (const char* host : {"localhost", "127.0.0.1", "127.54.32.7", "::1"})
        EXPECT_TRUE(is_loopback(host)) << host;
    for (const char* host :
         {"127.example.org", "127.0.0.1.example.org", "127.1", "128.0.0.1", "0.0.0.0", "::", ""})
        EXPECT_FALSE(is_loopback(host)) << host;
}

}  // namespace
}  // namespace countersign::client
