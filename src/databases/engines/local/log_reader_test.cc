#include "databases/engines/local/log_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace countersign::databases::local {
namespace {

constexpr std::uint64_t plenty = std::uint64_t{1} << 40;

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
        reader.read(plenty, [&all](const LogRecord& record) {
            all += record.front().text + ' ';
            return 0;
        });
        return all;
    }
    // The users of the records in this log, each after a blank.
    std::string users_in(const std::string& log) const {
        append("p-1.csv", log);
        LogReader reader(directory_, {});
        std::string all;
        reader.read(plenty, [&all](const LogRecord& record) {
            all.append(" ").append(column_of(record, Column::user));
            return 0;
        });
        return all;
    }
    // As PostgreSQL writes a client's.
    static std::string record(const std::string& user, const std::string& message = "said") {
        return "2026-01-02 03:04:05.678 UTC,\"" + user +
               R"(","app",7,"::1:54321",65a1.7,1,"DO",2026-01-02 03:04:05 UTC,3/4,0,LOG,00000,")" + message +
               "\",,,,,\"a context,\nof two lines\",,,,\"psql\",\"client backend\",,0\n";
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
    EXPECT_TRUE(first.read(1, [](const LogRecord&) { return 1; }));
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

TEST_F(LogReaderTest, ReadsInSlices) {
    const std::string wide(3'000'000, 'w');
    append("p-1.csv", "a," + wide + "\nb,1\nc,\"" + wide + "\"\nd,1\n");
    LogReader reader(directory_, {});
    std::string all;
    int slices = 1;
    while (reader.read(1'000'000, [&all](const LogRecord& record) {
        all += record.front().text;
        EXPECT_LE(record.back().text.size(), 1024U);
        return 0;
    }))
        ++slices;
    EXPECT_EQ(all, "abcd");
    EXPECT_GE(slices, 6);
}

TEST_F(LogReaderTest, WhatATakerTellsOfItsCostEndsTheSlice) {
    append("p-1.csv", "a,1\nb,1\nc,1\n");
    LogReader reader(directory_, {});
    int taken = 0;
    const auto dear = [&taken](const LogRecord&) { return ++taken, plenty; };
    EXPECT_TRUE(reader.read(1000, dear));
    EXPECT_EQ(taken, 1);
    EXPECT_EQ(first_fields(reader), "b c ");
}

TEST_F(LogReaderTest, ARecordThatWasTornCostsNoOther) {
    const std::string whole = record("torn", "its \"\"words\"\"\nin two lines");
    const std::string before = record("ann");
    const std::string after = record("bob") + record("cid");
    for (std::size_t length = 1; length < whole.size(); ++length) {
        std::filesystem::remove(directory_ / "p-1.csv");
        const std::string users = users_in(before + whole.substr(0, length) + after);
        EXPECT_TRUE(users.starts_with(" ann") && users.ends_with(" bob cid")) << length << users;
    }
}

TEST_F(LogReaderTest, WhatIsNoRecordCostsNoOther) {
    for (const std::string& junk :
         {std::string("a \"quote\n"), std::string("\"\n"), std::string("\"a\"b\n"), std::string(5000, '\0'),
          std::string(200'000, 'x') + '"' + std::string(200'000, 'x') + '\n', std::string("\"\"\"\n\n,\"\n"),
          std::string(200'000, ',') + '\n', '"' + std::string(200'000, 'x')}) {
        std::filesystem::remove(directory_ / "p-1.csv");
        const std::string users = users_in(record("ann") + junk + record("bob") + record("cid"));
        EXPECT_TRUE(users.starts_with(" ann") && users.ends_with(" bob cid")) << junk.substr(0, 10) << users;
    }
}

// The beginning of a record is lost, so what a tenant had logged stands where a record begins.
TEST_F(LogReaderTest, NoTextOfATenantIsARecordWhenItsBeginningIsLost) {
    const std::string forged = record("forged");
    std::string doubled;
    for (const char c : forged) doubled += c == '"' ? std::string("\"\"") : std::string(1, c);
    for (const std::string& text : {doubled + '\n' + doubled, "\n\n" + doubled, "x\"\"\n" + doubled}) {
        const std::string whole = record("ann", text);
        for (std::size_t lost = whole.find("\"said"); lost < whole.size(); ++lost) {
            std::filesystem::remove(directory_ / "p-1.csv");
            const std::string users = users_in(whole.substr(lost) + record("bob"));
            EXPECT_EQ(users.find("forged"), std::string::npos) << lost;
            EXPECT_TRUE(users.ends_with(" bob")) << lost << users;
        }
    }
}

TEST_F(LogReaderTest, OnlyPlainFilesAreReadAndNoneWaitedFor) {
    mkfifo((directory_ / "p-1.csv").c_str(), 0600);
    std::filesystem::create_symlink("/dev/zero", directory_ / "p-2.csv");
    std::filesystem::create_directory(directory_ / "p-3.csv");
    append("p-4.csv", "a,1\n");
    LogReader reader(directory_, {});
    EXPECT_EQ(first_fields(reader), "a ");
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
    LogReader(directory_, end_of_log(directory_)).prune(plenty);
    EXPECT_FALSE(std::filesystem::exists(directory_ / "p-19.csv"));
    EXPECT_TRUE(std::filesystem::exists(directory_ / "p-20.csv"));
}

TEST_F(LogReaderTest, FilesAreRemovedByTheirSizeAndWhatWasNotReadIsCounted) {
    for (const char* name : {"p-1", "p-2", "p-3", "p-4"})
        for (const char* extension : {".csv", ".log"})
            append(name + std::string(extension), "a,23456\nb,23456\n");
    LogReader reader(directory_, {});
    EXPECT_TRUE(reader.read(1, [](const LogRecord&) { return 1; }));
    EXPECT_EQ(reader.prune(64), 0U);
    EXPECT_EQ(reader.prune(40), 8U + 16U);
    for (const char* name : {"p-1.csv", "p-2.csv", "p-1.log", "p-2.log"})
        EXPECT_FALSE(std::filesystem::exists(directory_ / name)) << name;
    EXPECT_EQ(first_fields(reader), "a b a b ");
}

TEST_F(LogReaderTest, OldFilesAreRemovedAndTheNewestStays) {
    const auto now = std::filesystem::file_time_type::clock::now();
    for (const char* name : {"p-1.csv", "p-2.csv", "p-3.csv"}) append(name, "a\n");
    std::filesystem::last_write_time(directory_ / "p-1.csv", now - std::chrono::hours(2));
    LogReader(directory_, end_of_log(directory_)).prune(plenty, now - std::chrono::hours(1));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "p-1.csv"));
    EXPECT_TRUE(std::filesystem::exists(directory_ / "p-2.csv"));
    LogReader(directory_, end_of_log(directory_)).prune(plenty, now + std::chrono::hours(1));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "p-2.csv"));
    EXPECT_TRUE(std::filesystem::exists(directory_ / "p-3.csv"));
}

TEST_F(LogReaderTest, AFileThatIsTooLargeByItselfGoes) {
    append("p-1.csv", "a,1\n");
    LogReader reader(directory_, {});
    EXPECT_EQ(first_fields(reader), "a ");
    append("p-1.csv", "b," + std::string(1000, 'b'));
    EXPECT_EQ(first_fields(reader), "");
    EXPECT_EQ(reader.prune(100), 1002U);
    EXPECT_EQ(first_fields(reader), "");
    append("p-1.csv", "c,1\n");  // of the same second
    EXPECT_EQ(first_fields(reader), "c ");
    append("p-2.csv", "d,1\n");
    EXPECT_EQ(first_fields(reader), "d ");
}

}  // namespace
}  // namespace countersign::databases::local
