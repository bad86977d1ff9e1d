// The PostgreSQL versions that are installed on this machine, and which of them an engine version means.
// Values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign::databases {

struct EngineVersion {
    int major = 0;
    int minor = 0;
    std::string build;          // all that `postgres --version` says; another build is another template
    std::filesystem::path bin;  // the directory of its programs

    std::string text() const;  // 15.20
    friend bool operator==(const EngineVersion&, const EngineVersion&) = default;
};

// /usr/lib/postgresql/*/bin
std::vector<std::filesystem::path> default_postgres_roots();

// Reads one line of `postgres --version`; nothing for another program, a beta or anything before 14, whose
// longest password is too short for a token.
std::optional<EngineVersion> parse_version(std::string_view line);

class Versions {
public:
    explicit Versions(std::vector<EngineVersion> installed);  // the newest of each major version is kept

    // Asks the `postgres` in each directory; those that do not answer are not installed.
    static Versions discover(const std::vector<std::filesystem::path>& roots);

    // What DescribeDBEngineVersions offers, oldest first.
    const std::vector<EngineVersion>& all() const { return installed_; }

    // Empty: the newest. "15": that major version. "15.4": that major version, at least at this minor one, as
    // minor versions are upgraded automatically. Otherwise an error with AWS's code.
    Result<EngineVersion> find(std::string_view asked) const;

private:
    std::vector<EngineVersion> installed_;
};

}  // namespace countersign::databases
