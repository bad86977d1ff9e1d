#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/mp11.hpp>
#include <fstream>

#include "audit/files.h"
#include "audit/log.h"
#include "audit/verify.h"
#include "base/text.h"
#include "formats/record.h"

namespace countersign::audit {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class DamagedAuditTest : public ::testing::Test {
protected:
    DamagedAuditTest() { log_ = fs::path(::mkdtemp(name_)) / "login.log"; }
    ~DamagedAuditTest() override { fs::remove_all(log_.parent_path()); }

    // One life of a server.
    void write(int lines) const {
        auto log = LoginLog::open(log_);
        ASSERT_TRUE(log) << log.error().message;
        for (int i = 0; i < lines; ++i) {
            LoginEntry entry;
            entry.time = "2026-01-01T00:00:00.000Z";
            entry.user = "user" + std::to_string(i);
            entry.decision = Decision::allowed;
            ASSERT_TRUE(log->append(entry));
        }
    }

    char name_[32] = "/tmp/damaged-audit-XXXXXX";
    fs::path log_;
};

TEST_F(DamagedAuditTest, DamagedLinesHideNoneOfTheirNeighbours) {
    write(2);
    std::ofstream(log_, std::ios::app) << "\xFF\x1B[2J\n" << std::string(3'000'000, 'x') << "\n";
    write(1);
    std::ofstream(log_, std::ios::app)
        << R"({"seq":99,"previous":")" << std::string(64, '0') << "\",\"\xFF\n";
    write(1);
    std::vector<std::string> readable;
    LineReader reader = *LineReader::open(log_);
    for (std::string line; reader.next(line);) {
        EXPECT_LE(line.size(), 2'000'000U);
        if (const auto entry = entry_in(line)) readable.push_back(entry->user);
    }
    EXPECT_THAT(readable, ElementsAre("user0", "user1", "user0", "user0"));
    EXPECT_EQ(reader.unfinished_bytes(), 0U);
    const Verification found = verify(*open_all(log_), {});
    EXPECT_EQ(found.end.seq, 4U);
    EXPECT_THAT(found.broken, SizeIs(3));
    for (const Finding& finding : found.broken) EXPECT_EQ(finding.what, "this is no line of the chain");
}

TEST_F(DamagedAuditTest, ALineWithBytesThatAreNotUtf8CanBeRead) {
    const auto entry = entry_in(
        "{\"time\":\"2026-01-01T00:00:00.000Z\",\"decision\":\"refused\",\"user\":\"\xFF\u202E\\n\"}");
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->user, R"(\xFF\u{202E}\x0A)");
}

TEST(RecordableEntry, IsPrintableAndBoundedInEveryText) {
    const std::string hostile = "\x1B[2J\n\xFF\u202E" + std::string(64UL * 1024, 'a');
    LoginEntry entry;
    using Members = boost::describe::describe_members<LoginEntry, boost::describe::mod_public>;
    boost::mp11::mp_for_each<Members>([&](auto member) {
        if constexpr (std::is_same_v<decltype(entry.*member.pointer), std::string&>)
            entry.*member.pointer = hostile;
    });
    const LoginEntry shown = recordable(entry);
    boost::mp11::mp_for_each<Members>([&](auto member) {
        if constexpr (std::is_same_v<decltype(shown.*member.pointer), const std::string&>) {
            const std::string& text = shown.*member.pointer;
            EXPECT_EQ(printable(text), text) << member.name;
            EXPECT_LE(text.size(), 4096U) << member.name;
        }
    });
    EXPECT_EQ(shown.trail, "");
    EXPECT_EQ(formats::to_record(recordable(shown)), formats::to_record(shown));
    entry.trail = "{\"why\":\"\u202E\"}";
    EXPECT_EQ(recordable(entry).trail, R"({"why":"\u202E"})");
}

}  // namespace
}  // namespace countersign::audit
