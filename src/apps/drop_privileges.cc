#include "apps/drop_privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace countersign::apps {

namespace {

namespace fs = std::filesystem;

std::optional<RunUser> look_up(const std::string& name) {
    const passwd* account = ::getpwnam(name.c_str());
    if (account == nullptr || account->pw_uid == 0) return std::nullopt;
    return RunUser{name, account->pw_uid, account->pw_gid};
}

bool has(const RunUser& user, const fs::path& directory) {
    struct stat facts {};
    return ::stat(directory.c_str(), &facts) == 0 && facts.st_uid == user.uid;
}

}  // namespace

Result<std::optional<RunUser>> choose_user(const std::string& wanted, const fs::path& directory) {
    if (::geteuid() != 0) return std::optional<RunUser>();
    if (!wanted.empty()) {
        if (auto user = look_up(wanted)) return user;
        return Error{Fault::invalid, fmt::format("--user {}: there is no such unprivileged user", wanted)};
    }
    std::optional<RunUser> first;
    for (const char* name : {"countersign", "postgres", "nobody"}) {
        const std::optional<RunUser> user = look_up(name);
        if (user && has(*user, directory)) return user;
        if (!first) first = user;
    }
    if (first) return first;
    return Error{Fault::unavailable,
                 "no unprivileged user to run as; make one with: useradd --system countersign"};
}

Result<void> prepare_directory(const fs::path& directory, const std::optional<RunUser>& user) {
    std::error_code error;
    if (!fs::exists(directory, error)) {
        if (fs::create_directories(directory.parent_path(), error); error)
            return Error{Fault::unavailable,
                         fmt::format("cannot make {}: {}", directory.string(), error.message())};
        if (::mkdir(directory.c_str(), 0700) != 0)
            return Error{Fault::unavailable,
                         fmt::format("cannot make {}: {}", directory.string(), std::strerror(errno))};
    }
    if (user && ::lchown(directory.c_str(), user->uid, user->gid) != 0)
        return Error{Fault::unavailable, fmt::format("cannot give {} to {}: {}", directory.string(),
                                                     user->name, std::strerror(errno))};
    return {};
}

Result<void> become(const RunUser& user) {
    const bool done = ::initgroups(user.name.c_str(), user.gid) == 0 && ::setgid(user.gid) == 0 &&
                      ::setuid(user.uid) == 0 && ::setuid(0) != 0;
    if (!done) return Error{Fault::internal, "cannot become " + user.name + ": " + std::strerror(errno)};
    ::umask(0077);
    return {};
}

Result<void> check_access(const fs::path& directory) {
    fs::path walked;
    for (const fs::path& part : directory) {
        walked /= part;
        const int wanted = walked == directory ? R_OK | W_OK | X_OK : X_OK;
        if (::access(walked.c_str(), wanted) == 0) continue;
        return Error{
            Fault::denied,
            fmt::format("{} may not use {}; open the directory to it, or choose another with --data-dir",
                        ::getpwuid(::geteuid()) != nullptr ? ::getpwuid(::geteuid())->pw_name : "this user",
                        walked.string())};
    }
    return {};
}

}  // namespace countersign::apps
