#include "base/files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace countersign {
namespace {

// As a program does whose parent was killed: it writes and cleans up, until what it works in is gone.
void busy_itself_in(const std::filesystem::path& directory) {
    for (int number = 0; number < 2000; ++number) {
        const std::filesystem::path file = directory / std::to_string(number);
        if (!std::ofstream(file)) return;
        std::error_code ignored;
        if (number % 2 == 0) std::filesystem::remove(file, ignored);
    }
}

TEST(Files, ATreeThatSomebodyStillWorksInIsRemoved) {
    std::string pattern = std::filesystem::temp_directory_path() / "files-XXXXXX";
    const std::filesystem::path root = mkdtemp(pattern.data());
    for (int round = 0; round < 20; ++round) {
        const std::filesystem::path tree = root / "tree";
        std::filesystem::create_directory(tree);
        std::thread orphan(busy_itself_in, tree);
        const auto removed = remove_tree(tree);
        orphan.join();
        EXPECT_TRUE(removed) << removed.error().message;
        EXPECT_FALSE(std::filesystem::exists(tree));
    }
    std::filesystem::remove_all(root);
}

// /dev/shm is another file system than /tmp wherever both are what they usually are.
TEST(Files, ATreeIsCopiedToAnotherFileSystem) {
    std::string from = std::filesystem::temp_directory_path() / "files-XXXXXX";
    std::string to = "/dev/shm/files-XXXXXX";
    ASSERT_NE(mkdtemp(from.data()), nullptr);
    ASSERT_NE(mkdtemp(to.data()), nullptr);
    const std::string text(200'000, 'x');
    ASSERT_TRUE(replace_file(Path(from) / "a", text, Durability::none));
    const auto copied = copy_tree(from, Path(to) / "copy", "");
    EXPECT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(*read_file(Path(to) / "copy/a"), text);
    std::filesystem::remove_all(from);
    std::filesystem::remove_all(to);
}

TEST(Files, ATreeThatIsNotThereIsRemovedAlready) {
    EXPECT_TRUE(remove_tree("/nonexistent-directory/of-nobody"));
}

}  // namespace
}  // namespace countersign
