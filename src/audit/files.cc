#include "audit/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/text.h"

namespace countersign::audit {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t number_digits = 12;
constexpr std::size_t step_bytes = std::size_t{64} * 1024;
constexpr std::size_t line_bytes_max = std::size_t{1024} * 1024;  // many times what is ever written
constexpr int attempts_max = 20;

// Nothing when files came or went meanwhile.
std::optional<std::vector<OpenFile>> try_open_all(const fs::path& log) {
    const std::vector<fs::path> files = log_files(log);
    std::vector<OpenFile> opened;
    for (const fs::path& file : files) {
        auto reader = LineReader::open(file);
        if (!reader) return std::nullopt;
        opened.push_back({file, *std::move(reader)});
    }
    const bool unchanged = log_files(log) == files && std::ranges::all_of(opened, [](const OpenFile& file) {
                               return file.reader.still_at(file.path);
                           });
    return unchanged ? std::optional(std::move(opened)) : std::nullopt;
}

}  // namespace

fs::path head_of(const fs::path& log) {
    return log.string() + ".head";
}

fs::path rotated_name(const fs::path& log, std::uint64_t first_seq) {
    return fmt::format("{}.{:0{}}", log.string(), first_seq, number_digits);
}

std::optional<std::uint64_t> number_of(const fs::path& log, const fs::path& file) {
    const std::string prefix = log.filename().string() + '.';
    const std::string name = file.filename().string();
    if (!name.starts_with(prefix) || name.size() < prefix.size() + number_digits) return std::nullopt;
    return parse_number<std::uint64_t>(std::string_view(name).substr(prefix.size()));
}

std::vector<fs::path> rotated_files(const fs::path& log) {
    std::vector<std::pair<std::uint64_t, fs::path>> numbered;
    const fs::path directory = log.has_parent_path() ? log.parent_path() : fs::path(".");
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(directory, absent))
        if (const auto number = number_of(log, entry.path())) numbered.emplace_back(*number, entry.path());
    std::ranges::sort(numbered);
    std::vector<fs::path> files;
    files.reserve(numbered.size());
    for (auto& [number, file] : numbered) files.push_back(std::move(file));
    return files;
}

std::vector<fs::path> log_files(const fs::path& log) {
    std::vector<fs::path> files = rotated_files(log);
    std::error_code absent;
    if (fs::exists(log, absent)) files.push_back(log);
    return files;
}

std::optional<ChainHead> read_head(const fs::path& log) {
    std::ifstream in(head_of(log));
    std::string line;
    return std::getline(in, line) ? parse_head(line) : std::nullopt;
}

Result<LineReader> LineReader::open(const fs::path& file) {
    Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor) {
        const Fault fault = errno == ENOENT ? Fault::not_found : Fault::unavailable;
        return Error{fault, "cannot read " + file.string() + ": " + std::strerror(errno)};
    }
    return LineReader(std::move(descriptor));
}

bool LineReader::next(std::string& line) {
    for (std::size_t searched = used_;;) {
        const std::size_t end = buffer_.find('\n', searched);
        if (end != std::string::npos) {
            line.assign(buffer_, used_, end - used_);
            used_ = end + 1;
            left_out_ = 0;
            return true;
        }
        buffer_.erase(0, std::exchange(used_, 0));
        if (buffer_.size() > line_bytes_max) {
            left_out_ += buffer_.size() - line_bytes_max;
            buffer_.resize(line_bytes_max);
        }
        searched = buffer_.size();
        buffer_.resize(searched + step_bytes);
        const ssize_t got = ::read(file_.number(), buffer_.data() + searched, step_bytes);
        buffer_.resize(searched + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got <= 0) return false;
    }
}

bool LineReader::still_at(const fs::path& file) const {
    struct stat here {};
    struct stat there {};
    return ::fstat(file_.number(), &here) == 0 && ::stat(file.c_str(), &there) == 0 &&
           here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

Result<std::vector<OpenFile>> open_all(const fs::path& log) {
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        auto opened = try_open_all(log);
        if (!opened) continue;
        if (opened->empty()) return Error{Fault::not_found, "there is no " + log.string()};
        return *std::move(opened);
    }
    // What cannot be opened at all says why.
    for (const fs::path& file : log_files(log)) TRY(LineReader::open(file));
    return Error{Fault::unavailable, "the files of " + log.string() + " change all the time; try again"};
}

}  // namespace countersign::audit
