#include "services/rds/maintenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "databases/event_log.h"
#include "databases/window.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "services/rds/pending.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::Call;

namespace {

constexpr std::string_view upgrade_action = "db-upgrade";
constexpr std::string_view other_action = "system-update";
constexpr std::array<std::string_view, 5> known_actions = {upgrade_action, other_action, "os-upgrade",
                                                           "hardware-maintenance", "ca-certificate-rotation"};
constexpr std::string_view now_opt_in = "immediate";
constexpr std::string_view later_opt_in = "next-maintenance";
constexpr std::string_view no_opt_in = "undo-opt-in";

// A database with a server of its own.
struct Maintained {
    std::string arn;
    std::string id;
    std::string_view kind;
    const model::Server& server;
    const std::string& window;
};

Maintained maintained(const Call& call, const model::DBCluster& cluster) {
    return {arn_of(call, cluster_kind, cluster.id), cluster.id, cluster_kind, cluster.server,
            cluster.maintenance_window};
}

Maintained maintained(const Call& call, const model::DBInstance& instance) {
    return {arn_of(call, instance_kind, instance.id), instance.id, instance_kind, *instance.server,
            instance.maintenance_window};
}

Error resource_not_found(std::string_view arn) {
    return Error{Fault::not_found, fmt::format("The specified resource {} was not found.", arn),
                 "ResourceNotFoundFault"};
}

api::ResourcePendingMaintenanceActions to_api(const Call& call, const Maintained& database) {
    api::ResourcePendingMaintenanceActions answer;
    answer.ResourceIdentifier = database.arn;
    const std::optional<Instant> opens = next_opening(database.window, call.now);
    for (const WaitingAction& waiting : waiting_actions(database.server)) {
        api::PendingMaintenanceAction& shown = answer.PendingMaintenanceActionDetails.emplace_back();
        shown.Action = waiting.action;
        shown.Description = waiting.description;
        shown.OptInStatus = later_opt_in;
        shown.AutoAppliedAfterDate = opens;
        shown.CurrentApplyDate = opens;
    }
    return answer;
}

// As RDS has it, an identifier in these filters may be an ARN.
Traits traits_of(const Maintained& database) {
    const std::string_view name = database.kind == cluster_kind ? "db-cluster-id" : "db-instance-id";
    return {{name, {database.id, database.arn}}};
}

void add_waiting(const Call& call, const Filters& filters, const Maintained& database,
                 std::vector<api::ResourcePendingMaintenanceActions>& all) {
    if (waiting_actions(database.server).empty() || !filters.let_through(traits_of(database))) return;
    all.push_back(to_api(call, database));
}

Result<std::vector<api::ResourcePendingMaintenanceActions>> everything_waiting(const Deps& deps,
                                                                               const Call& call,
                                                                               const Filters& filters) {
    std::vector<api::ResourcePendingMaintenanceActions> all;
    for (const auto& cluster : TRY(all_clusters(deps.store, call)))
        add_waiting(call, filters, maintained(call, cluster.record), all);
    for (const auto& instance : TRY(all_instances(deps.store, call)))
        if (instance.record.server) add_waiting(call, filters, maintained(call, instance.record), all);
    return all;
}

Result<void> check_action(const api::ApplyPendingMaintenanceActionMessage& input) {
    if (std::ranges::count(known_actions, *input.ApplyAction) == 0)
        return invalid_value(fmt::format("Invalid apply action: {}. Valid values: {}", *input.ApplyAction,
                                         fmt::join(known_actions, ", ")));
    const std::string& opt_in = *input.OptInType;
    if (opt_in != now_opt_in && opt_in != later_opt_in && opt_in != no_opt_in)
        return invalid_value(fmt::format("Invalid opt-in type: {}. Valid values: {}, {}, {}", opt_in,
                                         now_opt_in, later_opt_in, no_opt_in));
    return {};
}

// All that waits for the window was asked for by somebody, and is done then in any case.
Error not_to_be_put_off(std::string_view arn) {
    return invalid_combination(fmt::format(
        "The maintenance of {} was asked for by a modification and cannot be put off. Modify the database "
        "again, with the values that are in force, to take it back.",
        arn));
}

Error not_available(const model::DBCluster& cluster) {
    return Error{Fault::conflict,
                 fmt::format("DB Cluster {} is not currently in the available state.", cluster.id),
                 "InvalidDBClusterStateFault"};
}

Error not_available(const model::DBInstance& instance) {
    return Error{Fault::conflict,
                 fmt::format("DB instance {} is not currently in the available state.", instance.id),
                 "InvalidDBInstanceState"};
}

// Of a record that is one with a server.
template <class Record>
Result<api::ApplyPendingMaintenanceActionResult> apply_to(
    const Deps& deps, const Call& call, store::Stored<Record>& stored, model::Server& server,
    const api::ApplyPendingMaintenanceActionMessage& input) {
    if (std::ranges::count(waiting_actions(server), *input.ApplyAction, &WaitingAction::action) == 0)
        return resource_not_found(*input.ResourceIdentifier);
    if (*input.OptInType == no_opt_in) return not_to_be_put_off(*input.ResourceIdentifier);
    api::ApplyPendingMaintenanceActionResult answer;
    answer.ResourcePendingMaintenanceActions = to_api(call, maintained(call, stored.record));
    if (*input.OptInType == later_opt_in) return answer;
    if (stored.record.wish != model::Wish::available ||
        stored.record.status != model::DatabaseStatus::available)
        return not_available(stored.record);
    for (api::PendingMaintenanceAction& shown :
         answer.ResourcePendingMaintenanceActions->PendingMaintenanceActionDetails) {
        shown.OptInStatus = now_opt_in;
        shown.CurrentApplyDate = call.now;
    }
    server.pending.apply_now = true;
    stored.record.status = status_while_changing(server.pending);
    TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
    return answer;
}

// The record of a database of this account and region, whose server may be another's.
template <class Record>
Result<store::Stored<Record>> found_as(Result<store::Stored<Record>> found, std::string_view arn) {
    if (found || found.error().fault != Fault::not_found) return found;
    return resource_not_found(arn);
}

Result<store::Stored<model::DBCluster>> cluster_of(const Deps& deps, const Call& call,
                                                   const std::string& arn) {
    return found_as(find_cluster(deps.store, call, arn), arn);
}

Result<store::Stored<model::DBInstance>> instance_of(const Deps& deps, const Call& call,
                                                     const std::string& arn) {
    if (!arn.starts_with(arn_of(call, instance_kind, ""))) return resource_not_found(arn);
    return found_as(find_instance(deps.store, call, arn), arn);
}

bool is_of_cluster(const Call& call, const std::string& arn) {
    return arn.starts_with(arn_of(call, cluster_kind, ""));
}

// The ARN as it is shown, of what is there.
Result<std::string> present_resource(const Deps& deps, const Call& call, const std::string& arn) {
    if (is_of_cluster(call, arn))
        return arn_of(call, cluster_kind, TRY(cluster_of(deps, call, arn)).record.id);
    return arn_of(call, instance_kind, TRY(instance_of(deps, call, arn)).record.id);
}

Result<api::ApplyPendingMaintenanceActionResult> apply_once(
    const Deps& deps, const Call& call, const api::ApplyPendingMaintenanceActionMessage& input) {
    const std::string& arn = *input.ResourceIdentifier;
    if (is_of_cluster(call, arn)) {
        auto cluster = TRY(cluster_of(deps, call, arn));
        return apply_to(deps, call, cluster, cluster.record.server, input);
    }
    auto instance = TRY(instance_of(deps, call, arn));
    if (!instance.record.server) return resource_not_found(arn);
    return apply_to(deps, call, instance, *instance.record.server, input);
}

}  // namespace

