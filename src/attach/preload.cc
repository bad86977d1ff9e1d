#include "attach/preload.h"

#include <fmt/format.h>

#include "attach/host_files.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "client/data_dir.h"
#include "crypto/digest.h"

namespace countersign::attach {

namespace {

using namespace std::chrono_literals;

constexpr auto restart_patience = 60s;
constexpr std::string_view preload_variable = "LD_PRELOAD";
constexpr std::string_view socket_variable = "COUNTERSIGN_AGENT_SOCKET";

std::string begin_of(const std::string& resource_id) {
    return fmt::format("# BEGIN Countersign {}\n", resource_id);
}

std::string end_of(const std::string& resource_id) {
    return fmt::format("# END Countersign {}\n", resource_id);
}

bool is_in_force(const PlanSite& site, const AttachState& state) {
    return environment_of(site.server.postmaster, preload_variable) == state.module &&
           environment_of(site.server.postmaster, socket_variable) == state.agent_socket;
}

// pg_ctlcluster takes VERSION and NAME.
Result<void> restart(const std::string& cluster) {
    const std::size_t slash = cluster.find('/');
    TRY(run({"/usr/bin/pg_ctlcluster",
             {cluster.substr(0, slash), cluster.substr(slash + 1), "restart", "--", "-m", "fast"}},
            restart_patience));
    return {};
}

// The owner's own to do: it is asked for, and seen by the next run.
void add_request(const AttachState& state, Changes& changes) {
    const std::string wanted =
        fmt::format("{}={} and {}={}", preload_variable, state.module, socket_variable, state.agent_socket);
    changes.add({.what = "see the preload in the server's environment",
                 .shown = fmt::format("# {}", wanted),
                 .make = [wanted]() -> Result<void> {
                     return Error{Fault::conflict,
                                  fmt::format("set {} in the environment of the server's service, restart "
                                              "it and attach again",
                                              wanted),
                                  std::string(owner_must_restart)};
                 },
                 .undo = {}});
}

}  // namespace

std::string without_preload(const std::string& text, const std::string& resource_id) {
    const std::size_t first = text.find(begin_of(resource_id));
    const std::size_t last = text.find(end_of(resource_id));
    if (first == std::string::npos || last == std::string::npos || last < first) return text;
    return text.substr(0, first) + text.substr(last + end_of(resource_id).size());
}

Result<void> add_preload(const PlanSite& site, AttachState& state, Changes& changes) {
    if (is_in_force(site, state)) return {};
    if (site.server.cluster.empty()) {
        add_request(state, changes);
        return {};
    }
    if (!site.words.restart)
        return Error{Fault::conflict,
                     fmt::format("the preload needs a restart of cluster {}; give --restart to have it done",
                                 site.server.cluster)};
    state.environment_file = "/etc/postgresql/" + site.server.cluster + "/environment";
    const std::string before = TRY(read_host_file(state.environment_file));
    const std::string original = without_preload(before, state.resource_id);
    if (original.find(preload_variable) != std::string::npos)
        return Error{Fault::conflict, fmt::format("{} sets {} already; set both by hand, or attach without "
                                                  "--fast=preload",
                                                  state.environment_file, preload_variable)};
    const std::string after = fmt::format("{}{}{}{} = '{}'\n{} = '{}'\n{}", original,
                                          original.empty() || original.ends_with('\n') ? "" : "\n",
                                          begin_of(state.resource_id), preload_variable, state.module,
                                          socket_variable, state.agent_socket, end_of(state.resource_id));
    state.environment_after = crypto::sha256_hex(after);
    const std::filesystem::path backup = site.states.of(state.resource_id) / "environment";
    changes.add({.what = "keep the cluster's environment as it is in " + backup.string(),
                 .shown = {},
                 .make = [backup, original] { return replace_file(backup, original); },
                 .undo = {}});
    changes.add(change_of({state.environment_file, before, after, false}));
    changes.add({.what = "restart cluster " + site.server.cluster,
                 .shown = {},
                 .make = [cluster = site.server.cluster] { return restart(cluster); },
                 .undo = {}});
    return {};
}

}  // namespace countersign::attach
