#include "databases/engines/local/keeper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/descriptor.h"
#include "base/files.h"

namespace countersign::databases::local {

namespace {

using isolation::Warden;

constexpr mode_t passed_by_all = 0711;  // known names are reached, none is shown
constexpr auto removal_patience = std::chrono::seconds(120);
constexpr int removals_max = 50;
constexpr auto removal_pause = std::chrono::milliseconds(100);
constexpr std::array read_by_us = {"PG_VERSION", "pg_hba.conf", "pg_ident.conf", "countersign.conf",
                                   "server.crt"};
constexpr std::array ways = {"databases", "spares", "run", "lib"};

Error keeper_failed(std::string_view what, const Path& place) {
    return Error{Fault::unavailable, fmt::format("cannot {} {}: {}", what, place.string(), strerror(errno))};
}

std::optional<uid_t> user_of(const Path& place) {
    struct stat facts {};
    if (::lstat(place.c_str(), &facts) != 0) return std::nullopt;
    return facts.st_uid;
}

Result<Descriptor> directory_at(const Path& place, int how) {
    Descriptor directory(::open(place.c_str(), how | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory) return keeper_failed("open", place);
    return directory;
}

// Whatever lies beside the ways, now and later, is of the control plane alone.
Result<void> close_others(const Path& dir) {
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(dir, failure)) {
        struct stat facts {};
        if (::lstat(entry.path().c_str(), &facts) != 0 || S_ISLNK(facts.st_mode)) continue;
        if (facts.st_uid != ::geteuid()) continue;  // somebody put it there, who may say whose it is
        if (std::ranges::count(ways, entry.path().filename().string()) > 0) continue;
        if ((facts.st_mode & 077) != 0 && ::chmod(entry.path().c_str(), facts.st_mode & 07700) != 0)
            return keeper_failed("close", entry.path());
    }
    if (failure) return Error{Fault::unavailable, fmt::format("cannot read {}", dir.string())};
    return {};
}

}  // namespace

Result<void> Keeper::prepare() {
    if (!has_users()) return {};
    TRY(close_others(dir_));
    for (const char* way : ways) {
        TRY(make_directory(dir_ / way));
        if (::chmod((dir_ / way).c_str(), passed_by_all) != 0) return keeper_failed("open", dir_ / way);
    }
    if (::chmod(dir_.c_str(), passed_by_all) != 0) return keeper_failed("open", dir_);
    note_users();
    return {};
}

void Keeper::note_users() {
    const MutexLock lock(mutex_);
    std::error_code absent;
    for (const char* way : {"databases", "spares"})
        for (const auto& entry : std::filesystem::directory_iterator(dir_ / way, absent))
            for (const char* part : {"data", "wal"})
                if (const auto user = user_of(entry.path() / part)) taken_.insert(*user);
}

// At random, so that one that was used before, here or by another data directory, hardly comes again.
uid_t Keeper::new_user() {
    const isolation::UserRange& range = *warden_->charge().users;
    const MutexLock lock(mutex_);
    while (true) {
        std::uint32_t chance = 0;
        const std::string bytes = random_.bytes(sizeof chance);
        std::memcpy(&chance, bytes.data(), sizeof chance);
        const uid_t user = range.first + chance % range.count();
        if (taken_.insert(user).second || taken_.size() >= range.count()) return user;
    }
}

uid_t Keeper::owner(const ServerHome& home) const {
    return user_of(home.data()).value_or(::geteuid());
}

bool Keeper::fits(const Path& data) const {
    const std::optional<uid_t> user = user_of(data);
    return user && (has_users() ? warden_->charge().users->holds(*user) : *user == ::geteuid());
}

Result<void> Keeper::give(const Path& tree, uid_t user, Warden::Kind kind) const {
    if (user_of(tree) == user) return {};
    const Descriptor directory = TRY(directory_at(tree, O_RDONLY));
    return warden_->give(user, directory.number(), kind);
}

Result<void> Keeper::hand_over(const ServerHome& home) {
    const bool given = fits(home.data());
    if (!has_users() && given) return {};
    if (!has_users())
        return Error{
            Fault::denied,
            fmt::format("its files are of the user {}; start countersign as root, as before", owner(home))};
    const uid_t user = given ? owner(home) : new_user();
    if (!given)
        for (const char* name : read_by_us) {
            const Path file = home.data() / name;
            if (user_of(file) == ::geteuid() && ::chmod(file.c_str(), 0640) != 0)
                return keeper_failed("open", file);
        }
    if (::chmod(home.root.c_str(), passed_by_all) != 0) return keeper_failed("open", home.root);
    TRY(give(home.data(), user, Warden::Kind::data));
    if (user_of(home.wal())) TRY(give(home.wal(), user, Warden::Kind::log));
    return give(home.log(), user, Warden::Kind::log);
}

Result<void> Keeper::hand_over_part(const ServerHome& home, const Path& part) const {
    return has_users() ? give(part, owner(home), Warden::Kind::data) : Result<void>();
}

Result<void> Keeper::make_run(const ServerHome& home) const {
    TRY(make_directory(home.run));
    if (!has_users()) return {};
    const Descriptor directory = TRY(directory_at(home.run, O_RDONLY));
    return warden_->admit(owner(home), directory.number());
}

Result<void> Keeper::replace_file(const ServerHome& home, const std::string& name, std::string_view text,
                                  Durability durability, Readers readers) const {
    if (!has_users() || owner(home) == ::geteuid())
        return countersign::replace_file(home.data() / name, text, durability);
    const Descriptor directory = TRY(directory_at(home.data(), O_PATH));
    const unsigned mode = readers == Readers::control ? 0640 : 0600;
    return warden_->write_file(
        owner(home), directory.number(),
        {name, std::string(text), mode, durability == Durability::synced && !forgoes_durability()});
}

// What a user of its own owns is removed as that user. The directory itself stays, where its parent is ours.
void Keeper::empty_as_owner(const Path& tree) const {
    const std::optional<uid_t> user = user_of(tree);
    if (!user || !warden_->charge().users->holds(*user)) return;
    const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const auto run = [&](const char* program, std::vector<std::string> arguments) {
        Result<Warden::Started> started =
            warden_->spawn({*user, program, std::move(arguments), environment_for({}), "/"}, nothing.number(),
                           nothing.number());
        if (started)
            Process::held(started->pid, std::move(started->pidfd), nullptr).ends_within(removal_patience);
    };
    // Directories whose owner took their rights away have them again.
    run("/bin/chmod", {"-R", "u+rwX", "--", tree.string()});
    run("/bin/rm", {"-rf", "--", tree.string()});
}

// No process of the user hinders the removal.
void Keeper::end_owner(const Path& data) const {
    const std::optional<uid_t> user = user_of(data);
    if (user && warden_->charge().users->holds(*user)) static_cast<void>(warden_->end_all(*user));
}

// Where a giving was cut short, directories of a user of the range lie in one of ours. It is finished first,
// and looked at again: the warden of a server that was killed may still be at it.
Result<void> Keeper::remove_tree(const Path& tree) {
    if (!has_users()) return countersign::remove_tree(tree);
    Result<void> removed;
    for (int attempt = 0; attempt < removals_max; ++attempt) {
        end_owner(tree / "data");
        for (const Path& part : {tree, tree / "data", tree / "log", tree / "wal", tree / wal_to_replay})
            empty_as_owner(part);
        removed = countersign::remove_tree(tree);
        if (removed) break;
        if (user_of(tree / "data") == ::geteuid())
            static_cast<void>(give(tree / "data", new_user(), Warden::Kind::data));
        std::this_thread::sleep_for(removal_pause);
    }
    return removed;
}

Result<void> Keeper::strip_to_wal(const ServerHome& home) {
    if (has_users()) end_owner(home.data());
    std::vector<Path> parts;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(home.root, failure))
        if (entry.path() != home.wal()) parts.push_back(entry.path());
    if (failure) return Error{Fault::unavailable, fmt::format("cannot read {}", home.root.string())};
    for (const Path& part : parts) TRY(remove_tree(part));
    return {};
}

