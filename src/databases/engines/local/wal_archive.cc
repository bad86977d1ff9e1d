#include "databases/engines/local/wal_archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

#include "base/descriptor.h"
#include "databases/engines/local/server_home.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t name_letters = 24;  // timeline, and the two halves of a segment's number: 8 each
constexpr std::size_t part_letters = 8;
constexpr std::uint64_t segments_a_log = 256;  // of 16 MiB, as initdb makes them
constexpr std::string_view ending = ".zst";
constexpr std::size_t segments_max = 100'000;                               // two months, one a minute
constexpr std::int64_t segment_bytes_max = std::int64_t{17} * 1024 * 1024;  // one that does not compress
constexpr std::size_t copied_max = 4096;  // of them at once: a day holds 1,440, unless much is written

struct Segment {
    std::string file;
    Instant put;
};

bool is_segment(const std::string& file) {
    if (file.size() != name_letters + ending.size() || !file.ends_with(ending)) return false;
    return std::all_of(file.begin(), file.begin() + name_letters,
                       [](unsigned char letter) { return std::isxdigit(letter) != 0; });
}

std::uint64_t part(const std::string& file, std::size_t index) {
    std::uint64_t number = 0;
    const char* const first = file.data() + index * part_letters;
    std::from_chars(first, first + part_letters, number, 16);
    return number;
}

std::uint64_t number_of(const std::string& file) {
    return part(file, 1) * segments_a_log + part(file, 2);
}

std::optional<Instant> put_at(const Path& file) {
    struct stat facts {};
    if (::lstat(file.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return std::nullopt;
    return Instant(std::chrono::seconds(facts.st_mtim.tv_sec)) +
           std::chrono::milliseconds(facts.st_mtim.tv_nsec / 1'000'000);
}

std::vector<std::string> names_in(const Path& archive) {
    std::vector<std::string> names;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(archive, absent)) {
        if (std::string name = entry.path().filename(); is_segment(name)) names.push_back(std::move(name));
        if (names.size() > segments_max) return {};  // no server archives so much
    }
    std::ranges::sort(names);
    return names;
}

std::vector<Segment> needed(const Path& archive, Instant since) {
    std::vector<Segment> segments;
    for (std::string& name : names_in(archive)) {
        const std::optional<Instant> put = put_at(archive / name);
        if (put && *put >= since) segments.push_back({std::move(name), *put});
    }
    return segments;
}

// The server's user may put anything there, also while this looks: only its own plain files are taken.
Result<Descriptor> open_segment(int archive, const std::string& name) {
    Descriptor file(::openat(archive, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat directory {};
    struct stat facts {};
    const bool known = file && ::fstat(archive, &directory) == 0 && ::fstat(file.number(), &facts) == 0;
    if (known && S_ISREG(facts.st_mode) && facts.st_nlink == 1 && facts.st_uid == directory.st_uid &&
        facts.st_size <= segment_bytes_max)
        return file;
    return Error{Fault::denied, fmt::format("{} is no segment of its WAL", name)};
}

Result<void> copy_segment(int archive, const std::string& name, const Path& copy) {
    const Descriptor from = TRY(open_segment(archive, name));
    const Descriptor to(::open((copy / name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    std::array<char, std::size_t{64} * 1024> part{};
    std::int64_t copied = 0;
    ssize_t length = 0;
    while (to && (length = ::read(from.number(), part.data(), part.size())) > 0) {
        copied += length;
        if (copied > segment_bytes_max ||
            ::write(to.number(), part.data(), static_cast<std::size_t>(length)) != length)
            length = -1;
        if (length < 0) break;
    }
    if (to && length == 0) return {};
    return Error{Fault::unavailable, fmt::format("{} cannot be copied: {}", name, strerror(errno))};
}

Result<void> check_without_gap(const std::vector<Segment>& segments) {
    for (std::size_t at = 1; at < segments.size(); ++at) {
        const std::string& before = segments[at - 1].file;
        const std::string& here = segments[at].file;
        if (part(before, 0) != part(here, 0) || number_of(before) + 1 != number_of(here))
            return Error{Fault::not_found,
                         fmt::format("the WAL between {} and {} was lost", before.substr(0, name_letters),
                                     here.substr(0, name_letters))};
    }
    return {};
}

}  // namespace

Path wal_of(const Path& dir, const std::string& resource_id) {
    const ServerHome kept = retained_home_of(dir, resource_id);
    return file_exists(kept.root) ? kept.wal() : home_of(dir, resource_id).wal();
}

std::optional<Instant> archived_until(const Path& archive) {
    const std::vector<std::string> names = names_in(archive);
    return names.empty() ? std::nullopt : put_at(archive / names.back());
}

Result<void> forget_archived(const Path& archive, Instant before) {
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(archive, failure)) {
        const std::optional<Instant> put = put_at(entry.path());
        if (entry.path().extension() != ending || !put || *put >= before) continue;
        std::filesystem::remove(entry.path(), failure);
        if (failure) return Error{Fault::unavailable, failure.message()};
    }
    return {};
}

Result<void> copy_archived(const Path& archive, const ReplayedTime& time, const Path& copy) {
    const Descriptor directory(::open(archive.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory) return Error{Fault::not_found, "the WAL after it is gone"};
    const std::vector<Segment> segments = needed(archive, time.since);
    TRY(check_without_gap(segments));
    if (time.until && (segments.empty() || segments.back().put < *time.until))
        return Error{Fault::not_found, "the WAL until that time is not there"};
    if (segments.size() > copied_max)
        return Error{Fault::invalid,
                     fmt::format("{} segments of WAL are more than can be replayed at once; begin with a "
                                 "snapshot that is nearer to that time",
                                 segments.size())};
    TRY(make_directory(copy));
    for (const Segment& segment : segments) TRY(copy_segment(directory.number(), segment.file, copy));
    return {};
}

}  // namespace countersign::databases::local
