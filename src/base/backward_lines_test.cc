#include "base/backward_lines.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <vector>

namespace countersign {
namespace {

class BackwardLinesTest : public ::testing::Test {
protected:
    BackwardLinesTest() { file_ = std::filesystem::path(::mkdtemp(directory_)) / "log"; }
    ~BackwardLinesTest() override { std::filesystem::remove_all(file_.parent_path()); }

    std::vector<std::string> lines(const std::string& content, std::optional<std::uint64_t> before = {}) {
        std::ofstream(file_) << content;
        auto reader = BackwardLines::open(file_, before);
        EXPECT_TRUE(reader);
        std::vector<std::string> found;
        std::string line;
        while (reader->next(line)) {
            EXPECT_EQ(content.substr(reader->offset(), line.size()), line);
            found.push_back(line);
        }
        return found;
    }

    char directory_[32] = "/tmp/backward-XXXXXX";
    std::filesystem::path file_;
};

using Lines = std::vector<std::string>;

TEST_F(BackwardLinesTest, GivesTheNewestFirst) {
    EXPECT_EQ(lines("a\nbb\n\nccc\n"), (Lines{"ccc", "", "bb", "a"}));
    EXPECT_EQ(lines("\n"), Lines{""});
    EXPECT_EQ(lines(""), Lines{});
}

TEST_F(BackwardLinesTest, LeavesOutALineThatIsStillBeingWritten) {
    EXPECT_EQ(lines("a\nhalf"), Lines{"a"});
    EXPECT_EQ(lines("half"), Lines{});
}

TEST_F(BackwardLinesTest, BeginsBeforeAnOffset) {
    EXPECT_EQ(lines("a\nbb\nccc\n", 5), (Lines{"bb", "a"}));
    EXPECT_EQ(lines("a\nbb\nccc\n", 0), Lines{});
    EXPECT_EQ(lines("a\n", 1'000'000), Lines{"a"});
}

TEST_F(BackwardLinesTest, ReadsLinesThatCrossItsChunks) {
    std::string content;
    Lines expected;
    for (int i = 0; i < 5'000; ++i) {
        expected.insert(expected.begin(),
                        std::string(static_cast<std::size_t>(i % 97), 'x') + std::to_string(i));
        content += expected.front() + '\n';
    }
    EXPECT_EQ(lines(content), expected);
    const std::string wide(300'000, 'w');
    EXPECT_EQ(lines("a\n" + wide + "\nb\n" + wide), (Lines{"b", wide, "a"}));
}

TEST_F(BackwardLinesTest, CutsALineThatNobodyWritesAndGoesOnBeforeIt) {
    const Lines found = lines("a\nbb\n" + std::string(3'000'000, 'w') + "\nccc\n");
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0], "ccc");
    EXPECT_GT(found[1].size(), 500'000U);
    EXPECT_LE(found[1].size(), 1200U * 1024U);
    EXPECT_EQ(found[2], "bb");
    EXPECT_EQ(found[3], "a");
}

TEST_F(BackwardLinesTest, TellsThatThereIsNoFile) {
    const auto reader = BackwardLines::open(file_.parent_path() / "none");
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().fault, Fault::not_found);
}

}  // namespace
}  // namespace countersign
