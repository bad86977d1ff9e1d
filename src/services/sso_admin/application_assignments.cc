// Operations on who may use an application.
#include <utility>

#include "base/text.h"
#include "model/identity_center_keys.h"
#include "services/sso_admin/applications.h"
#include "services/sso_admin/assignees.h"

namespace countersign::sso_admin {

namespace ic = identity_center;
namespace keys = model::keys;

namespace {

template <class Input>
model::ApplicationAssignment application_assignment_in(const FoundApplication& found, const Input& input) {
    return {found.application.record.id, kind_of(*input.PrincipalType), lower(*input.PrincipalId)};
}

template <class Row>
void put_row(Row& row, const model::IdentityCenter& instance, const model::ApplicationAssignment& one) {
    row.ApplicationArn = ic::application_arn(instance, one.application);
    row.PrincipalType = kind_text(one.kind);
    row.PrincipalId = one.assignee;
}

template <class Answer>
void put_application_rows(Answer& answer, const model::IdentityCenter& instance,
                          const gateway::PageOf<model::ApplicationAssignment>& shown) {
    for (const model::ApplicationAssignment& one : shown.items)
        put_row(answer.ApplicationAssignments.emplace_back(), instance, one);
    answer.NextToken = shown.next;
}

Error no_assignment() {
    return not_found("There is no such assignment");
}

}  // namespace

Result<api::CreateApplicationAssignmentResponse> create_application_assignment(
    const Deps& deps, const Call& call, const api::CreateApplicationAssignmentRequest& input) {
    return store::retry_races([&]() -> Result<api::CreateApplicationAssignmentResponse> {
        const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
        const std::string& store_id = found.instance.identity_store;
        const auto wanted = application_assignment_in(found, input);
        auto transaction = TRY(with_assignee(deps.store, store_id, wanted.kind, wanted.assignee));
        if (!transaction)
            return not_found(kind_text(wanted.kind) + " " + printable(wanted.assignee, store::key_bytes_max) +
                             " does not exist");
        transaction->guards.push_back(found.application.unchanged());
        transaction->writes.push_back(store::put(found.application.key, found.application.record));
        for (store::Write& write : ic::assigned(store_id, wanted))
            transaction->writes.push_back(std::move(write));
        TRY(deps.store.commit(*transaction));
        return api::CreateApplicationAssignmentResponse{};
    });
}

Result<api::DeleteApplicationAssignmentResponse> delete_application_assignment(
    const Deps& deps, const Call& call, const api::DeleteApplicationAssignmentRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    const auto present = application_assignment_in(found, input);
    const auto there = TRY(deps.store.get(ic::assignment_key(found.instance.identity_store, present)));
    if (!there) return no_assignment();
    TRY(deps.store.commit({{}, ic::unassigned(found.instance.identity_store, present)}));
    return api::DeleteApplicationAssignmentResponse{};
}

Result<api::DescribeApplicationAssignmentResponse> describe_application_assignment(
    const Deps& deps, const Call& call, const api::DescribeApplicationAssignmentRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    const auto wanted = application_assignment_in(found, input);
    const auto there = TRY(deps.store.get(ic::assignment_key(found.instance.identity_store, wanted)));
    if (!there) return no_assignment();
    api::DescribeApplicationAssignmentResponse answer;
    put_row(answer, found.instance, wanted);
    return answer;
}

Result<api::ListApplicationAssignmentsResponse> list_application_assignments(
    const Deps& deps, const Call& call, const api::ListApplicationAssignmentsRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    auto stored = TRY(store::load_all<model::ApplicationAssignment>(
        deps.store,
        keys::application_assignments(found.instance.identity_store, found.application.record.id)));
    std::vector<model::ApplicationAssignment> all;
    all.reserve(stored.size());
    for (auto& one : stored) all.push_back(std::move(one.record));
    const auto place = [](const model::ApplicationAssignment& one) { return one.assignee; };
    const auto shown = TRY(page(std::move(all), place, input));
    api::ListApplicationAssignmentsResponse answer;
    put_application_rows(answer, found.instance, shown);
    return answer;
}

Result<api::ListApplicationAssignmentsForPrincipalResponse> list_application_assignments_for_principal(
    const Deps& deps, const Call& call, const api::ListApplicationAssignmentsForPrincipalRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    auto all =
        TRY(ic::applications_of_assignee(deps.store, instance.identity_store, lower(*input.PrincipalId)));
    if (input.Filter && input.Filter->ApplicationArn)
        std::erase_if(all, [&](const model::ApplicationAssignment& one) {
            return ic::application_arn(instance, one.application) != *input.Filter->ApplicationArn;
        });
    const auto place = [](const model::ApplicationAssignment& one) { return one.application; };
    const auto shown = TRY(page(std::move(all), place, input));
    api::ListApplicationAssignmentsForPrincipalResponse answer;
    put_application_rows(answer, instance, shown);
    return answer;
}

}  // namespace countersign::sso_admin
