// Reads a server's csvlog, file after file in the order of their names, whole records only. One thread at a
// time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "databases/local/descriptor.h"

namespace countersign::databases::local {

struct LogPosition {
    std::string file;  // its name; empty: before the first file
    std::uint64_t offset = 0;
    friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

LogPosition end_of_log(const std::filesystem::path& directory);

// As kept in a file: "NAME OFFSET". Anything else is the beginning.
std::string to_text(const LogPosition& position);
LogPosition parse_log_position(std::string_view text);

class LogReader {
public:
    LogReader(std::filesystem::path directory, LogPosition start);

    // The fields of the next record; nothing when the log has no more for now.
    std::optional<std::vector<std::string>> next();
    const LogPosition& position() const { return position_; }

private:
    bool read_more();
    bool turn_page();

    std::filesystem::path directory_;
    LogPosition position_;
    Descriptor file_;
    std::string unread_;  // of the file, from position_ on
};

// The columns of a csvlog record (PostgreSQL 14 and later).
enum class Column : std::size_t {
    time = 0,
    user = 1,
    database = 2,
    pid = 3,
    client = 4,
    command = 7,
    severity = 11,
    state = 12,
    message = 13,
    detail = 14
};

// One column; empty when the record has no such.
std::string column_of(const std::vector<std::string>& record, Column column);

// What PostgreSQL complained about since that position, for a person; from what it printed when it logged
// nothing.
std::string complaints_since(const std::filesystem::path& directory, const LogPosition& since,
                             const std::filesystem::path& printed);

// Deletes all but the newest files.
void prune_logs(const std::filesystem::path& directory);

}  // namespace countersign::databases::local
