// Reads a server's csvlog, file after file in the order of their names. What stands in it a tenant may have
// chosen, its amount and the length of a record too: so it is read in slices, each byte once, with a bounded
// part of a record in memory, and a record that is damaged costs no other. One thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "formats/csv.h"

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

using LogRecord = std::vector<formats::CsvField>;

class LogReader {
public:
    // Gets whole records; what it returns counts as so many bytes read, too.
    using Taker = std::function<std::uint64_t(const LogRecord& record)>;

    LogReader(std::filesystem::path directory, LogPosition start);

    // Reads on for about so many bytes, and not past the end of the log as it is now. True: there is more.
    bool read(std::uint64_t bytes, const Taker& take);
    // Where the record begins that is being read; all before it have been given.
    const LogPosition& position() const { return position_; }

    // Deletes the oldest files until no more than so many bytes are left, and none but the newest that was
    // last written before `oldest`; each kind of file by itself. Returns how many bytes had not been read.
    std::uint64_t prune(std::uint64_t bytes_max,
                        std::filesystem::file_time_type oldest = std::filesystem::file_time_type::min());

private:
    struct Slice;

    bool open_file();
    bool read_piece(Slice& slice);
    void scan(std::string_view piece, Slice& slice);
    void skip_line(std::string_view text);
    void go_past_damage();
    std::optional<std::uint64_t> start_near(std::uint64_t quote) const;
    std::string text_at(std::uint64_t offset, std::size_t bytes) const;
    void begin_at(std::uint64_t offset);
    bool turn_page(Slice& slice);
    void go_to(const std::string& file);
    std::uint64_t forget(const std::string& name, std::uint64_t size);

    std::filesystem::path directory_;
    LogPosition position_;
    Descriptor file_;
    std::uint64_t scanned_ = 0;  // of the file, by the scanner
    bool skipping_ = false;      // what is damaged, to the next line
    formats::CsvScanner scanner_;
};

// The columns of a csvlog record (PostgreSQL 14 and later).
enum class Column : std::size_t {
    time = 0,
    user = 1,
    database = 2,
    pid = 3,
    client = 4,
    session = 5,
    command = 7,
    severity = 11,
    state = 12,
    message = 13
};

// One column; empty when the record has no such, or not in the form that PostgreSQL writes it in.
std::string_view column_of(const LogRecord& record, Column column);

// What PostgreSQL complained about since that position, for a person; from what it printed when it logged
// nothing.
std::string complaints_since(const std::filesystem::path& directory, const LogPosition& since,
                             const std::filesystem::path& printed);

}  // namespace countersign::databases::local
