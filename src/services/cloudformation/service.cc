#include "services/cloudformation/service.h"

#include "generated/cloudformation.h"
#include "services/cloudformation/operations.h"

namespace countersign::cloudformation {

namespace ops = api::ops;

gateway::Service service(const Deps& deps) {
    return gateway::Service{
        api::model,
        gateway::Locality::regional,
        api::errors,
        {
            on_stack<ops::CancelUpdateStack>(deps, cancel_update_stack),
            on_stack<ops::ContinueUpdateRollback>(
                deps, continue_update_rollback,
                {{"ClientRequestToken", "ResourcesToSkip", "RoleARN", "StackName"}}),
            on_stack<ops::CreateChangeSet>(
                deps, create_change_set,
                {{"Capabilities", "ChangeSetName", "ChangeSetType", "ClientToken", "Description",
                  "IncludeNestedStacks", "NotificationARNs", "OnStackFailure", "Parameters", "RoleARN",
                  "StackName", "Tags", "TemplateBody", "UsePreviousTemplate"}}),
            on_stack<ops::CreateStack>(
                deps, create_stack,
                {{"Capabilities", "ClientRequestToken", "DisableRollback", "EnableTerminationProtection",
                  "NotificationARNs", "OnFailure", "Parameters", "RetainExceptOnCreate", "RoleARN",
                  "StackName", "StackPolicyBody", "Tags", "TemplateBody", "TimeoutInMinutes"}}),
            on_change_set<ops::DeleteChangeSet>(deps, delete_change_set),
            on_stack<ops::DeleteStack>(deps, delete_stack,
                                       {{"ClientRequestToken", "RetainResources", "RoleARN", "StackName"}}),
            on_stack<ops::DescribeAccountLimits>(deps, describe_account_limits),
            on_change_set<ops::DescribeChangeSet>(deps, describe_change_set),
            on_stack<ops::DescribeStackEvents>(deps, describe_stack_events),
            on_stack<ops::DescribeStackResource>(deps, describe_stack_resource),
            on_stack<ops::DescribeStackResources>(deps, describe_stack_resources),
            on_stack<ops::DescribeStacks>(deps, describe_stacks),
            on_change_set<ops::ExecuteChangeSet>(deps, execute_change_set,
                                                 {{"ChangeSetName", "ClientRequestToken", "DisableRollback",
                                                   "RetainExceptOnCreate", "StackName"}}),
            on_stack<ops::GetStackPolicy>(deps, get_stack_policy),
            on_stack<ops::GetTemplate>(deps, get_template),
            on_stack<ops::GetTemplateSummary>(deps, get_template_summary,
                                              {{"StackName", "TemplateBody", "TemplateSummaryConfig"}}),
            on_stack<ops::ListChangeSets>(deps, list_change_sets),
            on_stack<ops::ListExports>(deps, list_exports),
            on_stack<ops::ListImports>(deps, list_imports),
            on_stack<ops::ListStackResources>(deps, list_stack_resources),
            on_stack<ops::ListStacks>(deps, list_stacks),
            on_stack<ops::RollbackStack>(deps, rollback_stack,
                                         {{"ClientRequestToken", "RoleARN", "StackName"}}),
            on_stack<ops::SetStackPolicy>(deps, set_stack_policy, {{"StackName", "StackPolicyBody"}}),
            on_stack<ops::UpdateStack>(
                deps, update_stack,
                {{"Capabilities", "ClientRequestToken", "DisableRollback", "NotificationARNs", "Parameters",
                  "RoleARN", "StackName", "StackPolicyBody", "Tags", "TemplateBody", "UsePreviousTemplate"}}),
            on_stack<ops::UpdateTerminationProtection>(deps, update_termination_protection),
            on_stack<ops::ValidateTemplate>(deps, validate_template, {{"TemplateBody"}}),
        }};
}

}  // namespace countersign::cloudformation
