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

// /usr/lib/postgresql/*/bin, and those beside them.
std::vector<std::filesystem::path> default_postgres_roots(const std::vector<std::string>& others = {});

// Reads one line of `postgres --version`; nothing for another program, a beta or anything before 14, whose
// longest password is too short for a token.
std::optional<EngineVersion> parse_version(std::string_view line);

// Of "15.20" the numbers, without build and programs.
std::optional<EngineVersion> parse_engine_version(std::string_view version);

class Versions {
public:
    explicit Versions(std::vector<EngineVersion> installed);  // the newest of each major version is kept

    // Asks the `postgres` in each directory; those that do not answer are not installed.
    static Versions discover(const std::vector<std::filesystem::path>& roots);

    // What DescribeDBEngineVersions offers, oldest first.
    const std::vector<EngineVersion>& all() const { return installed_; }

    // Empty: the newest. "15": that major version. "15.18": that one. Otherwise AWS's error, which names the
    // engine.
    Result<EngineVersion> find(std::string_view engine, std::string_view asked) const;

    // What runs a database of that version: the one that is installed of its major version, unless it is
    // older. Empty: the newest.
    Result<EngineVersion> runner_of(std::string_view version) const;

private:
    std::vector<EngineVersion> installed_;
};

}  // namespace countersign::databases
