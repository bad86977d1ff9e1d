#include "audit/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "audit/files.h"
#include "audit/verify.h"
#include "crypto/digest.h"
#include "formats/record.h"

namespace countersign::audit {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

LoginEntry login_of(const std::string& user) {
    LoginEntry entry;
    entry.time = "2026-01-01T00:00:00.000Z";
    entry.login_id = "ABCDEFGH23456789";
    entry.user = user;
    entry.decision = Decision::allowed;
    return entry;
}

class Heard : public LineListener {
public:
    void written(const std::string& line, const LoginEntry&) override { lines.push_back(line); }
    std::vector<std::string> lines;
};

class LoginLogTest : public ::testing::Test {
protected:
    LoginLogTest() {
        std::string name = (fs::temp_directory_path() / "login-log-XXXXXX").string();
        dir_ = ::mkdtemp(name.data());
        log_ = dir_ / "login.log";
    }
    ~LoginLogTest() override { fs::remove_all(dir_); }

    LoginLog open(LoginLogOptions options = {}) const {
        auto opened = LoginLog::open(log_, std::move(options));
        EXPECT_TRUE(opened) << opened.error().message;
        return *std::move(opened);
    }
    void write(int lines, const LoginLogOptions& options = {}) const {
        const LoginLog log = open(options);
        for (int i = 0; i < lines; ++i) ASSERT_TRUE(log.append(login_of("user" + std::to_string(i))));
    }

    static std::string text_of(const fs::path& file) {
        std::ostringstream text;
        text << std::ifstream(file, std::ios::binary).rdbuf();
        return text.str();
    }
    static std::vector<std::string> lines_of(const fs::path& file) {
        std::vector<std::string> lines;
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    }
    static void put(const fs::path& file, const std::vector<std::string>& lines) {
        std::ofstream out(file, std::ios::trunc);
        for (const std::string& line : lines) out << line << '\n';
    }

    Verification verified(std::vector<ChainHead> known = {}) const {
        if (const auto head = read_head(log_)) known.push_back(*head);
        auto files = open_all(log_);
        EXPECT_TRUE(files) << files.error().message;
        return verify(*std::move(files), known);
    }
    std::vector<std::string> broken() const {
        std::vector<std::string> said;
        for (const Finding& finding : verified().broken)
            said.push_back(finding.file.filename().string() + ':' + std::to_string(finding.line) + ' ' +
                           finding.what);
        return said;
    }
    std::string remarks() const {
        std::string said;
        for (const Finding& finding : verified().remarks) said += finding.what + '\n';
        return said;
    }

    fs::path dir_;
    fs::path log_;
};

TEST_F(LoginLogTest, LinesAreNumberedAndChainedOverRestarts) {
    write(2);
    write(2);
    const std::vector<std::string> lines = lines_of(log_);
    ASSERT_THAT(lines, SizeIs(4));
    EXPECT_THAT(lines[0], HasSubstr("{\"seq\":1,\"previous\":\"" + std::string(64, '0') + "\",\"time\":"));
    EXPECT_THAT(lines[3], HasSubstr("{\"seq\":4,\"previous\":\"" + crypto::sha256_hex(lines[2]) + "\","));
    const auto entry = formats::from_record<LoginEntry>(lines[3]);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->user, "user1");
    const Verification whole = verified();
    EXPECT_THAT(whole.broken, IsEmpty());
    EXPECT_THAT(whole.remarks, IsEmpty());
    EXPECT_EQ(whole.lines, 4u);
    EXPECT_EQ(whole.end, (ChainHead{4, crypto::sha256_hex(lines[3])}));
    EXPECT_EQ(read_head(log_), whole.end);
    EXPECT_EQ(fs::status(log_).permissions(), fs::perms(0600));
}

