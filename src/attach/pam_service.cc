#include "attach/pam_service.h"

#include <fmt/format.h>

#include "attach/host_files.h"
#include "base/files.h"
#include "base/text.h"
#include "client/data_dir.h"

namespace countersign::attach {

namespace {

namespace fs = std::filesystem;

constexpr unsigned for_everybody = 0755;

}  // namespace

std::string service_name(const std::string& resource_id) {
    return "countersign-" + lower(resource_id);
}

std::string service_text(const PamService& service) {
    return fmt::format(
        "# Countersign: logins by token to {0}.\n"
        "auth     required  {1} socket={2}{3}\n"
        "account  required  {1}\n",
        service.name, service.module.string(), service.socket.string(),
        service.arguments.empty() ? "" : ' ' + service.arguments);
}

std::string deny_only_text() {
    return "# Countersign: whatever has no service file of its own is refused.\n"
           "auth     required  pam_deny.so\n"
           "account  required  pam_deny.so\n"
           "password required  pam_deny.so\n"
           "session  required  pam_deny.so\n";
}

Result<fs::path> own_library(const std::string& name) {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    for (const fs::path& place :
         {program.parent_path() / name, program.parent_path().parent_path() / "lib" / "countersign" / name})
        if (fs::exists(place, error)) return place;
    return Error{Fault::not_found,
                 fmt::format("{} is not beside {}; build or install it", name, program.string())};
}

Result<Placement> placement_of(const std::string& name, const fs::path& directory) {
    const fs::path from = TRY(own_library(name));
    if (is_roots_own(from) && from.parent_path().filename() == "countersign") return Placement{from, from};
    return Placement{from, directory / name};
}

Result<void> install(const Placement& placement) {
    if (placement.from == placement.to) return {};
    const std::string bytes = TRY(read_file(placement.from));
    std::error_code error;
    if (const auto there = read_file(placement.to); there && *there == bytes) return {};
    const fs::path directory = placement.to.parent_path();
    const bool made = fs::create_directories(directory, error);
    if (made && !error)
        fs::permissions(directory, fs::perms::owner_all | fs::perms(055), fs::perm_options::replace, error);
    if (error)
        return Error{Fault::denied, fmt::format("cannot make {}: {}", directory.string(), error.message())};
    return replace_file(placement.to, bytes, Durability::synced, for_everybody);
}

}  // namespace countersign::attach
