#include "attach/diff.h"

#include <gtest/gtest.h>

namespace countersign::attach {
namespace {

TEST(Diff, ShowsOneHunkWithItsSurroundings) {
    EXPECT_EQ(unified_diff("/f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\nnew\n6\n7\n8\n9\n"),
              "--- /f\n+++ /f\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+new\n 6\n 7\n 8\n");
    EXPECT_EQ(unified_diff("/f", "a\nb\n", "a\nc\n"), "--- /f\n+++ /f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
}

TEST(Diff, KnowsNewFilesAndMissingLineEnds) {
    EXPECT_EQ(unified_diff("/f", "", "a\n"), "--- /f\n+++ /f\n@@ -0,0 +1,1 @@\n+a\n");
    EXPECT_EQ(unified_diff("/f", "a", "a\nb\n"),
              "--- /f\n+++ /f\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n");
    EXPECT_EQ(unified_diff("/f", "same", "same"), "");
}

}  // namespace
}  // namespace countersign::attach
