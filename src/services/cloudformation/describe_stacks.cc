// Stacks, their events, exports and limits, as lists.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/cloudformation_keys.h"
#include "services/cloudformation/describe.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/prepare.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

namespace {

constexpr std::size_t stacks_of_page = 50;
constexpr std::size_t items_of_page = 100;

template <class Summary>
void put_drift(Summary& summary) {
    summary.DriftInformation.emplace();
    summary.DriftInformation->StackDriftStatus = "NOT_CHECKED";
}

std::vector<StoredStack> newest_first(std::vector<StoredStack> stacks) {
    std::ranges::sort(stacks, [](const StoredStack& one, const StoredStack& other) {
        return one.record.created > other.record.created;
    });
    return stacks;
}

}  // namespace

std::vector<api::Tag> shown_tags(const std::vector<model::Tag>& tags) {
    return gateway::tags_to_api<api::Tag>(tags);
}

Result<PageStart> page_start(const std::optional<std::string>& token, std::size_t items,
                             std::size_t page_max) {
    PageStart start;
    if (token) {
        const auto first = parse_number<std::size_t>(*token);
        if (!first) return validation_error("Invalid NextToken");
        start.first = std::min(*first, items);
    }
    start.last = std::min(items, start.first + page_max);
    if (start.last < items) start.next = std::to_string(start.last);
    return start;
}

std::vector<api::Parameter> shown_parameters(const Template& source, const GivenParameters& parameters) {
    std::vector<api::Parameter> shown;
    for (const auto& [name, value] : parameters) {
        const auto declared = source.parameters.find(name);
        const bool hidden = declared == source.parameters.end() || declared->second.no_echo;
        api::Parameter& one = shown.emplace_back();
        one.ParameterKey = name;
        one.ParameterValue = hidden ? std::string(not_shown) : value;
    }
    return shown;
}

Result<api::Stack> to_api(const Records& records, const model::Stack& stack) {
    api::Stack shown;
    shown.StackId = stack.id;
    shown.StackName = stack.name;
    shown.StackStatus = stack.status;
    if (!stack.reason.empty()) shown.StackStatusReason = stack.reason;
    if (!stack.description.empty()) shown.Description = stack.description;
    shown.CreationTime = stack.created;
    shown.LastUpdatedTime = stack.updated;
    shown.DeletionTime = stack.deleted;
    shown.DisableRollback = stack.on_failure == "DO_NOTHING";
    shown.EnableTerminationProtection = stack.termination_protection;
    shown.NotificationARNs = stack.notification_arns;
    shown.Capabilities = stack.capabilities;
    shown.TimeoutInMinutes = stack.timeout_minutes;
    shown.RollbackConfiguration.emplace();
    if (!stack.role.empty()) shown.RoleARN = stack.role;
    if (!stack.change_set.empty()) shown.ChangeSetId = stack.change_set;
    put_drift(shown);
    shown.Tags = shown_tags(stack.tags);
    for (const model::StackOutput& output : stack.outputs) {
        api::Output& one = shown.Outputs.emplace_back();
        one.OutputKey = output.key;
        one.OutputValue = TRY(records.open(stack.uuid, output.sealed_value));
        if (!output.description.empty()) one.Description = output.description;
        if (!output.export_name.empty()) one.ExportName = output.export_name;
    }
    if (stack.status == "REVIEW_IN_PROGRESS") return shown;
    const auto made_of = records.source(stack.uuid);
    if (!made_of) return shown;  // it was deleted before it was made
    const model::StackSource& source = *made_of;
    const Template read = TRY(read_template(source.body));
    const GivenParameters parameters = TRY(records.open_parameters(stack.uuid, source));
    shown.Parameters = shown_parameters(read, parameters);
    return shown;
}

Result<api::DescribeStacksOutput> describe_stacks(const Deps& deps, const Call& call,
                                                  const api::DescribeStacksInput& input) {
    const Records records(deps, place_of(call));
    api::DescribeStacksOutput answer;
    if (input.StackName) {
        const StoredStack found = TRY(get_stack(records, *input.StackName));
        answer.Stacks.push_back(TRY(to_api(records, found.record)));
        return answer;
    }
    std::vector<StoredStack> stacks = newest_first(TRY(records.all()));
    std::erase_if(stacks, [](const StoredStack& one) { return one.record.deleted.has_value(); });
    const PageStart page = TRY(page_start(input.NextToken, stacks.size(), stacks_of_page));
    for (std::size_t i = page.first; i < page.last; ++i)
        answer.Stacks.push_back(TRY(to_api(records, stacks[i].record)));
    answer.NextToken = page.next;
    return answer;
}

