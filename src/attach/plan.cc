#include "attach/plan.h"

#include <fmt/format.h>
#include <unistd.h>

#include "attach/hba.h"
#include "attach/host_files.h"
#include "attach/pam_service.h"
#include "attach/preload.h"
#include "base/files.h"
#include "base/text.h"
#include "client/data_dir.h"
#include "crypto/digest.h"

namespace countersign::attach {

namespace {

namespace fs = std::filesystem;

bool is_preload(const PlanSite& site) {
    return site.words.fast == "preload";
}

std::string service_of(const PlanSite& site) {
    return is_preload(site) ? preload_service : service_name(site.registered.resource_id);
}

void add_state(const PlanSite& site, const AttachState& state, bool is_new, Changes& changes) {
    changes.add(
        {.what = fmt::format("keep what is changed in {}", site.states.of(state.resource_id).string()),
         .shown = {},
         .make = [site, state] { return site.states.save(state); },
         .undo = [site, state, is_new]() -> Result<void> {
             if (is_new) return site.states.forget(state.resource_id);
             return {};
         }});
}

void add_role(const PlanSite& site, Changes& changes) {
    if (site.server.has_rds_iam) return;
    const auto execute = [address = site.address](const char* sql) -> Result<void> {
        Session session = TRY(open_session(address));
        return session.execute(sql);
    };
    changes.add({.what = "make the role rds_iam",
                 .shown = "CREATE ROLE rds_iam NOLOGIN;",
                 .make = [execute] { return execute("CREATE ROLE rds_iam NOLOGIN"); },
                 .undo = [execute] { return execute("DROP ROLE IF EXISTS rds_iam"); }});
}

Result<void> add_module(const Placement& placement, Changes& changes) {
    if (placement.from == placement.to) return {};
    const std::string bytes = TRY(read_file(placement.from));
    if (const auto there = read_file(placement.to); there && *there == bytes) return {};
    changes.add({.what = "install " + placement.to.string(),
                 .shown = {},
                 .make = [placement] { return install(placement); },
                 .undo = {}});
    return {};
}

Result<void> add_file(const std::string& file, const std::string& after, Changes& changes) {
    std::error_code absent;
    const bool exists = fs::exists(file, absent);
    const std::string before = exists ? TRY(read_host_file(file)) : std::string();
    if (!exists || before != after) changes.add(change_of({file, before, after, !exists}));
    return {};
}

Result<void> add_pam(const PlanSite& site, const AttachState& state, Changes& changes) {
    if (::geteuid() != 0)
        return Error{Fault::denied, "a PAM service needs root; run this as root, or use --fast=preload"};
    TRY(add_file(state.service_file,
                 service_text({site.registered.name, state.module, site.registered.agent_socket}), changes));
    if (site.words.fast != "other") return {};
    const std::string other = (fs::path(pam_directory) / "other").string();
    const std::string before = TRY(read_host_file(other));
    if (before == deny_only_text()) return {};
    changes.add({.what = "keep " + other,
                 .shown = {},
                 .make = [site, before] { return replace_file(site.states.pam_other(), before); },
                 .undo = {}});
    return add_file(other, deny_only_text(), changes);
}

// The backup is the file without our lines: byte for byte what the owner had.
Result<void> add_rules(const PlanSite& site, AttachState& state, Changes& changes) {
    const std::string before = TRY(read_host_file(site.server.hba_file));
    if (leaves_rules(site)) {
        if (has_block(before, site.registered.resource_id)) return {};
        state.hba_file = site.server.hba_file.string();
        state.hba_after.clear();
        state.hba_by = site.manager != nullptr ? site.manager->name : owner_by_hand().name;
        return {};
    }
    const std::string after = TRY(with_block(before, block_of(site, state.on_demand)));
    const std::string original = TRY(without_block(before, site.registered.resource_id));
    state.hba_file = site.server.hba_file.string();
    state.hba_after = crypto::sha256_hex(after);
    state.hba_by.clear();
    if (before == after) return {};
    const fs::path backup = site.states.of(state.resource_id) / "pg_hba.conf";
    changes.add({.what = "keep pg_hba.conf as it is in " + backup.string(),
                 .shown = {},
                 .make = [backup, original] { return replace_file(backup, original); },
                 .undo = {}});
    Change rules = change_of({state.hba_file, before, after, false});
    rules.undo = [address = site.address, undo = rules.undo]() -> Result<void> {
        TRY(undo());
        return reload(address);
    };
    changes.add(std::move(rules));
    changes.add({.what = "have PostgreSQL check and read its rules again",
                 .shown = "SELECT * FROM pg_hba_file_rules; SELECT pg_reload_conf();",
                 .make = [address = site.address] { return reload(address); },
                 .undo = {}});
    return {};
}

}  // namespace

bool leaves_rules(const PlanSite& site) {
    if (site.manager != nullptr || site.words.print) return true;
    databases::HbaFacts rules = site.server.rules;
    rules.has_rds_iam = true;  // it is made where it is missing
    const auto found = databases::judge_hba(rules, site.registered.resource_id);
    if (found.state != databases::HbaState::in_order) return false;
    const auto text = read_host_file(site.server.hba_file);
    return text && !has_block(*text, site.registered.resource_id);
}

HbaBlock block_of(const PlanSite& site, const std::vector<std::string>& on_demand) {
    return {site.registered.name, site.registered.resource_id, service_of(site), on_demand};
}

Result<Changes> plan(const PlanSite& site, AttachState state) {
    const bool is_new = state.resource_id.empty();
    if (state.resource_id != site.registered.resource_id) state.on_demand.clear();
    const char* library = is_preload(site) ? preload_name : module_name;
    const Placement placement = TRY(placement_of(library, site.words.module_directory));
    state.name = site.registered.name;
    state.region = site.registered.region;
    state.resource_id = site.registered.resource_id;
    state.data_directory = site.server.data_directory.string();
    state.socket_directory = site.server.socket_directory.string();
    state.port = site.server.port;
    state.dsn = site.address.dsn;
    state.agent = site.registered.agent;
    state.agent_socket = site.registered.agent_socket;
    state.module = placement.to.string();
    state.fast = site.words.fast;
    state.role_made = state.role_made || !site.server.has_rds_iam;
    if (!site.words.on_demand.databases.empty()) state.on_demand = site.words.on_demand.databases;
    if (!is_preload(site)) state.service_file = (fs::path(pam_directory) / service_of(site)).string();
    Changes work;
    add_role(site, work);
    TRY(add_users_on_demand(site.address, site.words.on_demand, work));
    TRY(add_module(placement, work));
    if (is_preload(site))
        TRY(add_preload(site, state, work));
    else
        TRY(add_pam(site, state, work));
    TRY(add_rules(site, state, work));
    Changes changes;
    if (work.empty()) return changes;
    add_state(site, state, is_new, changes);
    changes.append(std::move(work));
    return changes;
}

}  // namespace countersign::attach
