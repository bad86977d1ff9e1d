#include "databases/local/log_reader.h"

#include <gtest/gtest.h>

#include <fstream>

namespace countersign::databases::local {
namespace {

class LogReaderTest : public ::testing::Test {
protected:
    LogReaderTest() {
        std::string pattern = std::filesystem::temp_directory_path() / "log-XXXXXX";
        directory_ = mkdtemp(pattern.data());
    }
    ~LogReaderTest() override { std::filesystem::remove_all(directory_); }

    void append(const std::string& name, const std::string& text) const {
        std::ofstream(directory_ / name, std::ios::app) << text;
    }
    static std::string first_fields(LogReader& reader) {
        std::string all;
        while (const auto record = reader.next()) all += record->front() + ' ';
        return all;
    }

    std::filesystem::path directory_;
};

TEST_F(LogReaderTest, WholeRecordsAreReadInOrderAcrossFiles) {
    append("p-2.csv", "c,1\n");
    append("p-1.csv", "a,\"two\nlines\"\nb,1\n");
    append("p-1.log", "not,read\n");
    LogReader reader(directory_, {});
    EXPECT_EQ(first_fields(reader), "a b c ");
    append("p-2.csv", "d,\"half");
    EXPECT_EQ(first_fields(reader), "");
    append("p-2.csv", "\"\ne,1\n");
    EXPECT_EQ(first_fields(reader), "d e ");
    append("p-3.csv", "f,1\n");
    EXPECT_EQ(first_fields(reader), "f ");
}

TEST_F(LogReaderTest, GoesOnWhereItWas) {
    append("p-1.csv", "a,1\nb,1\n");
    LogReader first(directory_, {});
    ASSERT_TRUE(first.next());
    LogReader second(directory_, parse_log_position(to_text(first.position())));
    EXPECT_EQ(first_fields(second), "b ");
    EXPECT_EQ(second.position(), end_of_log(directory_));
}

TEST_F(LogReaderTest, AFileThatIsGoneIsPassedOver) {
    append("p-2.csv", "b,1\n");
    LogReader reader(directory_, {"p-1.csv", 500});
    EXPECT_EQ(first_fields(reader), "b ");
}

TEST_F(LogReaderTest, APositionThatCannotBeReadIsTheBeginning) {
    for (const char* text : {"", "p-1.csv", "p-1.csv x", "../p 1", "a b 3"})
        EXPECT_EQ(parse_log_position(text), LogPosition()) << text;
    EXPECT_EQ(parse_log_position("p-1.csv 12\n"), (LogPosition{"p-1.csv", 12}));
}

TEST_F(LogReaderTest, ComplaintsAreThoseSinceThen) {
    const std::string blank = ",,,,,,,,,,,";
    append("p-1.csv", blank + "FATAL,1,\"an old story\"\n");
    const LogPosition since = end_of_log(directory_);
    append("p-1.csv", blank + "LOG,1,\"could not bind IPv4 address\"\n" + blank + "LOG,1,\"all is well\"\n" +
                          blank + "FATAL,1,\"could not create any TCP/IP sockets\"\n");
    EXPECT_EQ(complaints_since(directory_, since, directory_ / "none"),
              "could not bind IPv4 address; could not create any TCP/IP sockets");
    append("printed", "first\nthe last word\n");
    EXPECT_EQ(complaints_since(directory_, end_of_log(directory_), directory_ / "printed"), "the last word");
}

TEST_F(LogReaderTest, OnlyTheNewestFilesAreKept) {
    for (int i = 10; i < 40; ++i) append("p-" + std::to_string(i) + ".csv", "x\n");
    prune_logs(directory_);
    EXPECT_FALSE(std::filesystem::exists(directory_ / "p-19.csv"));
    EXPECT_TRUE(std::filesystem::exists(directory_ / "p-20.csv"));
}

}  // namespace
}  // namespace countersign::databases::local
