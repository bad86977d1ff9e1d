#include "services/rds/log_portion.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"

namespace countersign::rds {

namespace {

constexpr std::string_view marker_start = "0:";  // RDS's markers have two numbers

class OpenLog {
public:
    explicit OpenLog(const std::filesystem::path& file)
        : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) {
        struct stat found {};
        if (descriptor_ < 0 || ::fstat(descriptor_, &found) != 0 || !S_ISREG(found.st_mode)) return;
        readable_ = true;
        size_ = static_cast<std::uint64_t>(found.st_size);
    }
    ~OpenLog() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    OpenLog(const OpenLog&) = delete;
    OpenLog& operator=(const OpenLog&) = delete;

    bool readable() const { return readable_; }
    std::uint64_t size() const { return size_; }

    std::string read(std::uint64_t from, std::size_t bytes) const {
        std::string data(bytes, '\0');
        std::size_t got = 0;
        while (got < bytes) {
            const ssize_t now =
                ::pread(descriptor_, data.data() + got, bytes - got, static_cast<off_t>(from + got));
            if (now <= 0) break;
            got += static_cast<std::size_t>(now);
        }
        data.resize(got);
        return data;
    }

private:
    int descriptor_;
    bool readable_ = false;
    std::uint64_t size_ = 0;
};

// Of a line that is too long for one portion, whole characters.
std::size_t whole_characters(std::string_view data) {
    std::size_t end = data.size();
    for (int back = 0; back < 4 && end > 0; ++back) {
        const auto byte = static_cast<unsigned char>(data[end - 1]);
        if (byte < 0x80) return back == 0 ? data.size() : end;
        --end;
        if (byte >= 0xc0) return end;  // the start of a character that may not be all here
    }
    return data.size();
}

std::size_t end_of_lines(std::string_view data, std::size_t lines) {
    std::size_t end = 0;
    for (std::size_t line = 0; line < lines; ++line) {
        const std::size_t found = data.find('\n', end);
        if (found == std::string_view::npos) return data.size();
        end = found + 1;
    }
    return end;
}

std::size_t start_of_last_lines(std::string_view data, std::size_t lines) {
    std::size_t start = data.size();
    for (std::size_t line = 0; line < lines && start > 0; ++line) {
        const std::size_t found = start < 2 ? std::string_view::npos : data.rfind('\n', start - 2);
        start = found == std::string_view::npos ? 0 : found + 1;
    }
    return start;
}

LogPortion forward(const OpenLog& log, std::uint64_t from, std::size_t lines_max) {
    from = std::min(from, log.size());
    const auto bytes = std::min<std::uint64_t>(log.size() - from, portion_bytes_max);
    LogPortion portion;
    portion.data = log.read(from, static_cast<std::size_t>(bytes));
    std::size_t end = end_of_lines(portion.data, lines_max);
    if (end == portion.data.size() && from + end < log.size()) {
        const std::size_t line_end = portion.data.rfind('\n');
        end = line_end == std::string::npos ? whole_characters(portion.data) : line_end + 1;
    }
    portion.data.resize(end);
    portion.end = from + end;
    portion.more = portion.end < log.size();
    return portion;
}

LogPortion last_lines(const OpenLog& log, std::size_t lines_max) {
    const auto bytes = std::min<std::uint64_t>(log.size(), portion_bytes_max);
    LogPortion portion;
    portion.data = log.read(log.size() - bytes, static_cast<std::size_t>(bytes));
    portion.end = log.size();
    std::size_t start = start_of_last_lines(portion.data, lines_max);
    if (start == 0 && bytes < log.size()) {  // it begins within a line
        const std::size_t line_end = portion.data.find('\n');
        start = line_end == std::string::npos || line_end + 1 == portion.data.size() ? 0 : line_end + 1;
    }
    portion.data.erase(0, start);
    return portion;
}

}  // namespace

Result<LogPortion> read_portion(const std::filesystem::path& file, std::optional<std::uint64_t> from,
                                std::size_t lines_max) {
    const OpenLog log(file);
    if (!log.readable()) return Error{Fault::not_found, "cannot read " + file.filename().string()};
    const std::size_t lines = std::min(lines_max, portion_lines_max);
    return from ? forward(log, *from, lines) : last_lines(log, lines);
}

std::optional<std::uint64_t> parse_marker(std::string_view text) {
    if (text == "0") return 0;
    if (!text.starts_with(marker_start)) return std::nullopt;
    return parse_number<std::uint64_t>(text.substr(marker_start.size()));
}

std::string marker_of(std::uint64_t end) {
    return std::string(marker_start) + std::to_string(end);
}

}  // namespace countersign::rds
