#include "services/cloudtrail/timeline.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace countersign::cloudtrail {

EventLog::EventLog(std::vector<NumberedFile> newest_first, std::optional<Position> from, Decode decode)
    : files_(std::move(newest_first)), decode_(std::move(decode)) {
    if (from) {
        std::erase_if(files_, [&](const NumberedFile& file) { return file.number > from->file; });
        position_ = *from;
        if (!files_.empty() && files_.front().number == from->file) first_before_ = from->before;
    } else if (!files_.empty()) {
        std::error_code gone;
        const std::uint64_t size = std::filesystem::file_size(files_.front().path, gone);
        position_ = {files_.front().number, gone ? 0 : size};
        first_before_ = position_.before;
    }
}

bool EventLog::open_next() {
    while (next_file_ < files_.size()) {
        const NumberedFile& file = files_[next_file_++];
        auto lines = BackwardLines::open(file.path, std::exchange(first_before_, std::nullopt));
        if (!lines) continue;
        position_ = {file.number, lines->offset()};
        lines_.emplace(*std::move(lines));
        return true;
    }
    return false;
}

const Event* EventLog::head(std::uint64_t& budget) {
    std::string line;
    while (!head_ && budget > 0) {
        if (!lines_ && !open_next()) return nullptr;
        if (!lines_->next(line)) {
            lines_.reset();
            continue;
        }
        budget -= std::min<std::uint64_t>(budget, line.size() + 1);
        const Position here{position_.file, lines_->offset()};
        head_ = decode_(line);
        (head_ ? after_head_ : position_) = here;
    }
    return head_ ? &*head_ : nullptr;
}

void EventLog::pop() {
    head_.reset();
    position_ = after_head_;
}

std::optional<Event> Timeline::next() {
    EventLog* newest = nullptr;
    Instant time;
    for (EventLog& log : logs_) {
        const Event* head = log.head(budget_);
        if (head == nullptr && exhausted()) return std::nullopt;
        if (head == nullptr || (newest != nullptr && head->time <= time)) continue;
        newest = &log;
        time = head->time;
    }
    if (newest == nullptr) return std::nullopt;
    std::uint64_t none = 1;
    Event event = *newest->head(none);
    newest->pop();
    return event;
}

std::vector<Position> Timeline::positions() const {
    std::vector<Position> found;
    for (const EventLog& log : logs_) found.push_back(log.position());
    return found;
}

}  // namespace countersign::cloudtrail