TEST_F(LoginLogTest, ConcurrentLoginsMakeOneChain) {
    const LoginLog log = open({20'000, 1000});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&log] {
            for (int j = 0; j < 100; ++j) EXPECT_TRUE(log.append(login_of("jane")));
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_EQ(verified().lines, 400u);
}

TEST_F(LoginLogTest, AChangedLineShows) {
    write(4);
    auto lines = lines_of(log_);
    lines[1].replace(lines[1].find("user1"), 5, "admin");
    put(log_, lines);
    EXPECT_THAT(broken(), ElementsAre(HasSubstr("login.log:2 line 2 is not the one that was written")));
}

TEST_F(LoginLogTest, AChangedLastLineShows) {
    write(4);
    auto lines = lines_of(log_);
    lines[3].replace(lines[3].find("user3"), 5, "admin");
    put(log_, lines);
    EXPECT_THAT(broken(), ElementsAre(HasSubstr("login.log:4 line 4 is not the one that was written")));
}

TEST_F(LoginLogTest, ARemovedLineShows) {
    write(4);
    auto lines = lines_of(log_);
    lines.erase(lines.begin() + 1);
    put(log_, lines);
    EXPECT_THAT(broken(), ElementsAre("login.log:2 line 2 is missing before it"));
}

TEST_F(LoginLogTest, AnInsertedLineShows) {
    write(4);
    auto lines = lines_of(log_);
    lines.insert(lines.begin() + 2, chained_line(login_of("mallory"), {2, crypto::sha256_hex(lines[1])}));
    put(log_, lines);
    EXPECT_THAT(broken(), Not(IsEmpty()));
    lines[2] = "{\"user\":\"mallory\"}";
    put(log_, lines);
    EXPECT_THAT(broken(), ElementsAre("login.log:3 this is no line of the chain"));
}

TEST_F(LoginLogTest, ReorderedLinesShow) {
    write(4);
    auto lines = lines_of(log_);
    std::swap(lines[1], lines[2]);
    put(log_, lines);
    EXPECT_THAT(broken().front(), HasSubstr("login.log:2 line 2 is missing before it"));
}

TEST_F(LoginLogTest, AnEndThatIsCutOffShowsAndGoesOnShowing) {
    write(4);
    auto lines = lines_of(log_);
    lines.resize(2);
    put(log_, lines);
    EXPECT_THAT(broken(), ElementsAre("login.log:2 lines 3 to 4 are missing at the end"));
    write(1);
    EXPECT_THAT(broken(), ElementsAre("login.log:3 lines 3 to 4 are missing before it"));
    EXPECT_THAT(remarks(), HasSubstr("lines 3 to 4 are missing: cut off, or lost with the power"));
}

TEST_F(LoginLogTest, AWholeLogThatIsRewrittenShowsBesideAnAnchor) {
    write(3);
    const ChainHead anchor = verified().end;
    fs::remove(log_);
    fs::remove(head_of(log_));
    write(5);
    EXPECT_THAT(verified().broken, IsEmpty());
    fs::remove(log_);
    fs::remove(head_of(log_));
    const LoginLog log = open();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(log.append(login_of("mallory")));
    ASSERT_THAT(verified({anchor}).broken, SizeIs(1));
    EXPECT_EQ(verified({anchor}).broken[0].line, 3u);
}

TEST_F(LoginLogTest, AHalfWrittenLineIsCutOffAndNoted) {
    write(2);
    std::ofstream(log_, std::ios::app) << "{\"seq\":3,\"previous\":\"00";
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_THAT(remarks(), HasSubstr("without an end"));
    write(1);
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_THAT(remarks(), HasSubstr("a half-written line of 23 bytes was cut off"));
    EXPECT_EQ(verified().lines, 4u);
}

TEST_F(LoginLogTest, AHeadThatIsBehindIsNoFault) {
    write(2);
    const std::string behind = text_of(head_of(log_));
    write(1);
    std::ofstream(head_of(log_), std::ios::trunc) << behind;
    EXPECT_THAT(broken(), IsEmpty());
    write(1);
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_EQ(verified().lines, 4u);
}

TEST_F(LoginLogTest, TheChainGoesOnOverFullFiles) {
    LoginLogOptions options;
    options.bytes_max = 2000;
    Heard on_login;
    options.listeners = {&on_login};
    write(20, options);
    options.listeners = {};
    write(20, options);
    EXPECT_GT(rotated_files(log_).size(), 5u);
    EXPECT_EQ(rotated_files(log_).front(), dir_ / "login.log.000000000001");
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_EQ(verified().lines, 40u);
    for (const fs::path& file : log_files(log_)) EXPECT_LE(fs::file_size(file), 2000u);
    EXPECT_THAT(on_login.lines, SizeIs(20));
    EXPECT_EQ(on_login.lines[0], lines_of(rotated_files(log_).front())[0]);

    fs::remove(rotated_files(log_)[2]);
    EXPECT_THAT(broken(), ElementsAre(HasSubstr("missing before it")));
}

TEST_F(LoginLogTest, TheOldestFilesAreRemoved) {
    write(60, {2000, 4});
    EXPECT_THAT(log_files(log_), SizeIs(4));
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_GT(verified().first_seq, 1u);
}

TEST_F(LoginLogTest, AnEmptyFileAfterAFullOneGoesOnWithTheChain) {
    write(5);
    fs::rename(log_, rotated_name(log_, 1));
    fs::remove(head_of(log_));
    write(1);
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_EQ(verified().end.seq, 7u);  // and the note that the head was missing
}

TEST_F(LoginLogTest, ALogFromBeforeTheChainIsPutAside) {
    put(log_, {"{\"time\":\"2025-01-01T00:00:00.000Z\",\"user\":\"old\"}"});
    write(2);
    EXPECT_THAT(rotated_files(log_), ElementsAre(dir_ / "login.log.000000000000"));
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_EQ(verified().lines, 2u);
    EXPECT_THAT(remarks(), HasSubstr("1 lines from before there was a chain"));
}

TEST_F(LoginLogTest, OneServerAtATime) {
    const LoginLog log = open();
    const auto second = LoginLog::open(log_);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("another server writes"));
}

TEST_F(LoginLogTest, AFileThatIsRemovedOrChangedMeanwhileShows) {
    const LoginLog log = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(log.append(login_of("jane")));
    std::ofstream(log_, std::ios::app) << "{\"forged\"";
    ASSERT_TRUE(log.append(login_of("jane")));
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_THAT(remarks(), HasSubstr("not by this server"));
    fs::remove(log_);
    ASSERT_TRUE(log.append(login_of("jane")));
    EXPECT_THAT(remarks(), HasSubstr("moved away or removed"));
    EXPECT_EQ(verified().first_seq, 6u);
}

// The limit of a file's size stands in for a full disk: the kernel writes what fits and no more.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit narrow{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &narrow);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

TEST_F(LoginLogTest, OnAFullDiskALineIsRefusedAndTheFileStaysWhole) {
    const LoginLog log = open();
    ASSERT_TRUE(log.append(login_of("jane")));
    const std::string before = text_of(log_);
    {
        const FullDisk disk(before.size() + 100);
        const auto refused = log.append(login_of("jane"));
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("cannot be recorded: the disk is full"));
        EXPECT_EQ(text_of(log_), before);
    }
    {
        const FullDisk disk(before.size());
        ASSERT_FALSE(log.append(login_of("jane")));
    }
    ASSERT_TRUE(log.append(login_of("jane")));
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_EQ(verified().lines, 2u);
}