std::vector<WaitingAction> waiting_actions(const model::Server& server) {
    std::vector<WaitingAction> waiting;
    const model::PendingChanges& pending = server.pending;
    if (pending.apply_now) return waiting;
    if (!pending.engine_version.empty())
        waiting.push_back(
            {std::string(upgrade_action), fmt::format("Upgrade of {} from {} to {}", server.engine,
                                                      server.engine_version, pending.engine_version)});
    std::vector<std::string> others;
    if (pending.iam_enabled)
        others.push_back(
            fmt::format("IAM database authentication is turned {}", *pending.iam_enabled ? "on" : "off"));
    if (!pending.master_verifier.empty()) others.emplace_back("the master user gets another password");
    if (!others.empty()) {
        std::string text = fmt::format("{}", fmt::join(others, ", and "));
        if (text.starts_with("the")) text.front() = 'T';
        waiting.push_back({std::string(other_action), std::move(text)});
    }
    return waiting;
}

std::optional<Instant> next_opening(const std::string& text, Instant now) {
    constexpr int week_minutes = 7 * 24 * 60;
    const std::optional<databases::Window> window = databases::parse_window(text);
    if (!window) return std::nullopt;
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const auto weekday = std::chrono::days(std::chrono::weekday(day).c_encoding());
    const Instant week = std::chrono::time_point_cast<Instant::duration>(day - weekday);
    const Instant last = week + std::chrono::minutes(window->last);
    Instant opens = week + std::chrono::minutes(window->first);
    // Of a window over the end of the week, the beginning may lie in the week before.
    if (window->last < window->first && now < last) opens -= std::chrono::minutes(week_minutes);
    const auto length = std::chrono::minutes((window->last - window->first + week_minutes) % week_minutes);
    return now < opens + length ? opens : opens + std::chrono::minutes(week_minutes);
}

Result<api::PendingMaintenanceActionsMessage> describe_pending_maintenance(
    const Deps& deps, const Call& call, const api::DescribePendingMaintenanceActionsMessage& input) {
    const Filters filters = TRY(Filters::read(input.Filters, {"db-cluster-id", "db-instance-id"}));
    auto all = TRY(everything_waiting(deps, call, filters));
    if (input.ResourceIdentifier) {
        const std::string arn = TRY(present_resource(deps, call, *input.ResourceIdentifier));
        std::erase_if(all, [&](const auto& one) { return *one.ResourceIdentifier != arn; });
    }
    auto shown_page = TRY(page(
        std::move(all), [](const auto& one) { return *one.ResourceIdentifier; }, input));
    api::PendingMaintenanceActionsMessage answer;
    answer.PendingMaintenanceActions = std::move(shown_page.items);
    answer.Marker = std::move(shown_page.next);
    return answer;
}

Result<api::ApplyPendingMaintenanceActionResult> apply_pending_maintenance(
    const Deps& deps, const Call& call, const api::ApplyPendingMaintenanceActionMessage& input) {
    TRY(check_action(input));
    return store::retry_races([&] { return apply_once(deps, call, input); });
}

}  // namespace countersign::rds
