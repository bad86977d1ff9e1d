// Events of several logs, newest first, from where an earlier page ended. What is read for one page is
// bounded. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/backward_lines.h"
#include "services/cloudtrail/event.h"
#include "services/cloudtrail/event_files.h"

namespace countersign::cloudtrail {

// How far a log was read, from its end: everything from this byte of this file on, and all newer files.
struct Position {
    std::uint64_t file = 0;
    std::uint64_t before = 0;
    bool operator==(const Position&) const = default;
};

// One log, from its end.
class EventLog {
public:
    using Decode = std::function<std::optional<Event>(std::string_view line)>;

    // From its very end when no position is given.
    EventLog(std::vector<NumberedFile> newest_first, std::optional<Position> from, Decode decode);

    // The newest event that is left; nullptr at the end. Bytes that were read on the way are taken from the
    // budget; with none left it is the end for now.
    const Event* head(std::uint64_t& budget);
    void pop();
    // Where the next page goes on: after the events that were popped and lines that were passed over.
    Position position() const { return position_; }

private:
    bool open_next();

    std::vector<NumberedFile> files_;
    std::optional<std::uint64_t> first_before_;  // of the first file that is opened
    Decode decode_;
    std::size_t next_file_ = 0;
    std::optional<BackwardLines> lines_;
    std::optional<Event> head_;
    Position position_;
    Position after_head_;
};

class Timeline {
public:
    Timeline(std::vector<EventLog> logs, std::uint64_t budget) : logs_(std::move(logs)), budget_(budget) {}

    // The newest event that is left, taken out; nothing when there is none, or none within the budget.
    std::optional<Event> next();

    bool exhausted() const { return budget_ == 0; }
    std::vector<Position> positions() const;

private:
    std::vector<EventLog> logs_;
    std::uint64_t budget_;
};

}  // namespace countersign::cloudtrail
