#include "databases/local/log_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "databases/local/deadline.h"
#include "databases/local/files.h"
#include "formats/csv.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t step_bytes = std::size_t{64} * 1024;
constexpr std::size_t record_bytes_max =
    std::size_t{8} * 1024 * 1024;  // a longer one gives up the rest of its file
constexpr std::size_t files_kept = 20;
constexpr std::size_t complaint_bytes_max = 600;
constexpr auto last_words_patience = std::chrono::milliseconds(500);

std::vector<std::string> names_in(const Path& directory, std::string_view extension) {
    std::vector<std::string> names;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(directory, absent))
        if (entry.path().extension() == extension) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

// The collector names a file by its second; a later second sorts later.
std::string name_after(const Path& directory, const std::string& name) {
    const std::vector<std::string> names = names_in(directory, ".csv");
    const auto later = std::upper_bound(names.begin(), names.end(), name);
    return later == names.end() ? std::string() : *later;
}

bool is_complaint(const std::vector<std::string>& record) {
    const std::string severity = column_of(record, Column::severity);
    const bool grave = severity == "FATAL" || severity == "PANIC" || severity == "ERROR";
    return grave || column_of(record, Column::message).starts_with("could not");
}

std::string gather_complaints(LogReader reader) {
    std::string all;
    while (const std::optional<std::vector<std::string>> record = reader.next()) {
        if (!is_complaint(*record) || all.size() > complaint_bytes_max) continue;
        all += (all.empty() ? "" : "; ") + column_of(*record, Column::message);
    }
    return all.substr(0, complaint_bytes_max);
}

}  // namespace

LogPosition end_of_log(const Path& directory) {
    const std::vector<std::string> names = names_in(directory, ".csv");
    if (names.empty()) return {};
    std::error_code absent;
    const std::uintmax_t size = std::filesystem::file_size(directory / names.back(), absent);
    return {names.back(), absent ? 0 : size};
}

std::string to_text(const LogPosition& position) {
    return fmt::format("{} {}\n", position.file, position.offset);
}

LogPosition parse_log_position(std::string_view text) {
    const std::vector<std::string_view> parts = split(trimmed(text), ' ');
    if (parts.size() != 2 || parts[0].find('/') != std::string_view::npos) return {};
    const std::optional<std::uint64_t> offset = parse_number<std::uint64_t>(parts[1]);
    return offset ? LogPosition{std::string(parts[0]), *offset} : LogPosition{};
}

LogReader::LogReader(Path directory, LogPosition start)
    : directory_(std::move(directory)), position_(std::move(start)) {}

bool LogReader::read_more() {
    if (position_.file.empty()) return false;
    if (!file_) file_ = Descriptor(open((directory_ / position_.file).c_str(), O_RDONLY | O_CLOEXEC));
    struct stat facts {};
    if (!file_ || fstat(file_.number(), &facts) != 0) return false;
    if (static_cast<std::uint64_t>(facts.st_size) < position_.offset) position_.offset = 0;
    if (unread_.size() > record_bytes_max) return false;
    std::string piece(step_bytes, '\0');
    const auto at = static_cast<off_t>(position_.offset + unread_.size());
    const ssize_t length = pread(file_.number(), piece.data(), piece.size(), at);
    if (length <= 0) return false;
    unread_.append(piece, 0, static_cast<std::size_t>(length));
    return true;
}

bool LogReader::turn_page() {
    const std::string following = name_after(directory_, position_.file);
    // What came into this file before the next one was opened is read first.
    if (following.empty() || read_more()) return !following.empty();
    position_ = {following, 0};
    file_ = Descriptor();
    unread_.clear();
    return true;
}

std::optional<std::vector<std::string>> LogReader::next() {
    while (true) {
        std::optional<formats::CsvRecord> record = formats::next_csv_record(unread_);
        if (record) {
            unread_.erase(0, record->length);
            position_.offset += record->length;
            return std::move(record->fields);
        }
        if (!read_more() && !turn_page()) return std::nullopt;
    }
}

std::string column_of(const std::vector<std::string>& record, Column column) {
    const auto index = static_cast<std::size_t>(column);
    return index < record.size() ? record[index] : std::string();
}

std::string complaints_since(const Path& directory, const LogPosition& since, const Path& printed) {
    const Deadline deadline(last_words_patience);
    std::string complaints = gather_complaints(LogReader(directory, since));
    while (complaints.empty() && !deadline.passed()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        complaints = gather_complaints(LogReader(directory, since));
    }
    if (!complaints.empty()) return complaints;
    const Result<std::string> text = read_file(printed, step_bytes);
    const std::string_view last = text ? trimmed(*text) : std::string_view();
    return last.empty() ? "it left no word in its log" : std::string(last.substr(last.rfind('\n') + 1));
}

void prune_logs(const Path& directory) {
    for (const char* extension : {".csv", ".log"}) {
        const std::vector<std::string> names = names_in(directory, extension);
        std::error_code ignored;
        for (std::size_t i = 0; i + files_kept < names.size(); ++i)
            std::filesystem::remove(directory / names[i], ignored);
    }
}

}  // namespace countersign::databases::local
