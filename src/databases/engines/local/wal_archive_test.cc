#include "databases/engines/local/wal_archive.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

namespace countersign::databases::local {
namespace {

using namespace std::chrono_literals;

const Instant start = Instant() + 20000 * 24h;

class WalArchive : public ::testing::Test {
protected:
    void put(const std::string& name, Instant at) {
        const Path file = archive_ / (name + ".zst");
        ASSERT_TRUE(replace_file(file, "x"));
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
        const timespec times[2] = {{seconds, 0}, {seconds, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
    }
    WalArchive() {
        std::string pattern = std::filesystem::temp_directory_path() / "wal-XXXXXX";
        directory_ = mkdtemp(pattern.data());
        archive_ = directory_ / "wal";
        copy_ = directory_ / "copy";
    }
    ~WalArchive() override { std::filesystem::remove_all(directory_); }
    void SetUp() override { ASSERT_TRUE(make_directory(archive_)); }
    std::vector<std::string> names(const Path& place) {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(place))
            found.push_back(entry.path().stem());
        std::ranges::sort(found);
        return found;
    }

    Path directory_;
    Path archive_;
    Path copy_;
};

TEST_F(WalArchive, NothingIsRestorableWithoutASegment) {
    EXPECT_FALSE(archived_until(archive_));
    put("000000010000000000000003.00000028.backup", start);
    EXPECT_FALSE(archived_until(archive_));
    put("000000010000000000000003", start + 1min);
    EXPECT_EQ(archived_until(archive_), start + 1min);
}

TEST_F(WalArchive, WhatIsCopiedReachesBeyondTheTimeThatIsWanted) {
    for (int at = 2; at < 7; ++at) put("00000001000000000000000" + std::to_string(at), start + at * 1min);
    ASSERT_TRUE(copy_archived(archive_, {start + 3min, start + 4min + 30s}, copy_));
    EXPECT_EQ(names(copy_),
              (std::vector<std::string>{"000000010000000000000003", "000000010000000000000004",
                                        "000000010000000000000005", "000000010000000000000006"}));
    EXPECT_FALSE(copy_archived(archive_, {start, start + 7min}, directory_ / "late"))
        << "it is not there yet";
    EXPECT_FALSE(copy_archived(directory_ / "gone", {start, {}}, directory_ / "none"));
}

TEST_F(WalArchive, WhereSomeWasLostNothingIsCopiedAcross) {
    put("0000000100000000000000FE", start);
    put("0000000100000000000000FF", start + 1min);
    put("000000010000000100000000", start + 2min);
    ASSERT_TRUE(copy_archived(archive_, {start, {}}, copy_));
    EXPECT_EQ(names(copy_).size(), 3U);
    put("000000010000000100000002", start + 3min);
    const Result<void> lost = copy_archived(archive_, {start, {}}, directory_ / "other");
    ASSERT_FALSE(lost);
    EXPECT_NE(
        lost.error().message.find("between 000000010000000100000000 and 000000010000000100000002 was lost"),
        std::string::npos);
}

TEST_F(WalArchive, NothingButASegmentsOwnPlainFileIsCopied) {
    ASSERT_TRUE(replace_file(directory_ / "secret", "of somebody else"));
    put("000000010000000000000002", start);
    std::filesystem::create_hard_link(directory_ / "secret", archive_ / "000000010000000000000003.zst");
    EXPECT_FALSE(copy_archived(archive_, {Instant(), {}}, directory_ / "linked"));
    std::filesystem::remove(archive_ / "000000010000000000000003.zst");
    std::filesystem::create_symlink(directory_ / "secret", archive_ / "000000010000000000000003.zst");
    ASSERT_TRUE(copy_archived(archive_, {Instant(), {}}, copy_));
    EXPECT_EQ(names(copy_), std::vector<std::string>{"000000010000000000000002"});
}

TEST_F(WalArchive, ForgetsWhatIsOlder) {
    put("000000010000000000000002", start);
    put("000000010000000000000003.00000028.backup", start + 30s);
    put("000000010000000000000003", start + 1min);
    ASSERT_TRUE(forget_archived(archive_, start + 1min));
    EXPECT_EQ(names(archive_), std::vector<std::string>{"000000010000000000000003"});
}

}  // namespace
}  // namespace countersign::databases::local
