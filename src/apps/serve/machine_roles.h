// What `countersign serve --metadata-role` offers programs of this machine: credentials of a role, as EC2 and
// ECS offer them. A listener of its own, on a loopback address only. Owns its server and its sessions.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "cli/serve_options.h"
#include "client/data_dir.h"
#include "crypto/random.h"
#include "gateway/api_call.h"
#include "http/server.h"
#include "services/sts/machine_role.h"

namespace countersign::apps {

// Whether the options are good by themselves: before anything is started.
Result<void> check_machine_roles(const cli::MachineRolesOptions& options);

class MachineRoles {
public:
    // Everything passed by reference must outlive it.
    struct Deps {
        sts::Deps sts;
        const Clock& clock;
        const Log& log;
        gateway::ApiListener& events;
        const client::DataDir& dir;
        std::string account;
        std::string region;
    };

    // Listens, and writes the container's authorization token into the data directory where there is none.
    static Result<std::unique_ptr<MachineRoles>> listen(const Deps& deps,
                                                        const cli::MachineRolesOptions& options);
    void start() { http_->start(); }
    void stop() { http_->stop(); }
    // http://127.0.0.1:7071
    std::string url() const;

private:
    MachineRoles(const Deps& deps, const cli::MachineRolesOptions& options);
    sts::MachineSessions sessions_for(const std::string& service, const std::string& session_name,
                                      policy::Context context);
    void record(const std::string& service, const sts::MachineSession& session) const;

    const Deps deps_;
    const cli::MachineRolesOptions options_;
    const std::string instance_id_;
    sts::MachineSessions instance_;
    sts::MachineSessions container_;
    std::unique_ptr<http::Server> http_;
};

}  // namespace countersign::apps
