// The resources of stacks as they are shown.
#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudformation/describe.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/prepare.h"

namespace countersign::cloudformation {

namespace {

constexpr std::size_t resources_of_page = 100;
constexpr std::size_t described_at_once = 100;  // AWS's

template <class Shown>
void put_common(const model::StackResource& resource, Shown& shown) {
    shown.LogicalResourceId = resource.logical;
    if (!resource.thing.physical.empty()) shown.PhysicalResourceId = resource.thing.physical;
    shown.ResourceType = resource.thing.type;
    shown.ResourceStatus = resource.status;
    if (!resource.reason.empty()) shown.ResourceStatusReason = resource.reason;
    shown.DriftInformation.emplace();
    shown.DriftInformation->StackResourceDriftStatus = "NOT_CHECKED";
}

Result<StoredStack> stack_with(const Records& records, const api::DescribeStackResourcesInput& input) {
    if (input.StackName) return get_stack(records, *input.StackName);
    if (!input.PhysicalResourceId)
        return validation_error("Either StackName or PhysicalResourceId must be specified.");
    for (StoredStack& stack : TRY(records.all())) {
        if (stack.record.deleted) continue;
        for (const StoredResource& one : TRY(records.resources(stack.record.uuid)))
            if (one.record.thing.physical == *input.PhysicalResourceId) return std::move(stack);
    }
    return validation_error("Stack for " + printable(*input.PhysicalResourceId, 256) + " does not exist");
}

}  // namespace

Result<api::DescribeStackResourceOutput> describe_stack_resource(
    const Deps& deps, const Call& call, const api::DescribeStackResourceInput& input) {
    const Records records(deps, place_of(call));
    const StoredStack stack = TRY(get_stack(records, *input.StackName));
    for (const StoredResource& one : TRY(records.resources(stack.record.uuid))) {
        if (one.record.logical != *input.LogicalResourceId) continue;
        api::DescribeStackResourceOutput answer;
        api::StackResourceDetail& shown = answer.StackResourceDetail.emplace();
        shown.StackId = stack.record.id;
        shown.StackName = stack.record.name;
        shown.LastUpdatedTimestamp = one.record.updated;
        if (!one.record.metadata.empty()) shown.Metadata = one.record.metadata;
        put_common(one.record, shown);
        return answer;
    }
    return validation_error(fmt::format("Resource {} does not exist for stack {}",
                                        printable(*input.LogicalResourceId), stack.record.name));
}

Result<api::DescribeStackResourcesOutput> describe_stack_resources(
    const Deps& deps, const Call& call, const api::DescribeStackResourcesInput& input) {
    const Records records(deps, place_of(call));
    const StoredStack stack = TRY(stack_with(records, input));
    api::DescribeStackResourcesOutput answer;
    for (const StoredResource& one : TRY(records.resources(stack.record.uuid))) {
        if (input.LogicalResourceId && one.record.logical != *input.LogicalResourceId) continue;
        if (answer.StackResources.size() == described_at_once) break;
        api::StackResource& shown = answer.StackResources.emplace_back();
        shown.StackId = stack.record.id;
        shown.StackName = stack.record.name;
        shown.Timestamp = one.record.updated;
        put_common(one.record, shown);
    }
    return answer;
}

Result<api::ListStackResourcesOutput> list_stack_resources(const Deps& deps, const Call& call,
                                                           const api::ListStackResourcesInput& input) {
    const Records records(deps, place_of(call));
    const StoredStack stack = TRY(get_stack(records, *input.StackName));
    const std::vector<StoredResource> resources = TRY(records.resources(stack.record.uuid));
    const PageStart page = TRY(page_start(input.NextToken, resources.size(), resources_of_page));
    api::ListStackResourcesOutput answer;
    for (std::size_t i = page.first; i < page.last; ++i) {
        api::StackResourceSummary& shown = answer.StackResourceSummaries.emplace_back();
        shown.LastUpdatedTimestamp = resources[i].record.updated;
        put_common(resources[i].record, shown);
    }
    answer.NextToken = page.next;
    return answer;
}

}  // namespace countersign::cloudformation