Result<api::ListStacksOutput> list_stacks(const Deps& deps, const Call& call,
                                          const api::ListStacksInput& input) {
    const Records records(deps, place_of(call));
    std::vector<StoredStack> stacks = newest_first(TRY(records.all()));
    const auto& wanted = input.StackStatusFilter;
    std::erase_if(stacks, [&](const StoredStack& one) {
        return wanted && !wanted->empty() && std::ranges::find(*wanted, one.record.status) == wanted->end();
    });
    const PageStart page = TRY(page_start(input.NextToken, stacks.size(), items_of_page));
    api::ListStacksOutput answer;
    for (std::size_t i = page.first; i < page.last; ++i) {
        const model::Stack& stack = stacks[i].record;
        api::StackSummary& one = answer.StackSummaries.emplace_back();
        one.StackId = stack.id;
        one.StackName = stack.name;
        one.StackStatus = stack.status;
        if (!stack.reason.empty()) one.StackStatusReason = stack.reason;
        if (!stack.description.empty()) one.TemplateDescription = stack.description;
        one.CreationTime = stack.created;
        one.LastUpdatedTime = stack.updated;
        one.DeletionTime = stack.deleted;
        put_drift(one);
    }
    answer.NextToken = page.next;
    return answer;
}

Result<api::DescribeStackEventsOutput> describe_stack_events(const Deps& deps, const Call& call,
                                                             const api::DescribeStackEventsInput& input) {
    const Records records(deps, place_of(call));
    const model::Stack stack = TRY(get_stack(records, *input.StackName)).record;
    const Place& place = records.place();
    auto events = TRY(store::load_all<model::StackEvent>(
        deps.store, keys::stack_events(place.account, place.region, stack.uuid)));
    std::ranges::reverse(events);
    const PageStart page = TRY(page_start(input.NextToken, events.size(), items_of_page));
    api::DescribeStackEventsOutput answer;
    for (std::size_t i = page.first; i < page.last; ++i) {
        const model::StackEvent& event = events[i].record;
        api::StackEvent& one = answer.StackEvents.emplace_back();
        one.StackId = stack.id;
        one.StackName = stack.name;
        one.EventId = event.id;
        one.LogicalResourceId = event.logical;
        one.PhysicalResourceId = event.physical;
        one.ResourceType = event.type;
        one.Timestamp = event.at;
        one.ResourceStatus = event.status;
        if (!event.reason.empty()) one.ResourceStatusReason = event.reason;
        if (!event.token.empty()) one.ClientRequestToken = event.token;
    }
    answer.NextToken = page.next;
    return answer;
}

Result<api::ListExportsOutput> list_exports(const Deps& deps, const Call& call,
                                            const api::ListExportsInput& input) {
    const Records records(deps, place_of(call));
    const Place& place = records.place();
    const auto exports = TRY(
        store::load_all<model::StackExport>(deps.store, keys::stack_exports(place.account, place.region)));
    const PageStart page = TRY(page_start(input.NextToken, exports.size(), items_of_page));
    api::ListExportsOutput answer;
    for (std::size_t i = page.first; i < page.last; ++i) {
        const model::StackExport& exported = exports[i].record;
        api::Export& one = answer.Exports.emplace_back();
        one.Name = exported.name;
        one.ExportingStackId = exported.stack;
        one.Value = TRY(records.open(exported.uuid, exported.sealed_value));
    }
    answer.NextToken = page.next;
    return answer;
}

Result<api::ListImportsOutput> list_imports(const Deps& deps, const Call& call,
                                            const api::ListImportsInput& input) {
    const Records records(deps, place_of(call));
    api::ListImportsOutput answer;
    for (const StoredStack& stack : TRY(records.all())) {
        const auto& imports = stack.record.imports;
        if (std::ranges::find(imports, *input.ExportName) != imports.end())
            answer.Imports.push_back(stack.record.name);
    }
    if (answer.Imports.empty())
        return validation_error(
            fmt::format("Export '{}' is not imported by any stack.", printable(*input.ExportName)));
    return answer;
}

Result<api::DescribeAccountLimitsOutput> describe_account_limits(const Deps&, const Call&,
                                                                 const api::DescribeAccountLimitsInput&) {
    api::DescribeAccountLimitsOutput answer;
    const auto add = [&](const char* name, std::size_t value) {
        api::AccountLimit& one = answer.AccountLimits.emplace_back();
        one.Name = name;
        one.Value = static_cast<std::int64_t>(value);
    };
    add("StackLimit", stacks_max);
    add("StackOutputsLimit", outputs_max);
    add("StackResourcesLimit", resources_max);
    return answer;
}

}  // namespace countersign::cloudformation
