#include "databases/engines/local/wal_archive.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

namespace countersign::databases::local {

namespace {

constexpr std::size_t name_letters = 24;  // timeline, and the two halves of a segment's number: 8 each
constexpr std::size_t part_letters = 8;
constexpr std::uint64_t segments_a_log = 256;  // of 16 MiB, as initdb makes them
constexpr std::string_view ending = ".zst";

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
    for (const auto& entry : std::filesystem::directory_iterator(archive, absent))
        if (std::string name = entry.path().filename(); is_segment(name)) names.push_back(std::move(name));
    std::ranges::sort(names);
    return names;
}

std::vector<Segment> needed(const Path& archive, const ReplayedTime& time) {
    std::vector<Segment> segments;
    for (std::string& name : names_in(archive)) {
        const std::optional<Instant> put = put_at(archive / name);
        if (!put || *put < time.since) continue;
        segments.push_back({std::move(name), *put});
        if (time.until && *put > *time.until) break;
    }
    return segments;
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
    const std::vector<Segment> segments = needed(archive, time);
    TRY(check_without_gap(segments));
    TRY(make_directory(copy));
    std::error_code failure;
    for (const Segment& segment : segments) {
        std::filesystem::copy_file(archive / segment.file, copy / segment.file, failure);
        if (failure) return Error{Fault::unavailable, failure.message()};
    }
    return {};
}

}  // namespace countersign::databases::local
