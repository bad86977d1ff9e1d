// Change sets as they are shown.
#include "model/cloudformation_keys.h"
#include "services/cloudformation/change_sets.h"
#include "services/cloudformation/describe.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

namespace {

constexpr std::size_t changes_of_page = 100;

api::Change to_api(const model::ResourceChange& change) {
    api::Change shown;
    shown.Type = "Resource";
    api::ResourceChange& of = shown.ResourceChange.emplace();
    of.Action = change.action;
    of.LogicalResourceId = change.logical;
    if (!change.physical.empty()) of.PhysicalResourceId = change.physical;
    of.ResourceType = change.type;
    if (!change.replacement.empty()) of.Replacement = change.replacement;
    if (change.action == "Modify") of.Scope = {"Properties"};
    const Type* type = find_type(change.type);
    for (const std::string& name : change.properties) {
        api::ResourceChangeDetail& detail = of.Details.emplace_back();
        detail.Evaluation = "Static";
        detail.ChangeSource = "DirectModification";
        detail.Target.emplace();
        detail.Target->Attribute = "Properties";
        detail.Target->Name = name;
        const Property* property = type != nullptr ? find_property(*type, name) : nullptr;
        const bool anew = property != nullptr && property->change == Change::replacement;
        detail.Target->RequiresRecreation = anew ? "Always" : "Never";
    }
    return shown;
}

}  // namespace

Result<api::DescribeChangeSetOutput> describe_change_set(const Deps& deps, const Call& call,
                                                         const api::DescribeChangeSetInput& input) {
    const Records records(deps, place_of(call));
    const FoundChangeSet found =
        TRY(find_change_set(deps, call, "DescribeChangeSet", {input.StackName, *input.ChangeSetName}));
    const model::ChangeSet& set = found.set.record;
    const model::Stack& stack = found.stack.record;
    api::DescribeChangeSetOutput answer;
    answer.ChangeSetId = set.id;
    answer.ChangeSetName = set.name;
    answer.StackId = stack.id;
    answer.StackName = stack.name;
    if (!set.description.empty()) answer.Description = set.description;
    answer.Status = set.status;
    if (!set.reason.empty()) answer.StatusReason = set.reason;
    answer.ExecutionStatus = set.execution;
    answer.CreationTime = set.created;
    answer.Capabilities = set.capabilities;
    answer.NotificationARNs = set.notification_arns;
    answer.Tags = shown_tags(set.source.tags);
    answer.RollbackConfiguration.emplace();
    answer.IncludeNestedStacks = false;
    const Template source = TRY(read_template(set.source.body));
    answer.Parameters = shown_parameters(source, TRY(records.open_parameters(stack.uuid, set.source)));
    const PageStart page = TRY(page_start(input.NextToken, set.changes.size(), changes_of_page));
    for (std::size_t i = page.first; i < page.last; ++i) answer.Changes.push_back(to_api(set.changes[i]));
    answer.NextToken = page.next;
    return answer;
}

Result<api::ListChangeSetsOutput> list_change_sets(const Deps& deps, const Call& call,
                                                   const api::ListChangeSetsInput& input) {
    const Records records(deps, place_of(call));
    const model::Stack stack = TRY(get_stack(records, *input.StackName)).record;
    const Place& place = records.place();
    api::ListChangeSetsOutput answer;
    for (const auto& set : TRY(store::load_all<model::ChangeSet>(
             deps.store, keys::change_sets(place.account, place.region, stack.uuid)))) {
        api::ChangeSetSummary& one = answer.Summaries.emplace_back();
        one.StackId = stack.id;
        one.StackName = stack.name;
        one.ChangeSetId = set.record.id;
        one.ChangeSetName = set.record.name;
        one.Status = set.record.status;
        if (!set.record.reason.empty()) one.StatusReason = set.record.reason;
        one.ExecutionStatus = set.record.execution;
        one.CreationTime = set.record.created;
        if (!set.record.description.empty()) one.Description = set.record.description;
    }
    return answer;
}

}  // namespace countersign::cloudformation
