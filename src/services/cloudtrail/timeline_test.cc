#include "services/cloudtrail/timeline.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "formats/record.h"
#include "services/cloudtrail/page_token.h"

namespace countersign::cloudtrail {
namespace {

namespace fs = std::filesystem;

std::optional<Event> decode(std::string_view line) {
    auto event = formats::from_record<Event>(line);
    return event ? std::optional(*std::move(event)) : std::nullopt;
}

class TimelineTest : public ::testing::Test {
protected:
    TimelineTest()
        : directory_(::mkdtemp(name_)), left_(directory_, "left", {600, 3}), right_(directory_, "right") {}
    ~TimelineTest() override { fs::remove_all(directory_); }

    static void add(EventFiles& files, int second) {
        Event event;
        event.time = Instant(std::chrono::seconds(second));
        event.id = std::to_string(second);
        ASSERT_TRUE(files.append(formats::to_record(event)));
    }

    // Pages of so many events; each begins with what the token of the one before says.
    std::vector<std::string> read(std::size_t page, std::uint64_t budget = 1'000'000) const {
        std::vector<std::string> found;
        std::optional<std::vector<Position>> from;
        for (int pages = 0; pages < 1000; ++pages) {
            std::vector<EventLog> logs;
            logs.emplace_back(left_.files(), from ? std::optional((*from)[0]) : std::nullopt, decode);
            logs.emplace_back(right_.files(), from ? std::optional((*from)[1]) : std::nullopt, decode);
            Timeline timeline(std::move(logs), budget);
            std::size_t taken = 0;
            bool more = true;
            while (taken < page && more) {
                const auto event = timeline.next();
                if (event) found.push_back(event->id);
                more = event.has_value();
                ++taken;
            }
            if (!more && !timeline.exhausted()) return found;
            const auto token = page_token(timeline.positions(), "question");
            from = *read_page_token(token, "question", 2);
        }
        ADD_FAILURE() << "no end";
        return found;
    }

    char name_[32] = "/tmp/timeline-XXXXXX";
    fs::path directory_;
    EventFiles left_;
    EventFiles right_;
};

using Ids = std::vector<std::string>;

TEST_F(TimelineTest, PutsLogsTogetherNewestFirst) {
    for (const int second : {1, 4, 5}) add(left_, second);
    for (const int second : {2, 3, 6}) add(right_, second);
    for (const std::size_t page : {1, 2, 3, 100})
        EXPECT_EQ(read(page), (Ids{"6", "5", "4", "3", "2", "1"})) << page;
}

TEST_F(TimelineTest, IsEmptyWithoutFiles) {
    EXPECT_EQ(read(10), Ids{});
}

TEST_F(TimelineTest, GoesOnWhenABudgetIsUsedUp) {
    for (const int second : {1, 4, 5}) add(left_, second);
    for (const int second : {2, 3, 6}) add(right_, second);
    EXPECT_EQ(read(100, 400), (Ids{"6", "5", "4", "3", "2", "1"}));
}

TEST_F(TimelineTest, FilesAreBoundedAndTheOldestGivesWay) {
    for (int second = 0; second < 50; ++second) add(left_, second);
    const std::vector<NumberedFile> files = left_.files();
    ASSERT_EQ(files.size(), 3U);
    EXPECT_GT(files.front().number, 10U);
    for (const NumberedFile& file : files) EXPECT_LE(fs::file_size(file.path), 600U);
    const Ids found = read(2);
    EXPECT_EQ(found.front(), "49");
    EXPECT_TRUE(
        std::ranges::is_sorted(found, std::greater{}, [](const std::string& id) { return std::stoi(id); }));
    EXPECT_GE(found.size(), 6U);
}

TEST_F(TimelineTest, ANewProcessGoesOnWithTheSameFile) {
    add(right_, 1);
    std::ofstream(right_.files().front().path, std::ios::app) << "half a li";
    EventFiles again(directory_, "right");
    add(again, 2);
    EXPECT_EQ(again.files().size(), 1U);
    EXPECT_EQ(read(10), (Ids{"2", "1"}));
}

TEST_F(TimelineTest, WhatComesLaterIsNotOnAPageThatGoesOn) {
    for (const int second : {1, 2}) add(right_, second);
    std::vector<EventLog> logs;
    logs.emplace_back(right_.files(), std::nullopt, decode);
    Timeline first(std::move(logs), 10'000);
    EXPECT_EQ(first.next()->id, "2");
    add(right_, 3);
    std::vector<EventLog> rest;
    rest.emplace_back(right_.files(), first.positions()[0], decode);
    Timeline second(std::move(rest), 10'000);
    EXPECT_EQ(second.next()->id, "1");
    EXPECT_EQ(second.next(), std::nullopt);
}

TEST(PageToken, IsGoodForItsOwnQuestion) {
    const std::vector<Position> positions{{1, 2}, {3, 4}};
    const std::string token = page_token(positions, "a");
    EXPECT_EQ(*read_page_token(token, "a", 2), positions);
    EXPECT_FALSE(read_page_token(token, "b", 2));
    EXPECT_FALSE(read_page_token(token, "a", 3));
    for (const char* nonsense : {"", "nonsense", "AAAA", "***"})
        EXPECT_EQ(read_page_token(nonsense, "a", 2).error().code, "InvalidNextTokenException");
}

}  // namespace
}  // namespace countersign::cloudtrail
