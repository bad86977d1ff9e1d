#include "databases/directories.h"

#include <gtest/gtest.h>

namespace countersign::databases {
namespace {

TEST(Directories, SocketsHaveShortNames) {
    const std::string id = "cluster-CE7YOPQHSJ5Q2LZ2NPTNSK6KJQ";
    EXPECT_EQ(server_sockets("/data", id), "/data/run/tnsk6kjq");
    EXPECT_EQ(server_logs("/data", id), "/data/databases/" + id + "/log");
    EXPECT_EQ(attached_socket("/run/countersign", id), "/run/countersign/z2nptnsk6kjq.agent");
}

TEST(Directories, APathTooLongForSocketsIsKnown) {
    EXPECT_EQ(socket_path_excess("/var/lib/countersign"), 0U);
    EXPECT_EQ(socket_path_excess("/" + std::string(78, 'd')), 0U);
    EXPECT_EQ(socket_path_excess("/" + std::string(79, 'd')), 1U);
    EXPECT_EQ(socket_path_excess("/" + std::string(100, 'd')), 22U);
}

}  // namespace
}  // namespace countersign::databases
