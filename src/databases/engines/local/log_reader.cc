#include "databases/engines/local/log_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <thread>

#include "base/deadline.h"
#include "base/files.h"
#include "base/text.h"
#include "databases/engines/local/log_time.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t piece_bytes = std::size_t{64} * 1024;
constexpr std::size_t columns = 26;
constexpr formats::CsvBounds bounds{2 * columns, 1024};  // a record after one that was torn; a long reason
constexpr std::size_t look_back_bytes = 4096;            // for where a record began
constexpr std::size_t files_kept = 20;
constexpr int pages_max = 32;  // of one slice
constexpr std::size_t files_listed_max = 4096;
constexpr std::size_t complaint_bytes_max = 600;
constexpr std::uint64_t complaints_searched_bytes = std::uint64_t{4} * 1024 * 1024;
constexpr auto last_words_patience = std::chrono::milliseconds(500);

// Oldest first: the collector names a file by its second.
std::vector<std::string> names_in(const Path& directory, std::string_view extension) {
    std::vector<std::string> names;
    std::error_code failed;
    std::filesystem::directory_iterator entry(directory, failed);
    for (std::size_t seen = 0; !failed && entry != end(entry) && seen < files_listed_max;
         entry.increment(failed), ++seen)
        if (entry->path().extension() == extension) names.push_back(entry->path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

std::string name_after(const Path& directory, const std::string& name) {
    const std::vector<std::string> names = names_in(directory, ".csv");
    const auto later = std::upper_bound(names.begin(), names.end(), name);
    return later == names.end() ? std::string() : *later;
}

std::uint64_t size_of(const Path& file) {
    struct stat facts {};
    const bool plain = lstat(file.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
    return plain ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

// What was not written to its end, because the disk was full, say, has the next record on its last line.
LogRecord last_record(const LogRecord& fields) {
    if (fields.size() <= columns) return fields;
    for (std::size_t i = 1; i < fields.size(); ++i)
        if (!fields[i].quoted && ends_with_log_time(fields[i].text))
            return {fields.begin() + static_cast<std::ptrdiff_t>(i), fields.end()};
    return fields;
}

bool is_complaint(const LogRecord& record) {
    const std::string_view severity = column_of(record, Column::severity);
    const bool grave = severity == "FATAL" || severity == "PANIC" || severity == "ERROR";
    return grave || column_of(record, Column::message).starts_with("could not");
}

std::string gather_complaints(LogReader reader) {
    std::string all;
    reader.read(complaints_searched_bytes, [&all](const LogRecord& record) {
        if (is_complaint(record) && all.size() <= complaint_bytes_max)
            all.append(all.empty() ? "" : "; ").append(column_of(record, Column::message));
        return 0;
    });
    return all.substr(0, complaint_bytes_max);
}

}  // namespace

LogPosition end_of_log(const Path& directory) {
    const std::vector<std::string> names = names_in(directory, ".csv");
    if (names.empty()) return {};
    return {names.back(), size_of(directory / names.back())};
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

// One call of read().
struct LogReader::Slice {
    std::uint64_t left;
    const Taker& take;
    std::array<char, piece_bytes> piece;
    int pages = pages_max;  // files without end would be a slice without end

    void spend(std::uint64_t bytes) { left -= std::min(left, bytes); }
};

LogReader::LogReader(Path directory, LogPosition start)
    : directory_(std::move(directory)),
      position_(std::move(start)),
      scanned_(position_.offset),
      scanner_(bounds) {}

bool LogReader::read(std::uint64_t bytes, const Taker& take) {
    Slice slice{bytes, take, {}};
    while (slice.left > 0 && slice.pages > 0)
        if (!read_piece(slice) && !turn_page(slice)) return false;
    return true;
}

// Whatever has the name of a log, only a plain file is read, and nothing waited for.
bool LogReader::open_file() {
    if (position_.file.empty()) return false;
    constexpr int mode = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    if (!file_) file_ = Descriptor(open((directory_ / position_.file).c_str(), mode));
    struct stat facts {};
    if (!file_ || fstat(file_.number(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
    if (static_cast<std::uint64_t>(facts.st_size) < scanned_) begin_at(0);
    return true;
}

bool LogReader::read_piece(Slice& slice) {
    if (!open_file()) return false;
    const ssize_t length =
        pread(file_.number(), slice.piece.data(), slice.piece.size(), static_cast<off_t>(scanned_));
    if (length <= 0) return false;
    scan({slice.piece.data(), static_cast<std::size_t>(length)}, slice);
    slice.spend(static_cast<std::uint64_t>(length));
    return true;
}

void LogReader::scan(std::string_view piece, Slice& slice) {
    const std::uint64_t base = scanned_;
    while (slice.left > 0 && scanned_ >= base && scanned_ - base < piece.size()) {
        std::string_view text = piece.substr(scanned_ - base);
        if (skipping_) {
            skip_line(text);
            continue;
        }
        const std::size_t before = text.size();
        const formats::CsvScanner::Found found = scanner_.take(text);
        scanned_ += before - text.size();
        if (found == formats::CsvScanner::Found::damage) go_past_damage();
        if (found == formats::CsvScanner::Found::record) {
            position_.offset = scanned_;
            slice.spend(slice.take(last_record(scanner_.fields())));
        }
    }
}

void LogReader::skip_line(std::string_view text) {
    const std::size_t end = text.find('\n');
    skipping_ = end == std::string_view::npos;
    if (skipping_)
        scanned_ += text.size();
    else
        begin_at(scanned_ + end + 1);
}

void LogReader::go_past_damage() {
    const std::optional<std::uint64_t> start = start_near(scanned_ - 1);
    skipping_ = !start;
    if (start) begin_at(*start);
}

// Where a record may have begun after the one that turned out to be damaged by this quote. A client's begins
// with its time and a quote; no tenant can write these, since PostgreSQL doubles the quotes in what it logs
// of them.
std::optional<std::uint64_t> LogReader::start_near(std::uint64_t quote) const {
    const std::string following = text_at(quote + 1, log_time_bytes);
    if (ends_with_log_time(following)) return quote + 1;
    const std::uint64_t from =
        std::max(position_.offset + 1, quote - std::min<std::uint64_t>(quote, look_back_bytes));
    const std::string before = text_at(from, quote > from ? quote - from : 0);
    if (before.ends_with(',') && ends_with_log_time(std::string_view(before).substr(0, before.size() - 1)))
        return quote - 1 - log_time_bytes;
    const std::size_t line = before.rfind('\n');
    return line == std::string::npos ? std::nullopt : std::optional(from + line + 1);
}

std::string LogReader::text_at(std::uint64_t offset, std::size_t bytes) const {
    std::string text(bytes, '\0');
    const ssize_t length = pread(file_.number(), text.data(), bytes, static_cast<off_t>(offset));
    text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
    return text;
}

void LogReader::begin_at(std::uint64_t offset) {
    position_.offset = scanned_ = offset;
    skipping_ = false;
    scanner_.begin();
}

bool LogReader::turn_page(Slice& slice) {
    const std::string following = name_after(directory_, position_.file);
    // What came into this file before the next one was opened is read first.
    if (following.empty() || read_piece(slice)) return !following.empty();
    --slice.pages;
    go_to(following);
    return true;
}

void LogReader::go_to(const std::string& file) {
    position_.file = file;
    file_ = Descriptor();
    begin_at(0);
}

namespace {

bool is_older(const std::filesystem::path& file, std::filesystem::file_time_type time) {
    std::error_code failed;
    const auto written = std::filesystem::last_write_time(file, failed);
    return !failed && written < time;
}

}  // namespace

std::uint64_t LogReader::prune(std::uint64_t bytes_max, std::filesystem::file_time_type oldest) {
    std::uint64_t unread = 0;
    for (const char* extension : {".csv", ".log"}) {
        const std::vector<std::string> names = names_in(directory_, extension);
        std::vector<std::uint64_t> sizes;
        sizes.reserve(names.size());
        for (const std::string& name : names) sizes.push_back(size_of(directory_ / name));
        std::uint64_t left = 0;
        for (const std::uint64_t size : sizes) left += std::min(size, ~left);
        std::error_code failed;
        const auto is_old = [&](std::size_t i) {
            return i + 1 < names.size() && is_older(directory_ / names[i], oldest);
        };
        for (std::size_t i = 0;
             i < names.size() && (left > bytes_max || names.size() - i > files_kept || is_old(i)); ++i) {
            left -= std::min(left, sizes[i]);
            const bool gone = std::filesystem::remove(directory_ / names[i], failed);
            if (gone && names[i].ends_with(".csv")) unread += forget(names[i], sizes[i]);
        }
    }
    return unread;
}

// A file that is gone. The collector may make another one of the same name.
std::uint64_t LogReader::forget(const std::string& name, std::uint64_t size) {
    if (name != position_.file) return name < position_.file ? 0 : size;
    const std::uint64_t unread = size - std::min(size, position_.offset);
    go_to(name);
    return unread;
}

std::string_view column_of(const LogRecord& record, Column column) {
    static constexpr std::array quoted{Column::user, Column::database, Column::client, Column::command,
                                       Column::message};
    const auto index = static_cast<std::size_t>(column);
    const bool fits =
        index < record.size() && record[index].quoted == (std::ranges::find(quoted, column) != quoted.end());
    return fits ? std::string_view(record[index].text) : std::string_view();
}

std::string complaints_since(const Path& directory, const LogPosition& since, const Path& printed) {
    const Deadline deadline(last_words_patience);
    std::string complaints = gather_complaints(LogReader(directory, since));
    while (complaints.empty() && !deadline.passed()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        complaints = gather_complaints(LogReader(directory, since));
    }
    if (!complaints.empty()) return complaints;
    const Result<std::string> text = read_file(printed, piece_bytes);
    const std::string_view last = text ? trimmed(*text) : std::string_view();
    return last.empty() ? "it left no word in its log" : std::string(last.substr(last.rfind('\n') + 1));
}

}  // namespace countersign::databases::local
