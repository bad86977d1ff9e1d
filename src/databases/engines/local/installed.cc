#include "databases/engines/local/installed.h"

#include <locale.h>

#include <algorithm>
#include <array>

#include "base/files.h"
#include "base/text.h"

namespace countersign::databases::local {

namespace {

constexpr std::array<std::string_view, 5> known_libraries{"auto_explain", "pg_hint_plan", "pg_prewarm",
                                                          "pg_stat_statements", "pgaudit"};

bool is_installed(std::string_view library, const EngineVersion& version) {
    return std::ranges::count(known_libraries, library) > 0 &&
           file_exists(version.bin.parent_path() / "lib" / (std::string(library) + ".so"));
}

std::string installed_of(std::string_view libraries, const EngineVersion& version) {
    std::string kept;
    for (const std::string_view part : split(libraries, ',')) {
        const std::string_view library = trimmed(part);
        if (!is_installed(library, version)) continue;
        if (!kept.empty()) kept += ',';
        kept += library;
    }
    return kept;
}

// The name is one of those that parameter groups take. PostgreSQL asks the machine's own list, or one of its
// own.
bool is_time_zone(const std::string& name, const EngineVersion& version) {
    return file_exists(Path("/usr/share/zoneinfo") / name) ||
           file_exists(version.bin.parent_path() / "share" / "timezone" / name);
}

}  // namespace

std::optional<unsigned> major_of(const Path& data) {
    const Result<std::string> text = read_server_file(data / "PG_VERSION", 64);
    return text ? parse_number<unsigned>(trimmed(*text)) : std::nullopt;
}

std::string locale_of_this_machine() {
    for (const char* name : {"C.UTF-8", "en_US.UTF-8"}) {
        const locale_t found = newlocale(LC_ALL_MASK, name, nullptr);
        if (found == nullptr) continue;
        freelocale(found);
        return name;
    }
    return "C";
}

Parameters without_missing(Parameters parameters, const EngineVersion& version) {
    if (const auto libraries = parameters.find("shared_preload_libraries"); libraries != parameters.end())
        libraries->second = installed_of(libraries->second, version);
    const auto zone = parameters.find("timezone");
    if (zone != parameters.end() && !is_time_zone(zone->second, version)) parameters.erase(zone);
    return parameters;
}

}  // namespace countersign::databases::local
