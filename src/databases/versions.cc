#include "databases/versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/process.h"
#include "base/text.h"

namespace countersign::databases {

namespace {

constexpr int major_min = 14;
constexpr std::string_view prefix = "postgres (PostgreSQL) ";
constexpr auto answer_max = std::chrono::seconds(10);

struct Numbers {
    unsigned major = 0;
    std::optional<unsigned> minor;
};

std::optional<Numbers> parse_numbers(std::string_view text) {
    const std::vector<std::string_view> parts = split(text, '.');
    if (parts.size() > 2) return std::nullopt;
    const std::optional<unsigned> major = parse_number<unsigned>(parts[0]);
    if (!major || *major > 1000) return std::nullopt;
    if (parts.size() == 1) return Numbers{*major, std::nullopt};
    const std::optional<unsigned> minor = parse_number<unsigned>(parts[1]);
    if (!minor || *minor > 1000) return std::nullopt;
    return Numbers{*major, minor};
}

}  // namespace

std::string EngineVersion::text() const {
    return fmt::format("{}.{}", major, minor);
}

std::vector<std::filesystem::path> default_postgres_roots(const std::vector<std::string>& others) {
    std::vector<std::filesystem::path> roots(others.begin(), others.end());
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", absent))
        roots.push_back(entry.path() / "bin");
    std::sort(roots.begin(), roots.end());
    return roots;
}

std::optional<EngineVersion> parse_version(std::string_view line) {
    line = trimmed(line);
    if (!line.starts_with(prefix)) return std::nullopt;
    const std::string_view number =
        line.substr(prefix.size()).substr(0, line.substr(prefix.size()).find(' '));
    const std::optional<Numbers> numbers = parse_numbers(number);
    if (!numbers || !numbers->minor || numbers->major < major_min) return std::nullopt;
    return EngineVersion{
        static_cast<int>(numbers->major), static_cast<int>(*numbers->minor), std::string(line), {}};
}

std::optional<EngineVersion> parse_engine_version(std::string_view version) {
    const std::optional<Numbers> numbers = parse_numbers(version);
    if (!numbers) return std::nullopt;
    return EngineVersion{
        static_cast<int>(numbers->major), static_cast<int>(numbers->minor.value_or(0)), {}, {}};
}

Versions::Versions(std::vector<EngineVersion> installed) {
    std::sort(installed.begin(), installed.end(), [](const EngineVersion& a, const EngineVersion& b) {
        return std::pair(a.major, a.minor) < std::pair(b.major, b.minor);
    });
    for (EngineVersion& version : installed) {
        if (!installed_.empty() && installed_.back().major == version.major) installed_.pop_back();
        installed_.push_back(std::move(version));
    }
}

Versions Versions::discover(const std::vector<std::filesystem::path>& roots) {
    std::vector<EngineVersion> installed;
    for (const std::filesystem::path& root : roots) {
        const Result<std::string> said =
            run({.program = root / "postgres", .arguments = {"--version"}}, answer_max);
        if (!said) continue;
        std::optional<EngineVersion> version = parse_version(*said);
        if (!version) continue;
        version->bin = root;
        installed.push_back(*std::move(version));
    }
    return Versions(std::move(installed));
}

Result<EngineVersion> Versions::find(std::string_view engine, std::string_view asked) const {
    if (installed_.empty())
        return Error{Fault::unavailable, "no PostgreSQL of version 14 or later is installed on this machine"};
    if (asked.empty()) return installed_.back();
    for (const EngineVersion& version : installed_)
        if (asked == version.text() || asked == std::to_string(version.major)) return version;
    return Error{Fault::invalid, fmt::format("Cannot find version {} for {}", asked, engine),
                 "InvalidParameterCombination"};
}

Result<EngineVersion> Versions::runner_of(std::string_view asked) const {
    if (asked.empty() && !installed_.empty()) return installed_.back();
    const std::optional<Numbers> numbers = parse_numbers(asked);
    for (const EngineVersion& version : installed_) {
        const bool same_major = numbers && version.major == static_cast<int>(numbers->major);
        if (same_major && static_cast<int>(numbers->minor.value_or(0)) <= version.minor) return version;
    }
    return Error{Fault::unavailable, fmt::format("no PostgreSQL that runs version {} is installed", asked)};
}

}  // namespace countersign::databases
