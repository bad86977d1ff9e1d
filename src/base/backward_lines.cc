#include "base/backward_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace countersign {

namespace {

constexpr std::uint64_t chunk_bytes = 64UL * 1024;
constexpr std::size_t line_bytes_max = 1024UL * 1024;

}  // namespace

Result<BackwardLines> BackwardLines::open(const std::filesystem::path& file,
                                          std::optional<std::uint64_t> before) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return Error{errno == ENOENT ? Fault::not_found : Fault::unavailable,
                     "cannot open " + file.string() + ": " + std::strerror(errno)};
    struct stat status {};
    ::fstat(descriptor, &status);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    return BackwardLines(descriptor, std::min(before.value_or(size), size));
}

BackwardLines::BackwardLines(BackwardLines&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)),
      at_(other.at_),
      offset_(other.offset_),
      begun_(other.begun_) {}

BackwardLines::~BackwardLines() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

// Puts what stands before the buffer in front of it. False: there is nothing.
bool BackwardLines::load() {
    const std::uint64_t size = std::min(chunk_bytes, at_);
    if (size == 0) return false;
    std::string chunk(size, '\0');
    if (::pread(descriptor_, chunk.data(), size, static_cast<off_t>(at_ - size)) !=
        static_cast<ssize_t>(size))
        return false;
    at_ -= size;
    buffer_.insert(0, chunk);
    if (!begun_) {
        const std::size_t last = buffer_.rfind('\n');
        buffer_.resize(last == std::string::npos ? 0 : last + 1);
        begun_ = !buffer_.empty();
    }
    return true;
}

bool BackwardLines::next(std::string& line) {
    while (true) {
        const std::size_t body = buffer_.empty() ? 0 : buffer_.size() - 1;  // without its line end
        const std::size_t before = body == 0 ? std::string::npos : buffer_.rfind('\n', body - 1);
        const bool whole = !buffer_.empty() && (before != std::string::npos || at_ == 0);
        if (whole) {
            const std::size_t begin = before == std::string::npos ? 0 : before + 1;
            line.assign(buffer_, begin, body - begin);
            offset_ = at_ + begin;
            buffer_.resize(begin);
            return true;
        }
        if (buffer_.size() > line_bytes_max) {
            buffer_.resize(line_bytes_max);
            buffer_.back() = '\n';
        }
        if (!load()) return false;
    }
}

}  // namespace countersign
