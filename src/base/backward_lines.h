// The lines of a file from its end to its beginning, for logs of which the newest lines matter. What follows
// the last line end is still being written and left out, as is the end of a line of more than 1 MiB. One
// thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace countersign {

class BackwardLines {
public:
    // Of the lines that end before this offset; of all when there is none.
    static Result<BackwardLines> open(const std::filesystem::path& file,
                                      std::optional<std::uint64_t> before = std::nullopt);
    BackwardLines(BackwardLines&& other) noexcept;
    BackwardLines& operator=(BackwardLines&&) = delete;
    ~BackwardLines();

    // False: there is no earlier line.
    bool next(std::string& line);
    std::uint64_t offset() const { return offset_; }  // where the line that next() gave begins

private:
    BackwardLines(int descriptor, std::uint64_t end) : descriptor_(descriptor), at_(end), offset_(end) {}
    bool load();

    int descriptor_;
    std::string buffer_;  // of the file, from at_ on; ends with a line end
    std::uint64_t at_;
    std::uint64_t offset_;
    bool begun_ = false;
};

}  // namespace countersign
