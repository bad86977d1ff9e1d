// The warden: a small process beside the control plane that starts databases' servers where they reach
// nothing of anybody else's. It is made before root is given up and before any secret is read, has one
// thread, hears one socket, and knows the few requests below, so that a control plane that was broken into
// becomes no more than a user of the range.
//
//   users      started by root: each server runs as a user of its own. The warden stays root. It starts any
//              program as such a user, gives such a user what the control plane's own user has, writes as
//              such a user, and signals the processes of such users: nothing as anybody else.
//   enclosure  started by anybody else: all servers run as that user, each enclosed (enclosure.h). The
//              warden has no right that the control plane does not have.
//
// It ends with the control plane; the servers go on. Safe to call from any thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/mutex.h"
#include "base/process.h"
#include "base/result.h"
#include "databases/isolation/enclosure.h"
#include "databases/isolation/user_range.h"

namespace countersign::databases::isolation {

// Whom the warden serves, and how.
struct Charge {
    std::filesystem::path dir;  // the control plane's data directory, which exists
    uid_t user = 0;             // whom the control plane runs as
    gid_t group = 0;
    std::optional<UserRange> users;  // none: the servers run as that user, too
    Means means = {};                // of enclosure, where there is no range
};

// How servers can be kept apart on this machine, for a control plane that will run as that user. `reason`
// says why there are no users of their own where root started it; it is empty otherwise.
struct Choice {
    Charge charge;
    std::string reason;
};
Choice choose_isolation(const std::filesystem::path& dir, uid_t user, gid_t group, const UserRange& range);

// A program to start. It gets a session of its own and nothing of what surrounds the warden.
struct Order {
    uid_t user = 0;  // of the range; not looked at where there is none
    std::filesystem::path program;
    std::vector<std::string> arguments;
    std::vector<std::string> environment;  // all of it
    std::filesystem::path directory;       // where it starts
    Places places = {};                    // to which it is enclosed
};

class Warden : public Signaller {
public:
    struct Started {
        pid_t pid = 0;
        Descriptor pidfd;
    };
    enum class Kind { data, log };  // the mode that PostgreSQL wants, and one in which we may tidy up

    // Forks; this process has one thread yet.
    static Result<std::unique_ptr<Warden>> start(const Charge& charge);

    const Charge& charge() const { return charge_; }

    Result<Started> spawn(const Order& order, int input, int output) const;

    // The following need a range.
    //
    // A tree of the control plane's user becomes that user's; the control plane's group reads in it.
    Result<void> give(uid_t user, int directory, Kind kind) const;
    // That user may make sockets in a directory of the control plane's, and nobody else may enter it.
    Result<void> admit(uid_t user, int directory) const;
    // Puts a file into a directory of that user's, whole or not at all.
    struct Draft {
        std::string name;
        std::string text;
        unsigned mode = 0;
        bool synced = false;
    };
    Result<void> write_file(uid_t user, int directory, const Draft& draft) const;
    Result<void> signal(int pidfd, int number) const override;
    // SIGKILL for every process of that user.
    Result<void> end_all(uid_t user) const;

private:
    Warden(Charge charge, Descriptor socket) : charge_(std::move(charge)), socket_(std::move(socket)) {}
    Result<std::vector<Descriptor>> ask(const std::vector<std::string>& words,
                                        const std::vector<int>& descriptors,
                                        std::string* answer = nullptr) const;

    const Charge charge_;
    const Descriptor socket_;
    mutable Mutex mutex_;  // one question at a time
};

}  // namespace countersign::databases::isolation
