// The postmaster of one server: started, adopted from before, ended. Owned by the server's worker; one thread
// at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/process.h"
#include "base/result.h"
#include "databases/engines/local/keeper.h"
#include "databases/engines/local/server_home.h"
#include "databases/versions.h"

namespace countersign::databases::local {

class Postmaster {
public:
    Postmaster() = default;  // none

    struct Deps {
        const Keeper& keeper;
        const EngineVersion& version;
        const ServerHome& home;
        const std::filesystem::path& preload;
    };

    // Starts PostgreSQL and waits until it accepts connections. The error has the reason from its log.
    static Result<Postmaster> start(const Deps& around, std::uint16_t port);

    // The one that runs in this home already, if its surroundings are what start() would give it. One that
    // runs otherwise is ended, and so are processes that a postmaster left behind when it died.
    static std::optional<Postmaster> adopt(const Deps& around);

    // Ends what runs in this home, whoever started it: its data is not wanted any more.
    static void end_left(const Keeper& keeper, const ServerHome& home);

    bool running() { return process_.alive(); }
    pid_t pid() const { return process_.pid(); }
    void reload() const;
    void begin_stop() const;  // fast shutdown
    // Fast shutdown, immediate after the patience, and the end for what still stands then.
    void stop(std::chrono::milliseconds patience);

private:
    explicit Postmaster(Process process) : process_(std::move(process)) {}

    Process process_;
};

}  // namespace countersign::databases::local
