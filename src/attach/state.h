// What attaching changed on this host, kept so that detaching can undo it: one directory a server, with a
// backup of each file as it was.
//
//     STATE-DIR/RESOURCE-ID/state.json
//     STATE-DIR/RESOURCE-ID/pg_hba.conf, environment    as they were
//     STATE-DIR/pam-other                               /etc/pam.d/other as it was; of the whole host
#pragma once

#include <boost/describe.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace countersign::attach {

struct AttachState {
    std::string name;
    std::string region;
    std::string resource_id;
    std::string data_directory;
    std::string socket_directory;
    std::uint16_t port = 0;
    std::string dsn;  // as it was given; how detaching connects
    std::string agent;
    std::string agent_socket;
    std::string hba_file;
    std::string hba_after;     // SHA-256 of what was written; empty: nothing was
    std::string hba_by;        // who else writes it, in words; empty: nobody
    std::string service_file;  // of PAM; empty where the preload answers
    std::string module;
    std::string fast;              // preload | other | nothing
    std::string environment_file;  // Debian's, of the cluster
    std::string environment_after;
    bool role_made = false;                   // rds_iam
    std::vector<std::string> on_demand = {};  // databases whose users are made at their first login
};
BOOST_DESCRIBE_STRUCT(AttachState, (),
                      (name, region, resource_id, data_directory, socket_directory, port, dsn, agent,
                       agent_socket, hba_file, hba_after, hba_by, service_file, module, fast,
                       environment_file, environment_after, role_made, on_demand))

class StateDir {
public:
    explicit StateDir(std::filesystem::path root) : root_(std::move(root)) {}

    const std::filesystem::path& root() const { return root_; }
    std::filesystem::path of(const std::string& resource_id) const { return root_ / resource_id; }
    std::filesystem::path pam_other() const { return root_ / "pam-other"; }

    Result<std::vector<AttachState>> all() const;
    Result<std::optional<AttachState>> find(const std::string& name, const std::string& region) const;
    Result<void> save(const AttachState& state) const;
    Result<void> forget(const std::string& resource_id) const;

    // Keeps a file as it is now; one that is kept already stays.
    Result<void> keep(const std::string& resource_id, const std::string& file, const std::string& text) const;
    Result<std::string> kept(const std::string& resource_id, const std::string& file) const;

private:
    std::filesystem::path root_;
};

// For root /var/lib/countersign-attach, for others $XDG_STATE_HOME/countersign-attach (~/.local/state/…).
std::filesystem::path default_state_dir();
inline constexpr const char* state_dir_help =
    "where `countersign attach` keeps its backups (default: /var/lib/countersign-attach for root, "
    "$XDG_STATE_HOME/countersign-attach otherwise)";

}  // namespace countersign::attach
