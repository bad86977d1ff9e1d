#include "services/cloudtrail/event_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/text.h"

namespace countersign::cloudtrail {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view ending = ".log";

}  // namespace

EventFiles::EventFiles(fs::path directory, std::string name, EventFileBounds bounds)
    : directory_(std::move(directory)), name_(std::move(name)), bounds_(bounds) {}

EventFiles::~EventFiles() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

fs::path EventFiles::path_of(std::uint64_t number) const {
    return directory_ / fmt::format("{}.{:06}{}", name_, number, ending);
}

std::vector<NumberedFile> EventFiles::files() const {
    std::vector<NumberedFile> found;
    std::error_code none;
    const std::string prefix = name_ + '.';
    for (const auto& entry : fs::directory_iterator(directory_, none)) {
        const std::string file = entry.path().filename();
        if (!file.starts_with(prefix) || !file.ends_with(ending)) continue;
        const std::string_view digits =
            std::string_view(file).substr(prefix.size(), file.size() - prefix.size() - ending.size());
        if (const auto number = parse_number<std::uint64_t>(digits)) found.push_back({*number, entry.path()});
    }
    std::ranges::sort(found, std::greater{}, &NumberedFile::number);
    return found;
}

Result<void> EventFiles::open(std::uint64_t number) {
    std::error_code ignored;
    fs::create_directories(directory_, ignored);
    const fs::path path = path_of(number);
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return Error{Fault::unavailable, "cannot open " + path.string() + ": " + std::strerror(errno)};
    if (descriptor_ >= 0) ::close(descriptor_);
    struct stat status {};
    ::fstat(descriptor, &status);
    descriptor_ = descriptor;
    number_ = number;
    bytes_ = static_cast<std::uint64_t>(status.st_size);
    // A line that a power failure cut off must not run into the next.
    char last = '\n';
    if (bytes_ > 0 && ::pread(descriptor_, &last, 1, status.st_size - 1) == 1 && last != '\n' &&
        ::write(descriptor_, "\n", 1) == 1)
        ++bytes_;
    const std::vector<NumberedFile> all = files();
    for (std::size_t i = bounds_.files_max; i < all.size(); ++i) fs::remove(all[i].path, ignored);
    return {};
}

Result<void> EventFiles::append(const std::string& line) {
    const std::string whole = line + '\n';
    const MutexLock lock(mutex_);
    if (descriptor_ < 0) {
        const std::vector<NumberedFile> all = files();
        TRY(open(all.empty() ? 1 : all.front().number));
    }
    if (bytes_ > 0 && bytes_ + whole.size() > bounds_.bytes_max) TRY(open(number_ + 1));
    const ssize_t written = ::write(descriptor_, whole.data(), whole.size());
    if (written > 0) bytes_ += static_cast<std::uint64_t>(written);
    if (written == static_cast<ssize_t>(whole.size())) return {};
    const std::string why = written < 0 ? std::strerror(errno) : "the disk is full";
    return Error{Fault::unavailable, "an event cannot be recorded: " + why};
}

}  // namespace countersign::cloudtrail
