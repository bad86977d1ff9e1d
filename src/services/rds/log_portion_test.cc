#include "services/rds/log_portion.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace countersign::rds {
namespace {

namespace fs = std::filesystem;

class LogPortionTest : public ::testing::Test {
protected:
    LogPortionTest() {
        std::string name = (fs::temp_directory_path() / "log-portion-XXXXXX").string();
        dir_ = ::mkdtemp(name.data());
        file_ = dir_ / "log";
    }
    ~LogPortionTest() override { fs::remove_all(dir_); }

    void put(const std::string& text) const { std::ofstream(file_, std::ios::binary) << text; }
    LogPortion read(std::optional<std::uint64_t> from, std::size_t lines = portion_lines_max) const {
        auto portion = read_portion(file_, from, lines);
        EXPECT_TRUE(portion);
        return *std::move(portion);
    }
    std::string read_all(std::size_t lines) const {
        std::string all;
        for (std::uint64_t from = 0;;) {
            const LogPortion portion = read(from, lines);
            EXPECT_LE(portion.data.size(), portion_bytes_max);
            all += portion.data;
            if (!portion.more) return all;
            if (portion.end <= from) return "it does not get on";
            from = portion.end;
        }
    }

    fs::path dir_;
    fs::path file_;
};

TEST_F(LogPortionTest, FromTheBeginningInBlocks) {
    put("one\ntwo\nthree\nfou");
    EXPECT_EQ(read(0, 2).data, "one\ntwo\n");
    EXPECT_TRUE(read(0, 2).more);
    EXPECT_EQ(read(8, 2).data, "three\nfou");
    EXPECT_FALSE(read(8, 2).more);
    EXPECT_EQ(read(8, 2).end, 17u);
    EXPECT_EQ(read(17).data, "");
    EXPECT_EQ(read(1000).end, 17u);
}

TEST_F(LogPortionTest, WithoutAPlaceTheLastLines) {
    put("one\ntwo\nthree\n");
    EXPECT_EQ(read({}, 1).data, "three\n");
    EXPECT_EQ(read({}, 2).data, "two\nthree\n");
    EXPECT_EQ(read({}).data, "one\ntwo\nthree\n");
    EXPECT_FALSE(read({}, 1).more);
    EXPECT_EQ(read({}, 1).end, 14u);
    put("");
    EXPECT_EQ(read({}).data, "");
    put("\n\n\n");
    EXPECT_EQ(read({}, 2).data, "\n\n");
}

TEST_F(LogPortionTest, NoMoreThanAMegabyteAndNoHalfLines) {
    std::string text;
    for (int i = 0; text.size() < 3 * portion_bytes_max; ++i)
        text += std::string(static_cast<std::size_t>(1000 + i % 7), 'x') + "\xc3\xa4\n";
    put(text);
    const LogPortion first = read(0);
    EXPECT_TRUE(first.data.ends_with('\n') && first.more);
    EXPECT_EQ(read_all(portion_lines_max), text);
    EXPECT_EQ(read_all(7), text);
    const LogPortion last = read({});
    EXPECT_TRUE(text.ends_with('\n' + last.data));
}

TEST_F(LogPortionTest, ALineLongerThanAMegabyteIsCutBetweenCharacters) {
    std::string text = "x";
    while (text.size() < 2 * portion_bytes_max + 100) text += "\xe2\x82\xac";
    put(text);
    EXPECT_EQ(read(0).end % 3, 1u);
    EXPECT_EQ(read_all(portion_lines_max), text);
    put(std::string(portion_bytes_max + 10, '\x80'));
    EXPECT_EQ(read_all(portion_lines_max).size(), portion_bytes_max + 10);
}

TEST_F(LogPortionTest, NoLinkIsFollowed) {
    put("secret\n");
    fs::create_symlink(file_, dir_ / "link");
    EXPECT_FALSE(read_portion(dir_ / "link", 0, 1));
    EXPECT_FALSE(read_portion(dir_, 0, 1));
    EXPECT_FALSE(read_portion(dir_ / "none", 0, 1));
}

TEST(LogMarker, IsReadBack) {
    EXPECT_EQ(parse_marker("0"), 0u);
    EXPECT_EQ(parse_marker(marker_of(18'499)), 18'499u);
    for (const char* wrong : {"", "1", "0:", "0:-1", "0:x", "x:0", "0:99999999999999999999"})
        EXPECT_FALSE(parse_marker(wrong)) << wrong;
}

}  // namespace
}  // namespace countersign::rds