TEST_F(LoginLogTest, WhenNoNewFileCanBeBegunTheOldOneGoesOn) {
    fs::create_directories(dir_ / "login.log.new" / "in the way");
    write(20, {2000, 4});
    EXPECT_THAT(log_files(log_), SizeIs(1));
    EXPECT_EQ(verified().lines, 20u);
}

TEST(LogChain, WhatIsNoLineOfAChain) {
    const std::string line = chained_line(login_of("jane"), {});
    EXPECT_EQ(position_of(line)->seq, 1u);
    EXPECT_EQ(position_of(line)->previous, std::string(64, '0'));
    for (const std::string& wrong :
         {std::string(), std::string("{}"), std::string("{\"seq\":"), std::string("{\"seq\":1"),
          "{\"seq\":0" + line.substr(8), "{\"seq\":-1" + line.substr(8), line.substr(0, 60), line.substr(1),
          ' ' + line})
        EXPECT_FALSE(position_of(wrong)) << wrong;
}

TEST(LogChain, PlacesAsText) {
    const ChainHead link{7, std::string(64, 'a')};
    EXPECT_EQ(parse_head(to_text(link)), link);
    EXPECT_EQ(parse_head("7:" + link.hash), link);
    for (const char* wrong : {"", "7", "7:", "7:abc", ":", "x:y"}) EXPECT_FALSE(parse_head(wrong)) << wrong;
    EXPECT_EQ(to_text({1, link.hash}).size(), to_text({~0ull, link.hash}).size());
}

}  // namespace
}  // namespace countersign::audit