Result<Process> Keeper::spawn(const ServerHome& home, const Command& command, const Path& preload,
                              const std::vector<Path>& further, const Streams& streams) const {
    const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int input = streams.input < 0 ? nothing.number() : streams.input;
    Descriptor log;
    if (streams.output < 0) log = TRY(open_output(home.start_log()));
    const int output = streams.output < 0 ? log.number() : streams.output;
    if (warden_ == nullptr) return Process::spawn(command, input, output);
    isolation::Order order{owner(home), command.program, command.arguments, environment_for(command),
                           command.directory};
    order.places = {dir_, home.root, home.run, preload.parent_path(), command.program, further};
    Warden::Started started = TRY(warden_->spawn(order, input, output));
    return Process::held(started.pid, std::move(started.pidfd), has_users() ? warden_ : nullptr);
}

Result<void> Keeper::end_all(const ServerHome& home) const {
    if (!has_users() || !fits(home.data())) return {};
    return warden_->end_all(owner(home));
}

void Keeper::adjust(ServerSettings& settings) const {
    settings.own_user = has_users();
    settings.memory_in_files = warden_ != nullptr && !has_users() && !warden_->charge().means.namespaces &&
                               warden_->charge().means.landlock > 0;
}

std::string Keeper::manner(const ServerHome& home) const {
    if (has_users()) return fmt::format("user {}", owner(home));
    return warden_ == nullptr ? "nothing" : isolation::to_text(warden_->charge().means);
}

}  // namespace countersign::databases::local
