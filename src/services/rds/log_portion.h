// A portion of a log file, cut at line ends, as DownloadDBLogFilePortion gives it.
// Source: RDS API Reference, DownloadDBLogFilePortion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::rds {

struct LogPortion {
    std::string data;
    std::uint64_t end = 0;  // where the next portion begins
    bool more = false;      // there is more after it
};

inline constexpr std::size_t portion_bytes_max = std::size_t{1024} * 1024;
inline constexpr std::size_t portion_lines_max = 10'000;

// From a place on; without one, the last lines of the file.
Result<LogPortion> read_portion(const std::filesystem::path& file, std::optional<std::uint64_t> from,
                                std::size_t lines_max);

// "0", or what a portion's end was shown as.
std::optional<std::uint64_t> parse_marker(std::string_view text);
std::string marker_of(std::uint64_t end);

}  // namespace countersign::rds
