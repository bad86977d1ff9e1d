// The operations, a file a noun.
#pragma once

#include "gateway/operation.h"
#include "generated/cloudformation.h"
#include "services/cloudformation/engine/records.h"
#include "services/cloudformation/rows.h"
#include "services/cloudformation/service.h"

namespace countersign::cloudformation {

using gateway::Call;
using gateway::Nothing;

// The stack that a call names: one that is there, or by its id one that was deleted.
Result<StoredStack> get_stack(const Records& records, const std::string& name_or_id);
Result<StoredStack> get_live_stack(const Records& records, const std::string& name_or_id);

// That of a new one.
Result<void> check_stack_name(const std::string& name);
// A role that a call names for the stack: its caller must be allowed to pass it.
Result<void> check_role(const Call& call, const std::string& role);
// What an operation on a stack begins with: who acts from now on, and when that was.
void begin_operation(const Call& call, const std::optional<std::string>& token, model::Stack& stack);
// Fault::conflict: as many stacks as there may be.
Result<void> check_room(const Records& records);
// Fault::throttled: so many of the account's stacks are under way that one more has to wait.
Result<void> check_work_room(const Records& records);

// stacks.cc
Result<api::CreateStackOutput> create_stack(const Deps& deps, const Call& call,
                                            const api::CreateStackInput& input);
Result<Nothing> delete_stack(const Deps& deps, const Call& call, const api::DeleteStackInput& input);
Result<api::UpdateTerminationProtectionOutput> update_termination_protection(
    const Deps& deps, const Call& call, const api::UpdateTerminationProtectionInput& input);
Result<Nothing> set_stack_policy(const Deps& deps, const Call& call, const api::SetStackPolicyInput& input);
Result<api::GetStackPolicyOutput> get_stack_policy(const Deps& deps, const Call& call,
                                                   const api::GetStackPolicyInput& input);

// updates.cc
Result<api::UpdateStackOutput> update_stack(const Deps& deps, const Call& call,
                                            const api::UpdateStackInput& input);
Result<Nothing> cancel_update_stack(const Deps& deps, const Call& call,
                                    const api::CancelUpdateStackInput& input);
Result<api::ContinueUpdateRollbackOutput> continue_update_rollback(
    const Deps& deps, const Call& call, const api::ContinueUpdateRollbackInput& input);
Result<api::RollbackStackOutput> rollback_stack(const Deps& deps, const Call& call,
                                                const api::RollbackStackInput& input);

// describe_stacks.cc
Result<api::DescribeStacksOutput> describe_stacks(const Deps& deps, const Call& call,
                                                  const api::DescribeStacksInput& input);
Result<api::ListStacksOutput> list_stacks(const Deps& deps, const Call& call,
                                          const api::ListStacksInput& input);
Result<api::DescribeStackEventsOutput> describe_stack_events(const Deps& deps, const Call& call,
                                                             const api::DescribeStackEventsInput& input);
Result<api::ListExportsOutput> list_exports(const Deps& deps, const Call& call,
                                            const api::ListExportsInput& input);
Result<api::ListImportsOutput> list_imports(const Deps& deps, const Call& call,
                                            const api::ListImportsInput& input);
Result<api::DescribeAccountLimitsOutput> describe_account_limits(
    const Deps& deps, const Call& call, const api::DescribeAccountLimitsInput& input);

// describe_resources.cc
Result<api::DescribeStackResourceOutput> describe_stack_resource(
    const Deps& deps, const Call& call, const api::DescribeStackResourceInput& input);
Result<api::DescribeStackResourcesOutput> describe_stack_resources(
    const Deps& deps, const Call& call, const api::DescribeStackResourcesInput& input);
Result<api::ListStackResourcesOutput> list_stack_resources(const Deps& deps, const Call& call,
                                                           const api::ListStackResourcesInput& input);

// templates.cc
Result<api::ValidateTemplateOutput> validate_template(const Deps& deps, const Call& call,
                                                      const api::ValidateTemplateInput& input);
Result<api::GetTemplateOutput> get_template(const Deps& deps, const Call& call,
                                            const api::GetTemplateInput& input);
Result<api::GetTemplateSummaryOutput> get_template_summary(const Deps& deps, const Call& call,
                                                           const api::GetTemplateSummaryInput& input);

// change_sets.cc
Result<api::CreateChangeSetOutput> create_change_set(const Deps& deps, const Call& call,
                                                     const api::CreateChangeSetInput& input);
Result<api::ExecuteChangeSetOutput> execute_change_set(const Deps& deps, const Call& call,
                                                       const api::ExecuteChangeSetInput& input);
Result<api::DeleteChangeSetOutput> delete_change_set(const Deps& deps, const Call& call,
                                                     const api::DeleteChangeSetInput& input);

// describe_change_sets.cc
Result<api::DescribeChangeSetOutput> describe_change_set(const Deps& deps, const Call& call,
                                                         const api::DescribeChangeSetInput& input);
Result<api::ListChangeSetsOutput> list_change_sets(const Deps& deps, const Call& call,
                                                   const api::ListChangeSetsInput& input);

}  // namespace countersign::cloudformation
