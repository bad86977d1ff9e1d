#include "databases/engines/local/template_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>

#include "base/descriptor.h"
#include "base/files.h"
#include "base/process.h"
#include "crypto/digest.h"
#include "databases/engines/local/boundary.h"
#include "databases/engines/local/installed.h"
#include "databases/engines/local/server_home.h"

namespace countersign::databases::local {

namespace {

constexpr auto template_patience = std::chrono::seconds(120);

// rdsadmin is the bootstrap superuser and has no password, so it comes in over the socket only.
std::string recipe_for(const EngineVersion& version) {
    return roles_recipe(static_cast<int>(version.major)) + own_database_recipe();
}

// Held by whoever makes a template or removes a half-made one, of all processes that share the directory.
Result<Descriptor> lock_of(const Path& directory, int how) {
    Descriptor held(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    int locked = -1;
    while (held && (locked = ::flock(held.number(), how)) != 0 && errno == EINTR) continue;
    if (locked != 0) return Error{Fault::unavailable, fmt::format("cannot lock {}", directory.string())};
    return held;
}

Result<void> make_template(const EngineVersion& version, const std::string& locale, const Path& data) {
    TRY(run({.program = version.bin / "initdb",
             .arguments = {"--pgdata=" + data.string(), "--username=rdsadmin", "--auth=reject",
                           "--encoding=UTF8", "--locale=" + locale, "--no-sync", "--no-instructions"}},
            template_patience));
    const std::string said = TRY(run({.program = version.bin / "postgres",
                                      .arguments = {"--single", "-D", data.string(), "postgres"},
                                      .input = recipe_for(version)},
                                     template_patience));
    if (said.find("ERROR:") != std::string::npos || said.find("FATAL:") != std::string::npos)
        return Error{Fault::internal, "the template's roles and database could not be made"};
    return {};
}

}  // namespace

std::filesystem::path TemplateStore::place_of(const EngineVersion& version) const {
    const std::string all =
        fmt::format("{}\n{}\n{}", version.build, locale_of_this_machine(), recipe_for(version));
    return directory_ / fmt::format("{}-{}", version.text(), crypto::sha256_hex(all).substr(0, 12));
}

Result<std::filesystem::path> TemplateStore::get(const EngineVersion& version) {
    const Path finished = place_of(version);
    const MutexLock lock(making_);
    if (file_exists(finished)) return finished;
    const Path making = finished.string() + std::string(half_made);
    TRY(make_directory(directory_));
    const Descriptor held = TRY(lock_of(directory_, LOCK_EX));
    if (file_exists(finished)) return finished;
    TRY(remove_tree(making));
    TRY(make_template(version, locale_of_this_machine(), making));
    TRY(rename_outlasting(making, finished));
    return finished;
}

Result<void> TemplateStore::remove_half_made() {
    const Result<Descriptor> held = lock_of(directory_, LOCK_EX | LOCK_NB);
    if (!held) return {};  // not there yet, or somebody is making one
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(directory_, absent))
        if (entry.path().extension() == half_made) TRY(remove_tree(entry.path()));
    return {};
}

}  // namespace countersign::databases::local
