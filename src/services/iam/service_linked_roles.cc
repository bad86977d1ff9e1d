// Operations on roles that belong to a service: made by its name, changed by nobody, deleted by a task that
// is done when it is asked for. Source: IAM User Guide, "Create a service-linked role".
#include <fmt/format.h>

#include <cctype>

#include "access/unique_ids.h"
#include "base/text.h"
#include "model/arn.h"
#include "model/ids.h"
#include "model/keys.h"
#include "services/iam/condition_keys.h"
#include "services/iam/create.h"
#include "services/iam/entities.h"
#include "services/iam/linked_services.h"
#include "services/iam/operation_registry.h"
#include "services/iam/roles.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;

namespace {

constexpr std::string_view task_prefix = "task/aws-service-role/";

// some-thing → SomeThing
std::string capitalised(std::string_view service) {
    std::string name;
    bool starts = true;
    for (const char c : service.substr(0, service.find('.'))) {
        if (c != '-') name += starts ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        starts = c == '-';
    }
    return name;
}

std::string role_name(std::string_view service, const std::optional<std::string>& custom_suffix) {
    const LinkedService* known = find_linked_service(service);
    const std::string suffix = custom_suffix ? '_' + *custom_suffix : "";
    return "AWSServiceRoleFor" + (known != nullptr ? std::string(known->role) : capitalised(service)) +
           suffix;
}

std::string role_path(const std::string& service) {
    return "/aws-service-role/" + service + '/';
}

// The name of the role that is asked for.
Result<std::string> new_role_name(const api::CreateServiceLinkedRoleRequest& input) {
    constexpr std::size_t role_name_max = 64;
    const Error no_service{
        Fault::denied,
        fmt::format("{} is not a valid AWS service name (Service Principal)", *input.AWSServiceName),
        "AccessDenied"};
    const auto service = linked_service_name(*input.AWSServiceName);
    if (!service) return no_service;
    if (input.CustomSuffix && !takes_suffix(*service))
        return Error{Fault::invalid,
                     fmt::format("Custom suffix is not allowed for {}", *input.AWSServiceName),
                     "InvalidInput"};
    std::string name = role_name(*service, input.CustomSuffix);
    if (name.size() > role_name_max) return no_service;
    return name;
}

// The policy that AWS gives the role of a service that is known.
model::AttachedPolicies policies_of(const std::string& service) {
    const LinkedService* known = find_linked_service(linked_service_name(service).value_or(""));
    if (known == nullptr) return {};
    return {model::iam_arn("aws", fmt::format("policy/aws-service-role/{}", known->policy))};
}

Result<api::CreateServiceLinkedRoleResponse> create_service_linked_role(
    const Deps& deps, const Call& call, const api::CreateServiceLinkedRoleRequest& input) {
    model::Role role;
    role.name = TRY(new_role_name(input));
    role.path = role_path(*input.AWSServiceName);
    role.id = model::new_unique_id("AROA", deps.random);
    role.created = call.now;
    role.description = input.Description.value_or("");
    role.linked_service = *input.AWSServiceName;
    role.trust_policy = fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",)"
                                    R"("Principal":{{"Service":"{}"}},"Action":"sts:AssumeRole"}}]}})",
                                    role.linked_service);
    role.attached_policies = policies_of(role.linked_service);
    const Error taken{
        Fault::invalid,
        fmt::format("Service role name {} has been taken in this account, please try a different "
                    "suffix.",
                    role.name),
        "InvalidInput"};
    TRY(store::retry_races([&] {
        return create_record(deps.store, keys::role(call.account(), role.name), role, taken,
                             {{}, {access::noted_id(call.account(), role)}});
    }));
    api::CreateServiceLinkedRoleResponse answer;
    answer.Role = TRY(created_to_api(deps.store, call.account(), role));
    return answer;
}

Result<api::DeleteServiceLinkedRoleResponse> delete_service_linked_role(
    const Deps& deps, const Call& call, const api::DeleteServiceLinkedRoleRequest& input) {
    return store::retry_races([&]() -> Result<api::DeleteServiceLinkedRoleResponse> {
        const auto stored = TRY(find_role(deps.store, call.account(), *input.RoleName));
        const model::Role& role = stored.record;
        if (!role.path.starts_with("/aws-service-role/"))
            return Error{Fault::not_found,
                         fmt::format("The service-linked role with name {} cannot be found.", role.name),
                         "NoSuchEntity"};
        TRY(deps.store.commit(
            {{stored.unchanged()}, {store::erase(stored.key), access::forgotten_id(role.id)}}));
        api::DeleteServiceLinkedRoleResponse answer;
        answer.DeletionTaskId = fmt::format("{}{}/{}/{}", task_prefix, role.linked_service, role.name,
                                            crypto::random_uuid(deps.random));
        return answer;
    });
}

// SERVICE, ROLE and a UUID behind the prefix; nothing for what no deletion was ever called.
std::vector<std::string_view> parts_of_task(std::string_view task) {
    if (!task.starts_with(task_prefix)) return {};
    std::vector<std::string_view> parts = split(task.substr(task_prefix.size()), '/');
    if (parts.size() != 3 ||
        parts[2].size() != std::string_view("00000000-0000-0000-0000-000000000000").size())
        return {};
    return parts;
}

Result<api::GetServiceLinkedRoleDeletionStatusResponse> get_service_linked_role_deletion_status(
    const Deps&, const Call&, const api::GetServiceLinkedRoleDeletionStatusRequest& input) {
    if (parts_of_task(*input.DeletionTaskId).empty())
        return Error{Fault::not_found,
                     fmt::format("The deletion task with id {} cannot be found.", *input.DeletionTaskId),
                     "NoSuchEntity"};
    api::GetServiceLinkedRoleDeletionStatusResponse answer;
    answer.Status = "SUCCEEDED";
    return answer;
}

namespace ops = api::ops;

std::vector<std::string> created_linked_role(const Call& call,
                                             const api::CreateServiceLinkedRoleRequest& input) {
    const Result<std::string> name = new_role_name(input);
    return below_account(call, "role", role_path(*input.AWSServiceName), name ? *name : "*");
}

std::vector<std::string> deleted_role(const Call& call,
                                      const api::GetServiceLinkedRoleDeletionStatusRequest& input) {
    const std::vector<std::string_view> parts = parts_of_task(*input.DeletionTaskId);
    if (parts.empty()) return below_account(call, "role", "/", "*");
    return below_account(call, "role", role_path(std::string(parts[0])), std::string(parts[1]));
}

void put_service(const Call&, const api::CreateServiceLinkedRoleRequest& input, policy::Context& context) {
    context["iam:awsservicename"] = {*input.AWSServiceName};
}

}  // namespace

Rows service_linked_role_operations(const Deps& deps) {
    using Create = ops::CreateServiceLinkedRole;
    return {
        with_keys<Create>(row<Create>(deps, created_linked_role, create_service_linked_role), put_service),
        on_role<ops::DeleteServiceLinkedRole>(deps, delete_service_linked_role),
        row<ops::GetServiceLinkedRoleDeletionStatus>(deps, deleted_role,
                                                     get_service_linked_role_deletion_status),
    };
}

}  // namespace countersign::iam
