#include "databases/isolation/enclosure.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/files.h"
#include "base/text.h"
#include "databases/isolation/landlock.h"

namespace countersign::databases::isolation {

namespace {

using Path = std::filesystem::path;

Error enclosure_failed(std::string_view what) {
    return Error{Fault::unavailable, fmt::format("cannot {}: {}", what, strerror(errno))};
}

Result<void> write_once(const char* file, const std::string& text) {
    const Descriptor out(::open(file, O_WRONLY | O_CLOEXEC));
    if (out && ::write(out.number(), text.data(), text.size()) == std::ssize(text)) return {};
    return enclosure_failed(fmt::format("write {}", file));
}

// Everybody is in there under the number that they have outside.
Result<void> leave_namespaces() {
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    // A process that was root before may not write its own maps otherwise.
    if (::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return enclosure_failed("be looked at");
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC) != 0)
        return enclosure_failed("have namespaces");
    TRY(write_once("/proc/self/setgroups", "deny"));
    TRY(write_once("/proc/self/uid_map", fmt::format("{0} {0} 1", user)));
    TRY(write_once("/proc/self/gid_map", fmt::format("{0} {0} 1", group)));
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return enclosure_failed("own the mounts");
    return {};
}

Result<void> cover(const Path& place, const char* options) {
    if (::mount("tmpfs", place.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options) == 0) return {};
    return enclosure_failed(fmt::format("cover {}", place.string()));
}

Result<void> make_way(const Path& dir, const Path& place) {
    Path way = dir;
    for (const Path& part : place.lexically_relative(dir)) {
        way /= part;
        if (::mkdir(way.c_str(), 0755) != 0 && errno != EEXIST)
            return enclosure_failed(fmt::format("make {}", way.string()));
    }
    return {};
}

// Puts in the place of `dir` an empty one, and into that what is to be seen of the old one.
Result<void> show_only(const Path& dir, const std::vector<Path>& shown) {
    std::vector<Descriptor> kept;
    for (const Path& place : shown) {
        kept.emplace_back(::open(place.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!kept.back()) return enclosure_failed(fmt::format("see {}", place.string()));
    }
    TRY(cover(dir, "mode=0755,size=64k"));
    for (std::size_t i = 0; i < shown.size(); ++i) {
        TRY(make_way(dir, shown[i]));
        const std::string source = fmt::format("/proc/self/fd/{}", kept[i].number());
        if (::mount(source.c_str(), shown[i].c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0)
            return enclosure_failed(fmt::format("show {}", shown[i].string()));
    }
    constexpr unsigned long read_only = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV;
    if (::mount(nullptr, dir.c_str(), nullptr, read_only, nullptr) != 0)
        return enclosure_failed(fmt::format("close {}", dir.string()));
    return {};
}

// What the server itself works in; not all are there always.
constexpr std::array parts_of_home = {"data", "data.other", "log", "wal", "wal.in"};

// Sockets of this user's other programs (a session's bus, a container engine) would act for whoever reaches
// them, and Landlock does not keep connect() from a path.
Result<void> hide_other_sockets(const Path& dir) {
    for (const char* place : {"/run", "/tmp", "/var/tmp"}) {
        const bool holds_ours = (dir / "").string().starts_with(std::string(place) + '/');
        std::error_code absent;
        if (!holds_ours && std::filesystem::is_directory(place, absent))
            TRY(cover(place, "mode=0755,size=64k"));
    }
    return {};
}

Result<void> use_namespaces(const Places& places) {
    TRY(leave_namespaces());
    TRY(hide_other_sockets(places.dir));
    std::vector<Path> shown = {places.run};
    for (const char* part : parts_of_home)
        if (file_exists(places.home / part)) shown.push_back(places.home / part);
    if (!places.library.empty()) shown.push_back(places.library);
    TRY(show_only(places.dir, shown));
    return cover("/dev/shm", "mode=1777");
}

std::vector<AllowedPlace> allowed_places(const Places& places, const Means& means) {
    using enum Access;
    std::vector<AllowedPlace> allowed;
    for (const char* place : {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/proc", "/sys",
                              "/run/systemd/resolve"})
        allowed.push_back({place, read});
    for (const char* place : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"})
        allowed.push_back({place, use});
    if (means.namespaces) allowed.push_back({"/dev/shm", change});
    std::vector<Path> programs = places.further;
    programs.push_back(places.program);
    for (const Path& one : programs) {
        std::error_code absent;
        const Path program = std::filesystem::canonical(one, absent);
        if (!absent) allowed.push_back({program.parent_path().parent_path(), read});
    }
    if (!places.library.empty()) allowed.push_back({places.library, read});
    for (const char* part : parts_of_home) allowed.push_back({places.home / part, change});
    allowed.push_back({places.run, keep_sockets});
    return allowed;
}

// 0 when this process, which then ends, can have the namespaces.
[[noreturn]] void try_namespaces(const Path& dir, const std::function<bool()>& prepare) {
    const bool had = prepare() && leave_namespaces() && hide_other_sockets(dir) && show_only(dir, {}) &&
                     cover("/dev/shm", "mode=1777");
    ::_exit(had ? 0 : 1);
}

}  // namespace

std::string to_text(const Means& means) {
    std::vector<std::string> words;
    if (means.namespaces) words.emplace_back("namespaces");
    if (means.landlock > 0) words.push_back(fmt::format("landlock {}", means.landlock));
    return words.empty() ? "nothing" : joined(words, ", ");
}

std::string gaps_of(const Means& means) {
    if (!means.any()) return "a superuser of one database reaches all others and the control plane";
    std::vector<std::string> gaps;
    if (!means.namespaces)
        gaps.emplace_back("sockets and modes of other databases' files are reached (no user namespaces)");
    if (means.landlock == 0)
        gaps.emplace_back("files of this user outside of the data directory are reached (no Landlock)");
    if (means.landlock < landlock_with_signals)
        gaps.emplace_back("processes of this user can be signalled (Landlock before ABI 6)");
    return joined(gaps, "; ");
}

Means available_means(const Path& dir, const std::function<bool()>& prepare) {
    Means means;
    means.landlock = landlock_abi();
    const pid_t child = ::fork();
    if (child == 0) try_namespaces(dir, prepare);
    int status = 0;
    means.namespaces = child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
    return means;
}

Result<void> enclose(const Places& places, const Means& means) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return enclosure_failed("give up new privileges");
    if (means.namespaces) TRY(use_namespaces(places));
    if (means.landlock > 0) return allow_only(allowed_places(places, means), means.landlock);
    return {};
}

}  // namespace countersign::databases::isolation
