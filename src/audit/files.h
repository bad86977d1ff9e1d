// The files of the audit as they lie in their directory, and reading them line by line.
//
//     login.log                   what is being written
//     login.log.000000004711      a full file; the number is that of its first line
//     login.log.000000000000      lines from before there was a chain
//     login.log.head              number and hash of the newest line
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace countersign::audit {

std::filesystem::path head_of(const std::filesystem::path& log);
std::filesystem::path rotated_name(const std::filesystem::path& log, std::uint64_t first_seq);
// The number in a full file's name; nothing when it is no such file of this log.
std::optional<std::uint64_t> number_of(const std::filesystem::path& log, const std::filesystem::path& file);

// Those that are there: the full ones in order.
std::vector<std::filesystem::path> rotated_files(const std::filesystem::path& log);
// With the one that is being written at the end.
std::vector<std::filesystem::path> log_files(const std::filesystem::path& log);

// What the head file says; nothing when it is absent or says nothing that can be read.
std::optional<ChainHead> read_head(const std::filesystem::path& log);

// Reads whole lines; one that is still being written is left for later, and of one that is longer than any
// line of the log a part is left out. Not for several threads at once.
class LineReader {
public:
    static Result<LineReader> open(const std::filesystem::path& file);

    // False: there is no further whole line for now.
    bool next(std::string& line);
    std::size_t unfinished_bytes() const {
        return buffer_.size() - used_ + left_out_;
    }  // after the last line
    // Whether the path leads to the file that is being read, and not to one that took its place.
    bool still_at(const std::filesystem::path& file) const;

private:
    explicit LineReader(Descriptor file) : file_(std::move(file)) {}

    Descriptor file_;
    std::string buffer_;
    std::size_t used_ = 0;
    std::size_t left_out_ = 0;  // of the line that is being read
};

// All files of a log, opened at one moment, so that a rotation meanwhile neither hides a line nor shows one
// twice. Fault::not_found when there is none.
struct OpenFile {
    std::filesystem::path path;
    LineReader reader;
};
Result<std::vector<OpenFile>> open_all(const std::filesystem::path& log);

}  // namespace countersign::audit
