// Whose a server's files and processes are, and how this process reaches them: they are its own, or a user's
// of the database's own, for whom the warden acts. Safe to call from any thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/mutex.h"
#include "base/process.h"
#include "base/result.h"
#include "crypto/random.h"
#include "databases/engines/local/server_home.h"
#include "databases/isolation/warden.h"

namespace countersign::databases::local {

class Keeper {
public:
    // Without a warden servers are not kept apart at all. All must outlive it.
    Keeper(const isolation::Warden* warden, Path dir, crypto::Random& random)
        : warden_(warden), dir_(std::move(dir)), random_(random) {}

    // Servers have users of their own.
    bool has_users() const { return warden_ != nullptr && warden_->charge().users.has_value(); }

    // Before everything else: knows the users that are taken, and opens DIR as far as those need it and no
    // further.
    Result<void> prepare();

    // A home with `data` and `log` is handed over to a user, where that has not been done, and the sockets'
    // directory is made. May be repeated.
    Result<void> hand_over(const ServerHome& home);
    // An empty directory beside `data` becomes the same user's, as `data` is.
    Result<void> hand_over_part(const ServerHome& home, const Path& part) const;
    Result<void> make_run(const ServerHome& home) const;
    uid_t owner(const ServerHome& home) const;
    // A home, or what is to become one, is as this process would make it now.
    bool fits(const Path& data) const;

    // A file of a server's `data`.
    enum class Readers { control, nobody };  // beside the server
    Result<void> replace_file(const ServerHome& home, const std::string& name, std::string_view text,
                              Durability durability, Readers readers = Readers::control) const;
    // A home or part of it, whoever owns what is in it.
    Result<void> remove_tree(const Path& tree);
    // All of a home but its WAL. May be repeated.
    Result<void> strip_to_wal(const ServerHome& home);

    // `further` are programs of other installations that the command starts.
    struct Streams {
        int input = -1;   // a descriptor that it reads; -1: nothing
        int output = -1;  // one that it writes to; -1: the home's start.log, emptied
    };
    Result<Process> spawn(const ServerHome& home, const Command& command, const Path& preload,
                          const std::vector<Path>& further, const Streams& streams) const;
    Result<Process> spawn(const ServerHome& home, const Command& command, const Path& preload,
                          const std::vector<Path>& further = {}) const {
        return spawn(home, command, preload, further, {});
    }
    // Ends what of this database still runs. Nothing where there are no users: nobody could tell.
    Result<void> end_all(const ServerHome& home) const;

    // A process of one of the servers, from before.
    Result<Process> attach(pid_t pid) const { return Process::attach(pid, has_users() ? warden_ : nullptr); }

    // What the servers' configuration has to do with it.
    void adjust(ServerSettings& settings) const;
    // How a server is kept apart, as it stands beside its process id: another text needs another start.
    std::string manner(const ServerHome& home) const;

private:
    uid_t new_user();
    void note_users();
    Result<void> give(const Path& tree, uid_t user, isolation::Warden::Kind kind) const;
    void empty_as_owner(const Path& tree) const;
    void end_owner(const Path& data) const;

    const isolation::Warden* warden_;
    const Path dir_;
    crypto::Random& random_;
    Mutex mutex_;
    std::set<uid_t> taken_ GUARDED_BY(mutex_);
};

}  // namespace countersign::databases::local
