// PAM on the server's host: a service file for each attached server, and the module that it names. Source of
// facts: pam.d(5); PAM has service names in lower case.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace countersign::attach {

inline constexpr const char* pam_directory = "/etc/pam.d";
inline constexpr const char* module_directory_default = "/usr/local/lib/countersign";
inline constexpr const char* module_name = "pam_countersign.so";
inline constexpr const char* preload_name = "libcountersign_pam.so";
inline constexpr const char* preload_service = "countersign";  // that the preload answers

std::string service_name(const std::string& resource_id);

struct PamService {
    std::string name;  // of the DB instance, for people
    std::filesystem::path module;
    std::filesystem::path socket;
    std::string arguments = {};  // more of the module's
};
std::string service_text(const PamService& service);

// /etc/pam.d/other on a host that has no other use for it: whatever has no service of its own is refused.
std::string deny_only_text();

// The library that came with this program.
Result<std::filesystem::path> own_library(const std::string& name);

// Where PAM or PostgreSQL may load it from: where it is, if that is root's alone; otherwise a copy in
// `directory`.
struct Placement {
    std::filesystem::path from;
    std::filesystem::path to;  // `from` when nothing needs to be copied
};
Result<Placement> placement_of(const std::string& name, const std::filesystem::path& directory);
Result<void> install(const Placement& placement);

}  // namespace countersign::attach
