// Operations on the access scopes of an application: what its tokens are good for, and at which applications.
#include <algorithm>

#include "base/text.h"
#include "services/sso_admin/applications.h"

namespace countersign::sso_admin {

namespace ic = identity_center;

namespace {

constexpr std::size_t parts_max = 3;
constexpr std::size_t part_bytes_max = 50;
constexpr std::size_t scopes_max = 50;

// One to three words with colons between.
bool is_scope(const std::string& text) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    const std::vector<std::string_view> parts = split(text, ':');
    return parts.size() <= parts_max && std::ranges::all_of(parts, [&](std::string_view part) {
               return !part.empty() && part.size() <= part_bytes_max &&
                      part.find_first_not_of(allowed) == std::string_view::npos;
           });
}

auto named(const std::string& scope) {
    return [&scope](const model::AccessScope& one) { return one.scope == scope; };
}

Error no_scope() {
    return not_found("The application has no such access scope");
}

Result<void> check_targets(const Deps& deps, const FoundApplication& of,
                           const std::vector<std::string>& targets) {
    const model::IdentityCenter& instance = of.instance;
    for (const std::string& target : targets) {
        if (target == ic::instance_arn(instance)) continue;
        if (target == ic::application_arn(instance, of.application.record.id))
            return invalid("An application is no target of its own scope");
        const auto found = TRY(ic::find_application(deps.store, target));
        if (!found || found->instance.id != instance.id)
            return not_found("Could not find the target " + printable(target, store::key_bytes_max));
    }
    return {};
}

}  // namespace

Result<Nothing> put_application_access_scope(const Deps& deps, const Call& call,
                                             const api::PutApplicationAccessScopeRequest& input) {
    if (!is_scope(*input.Scope)) return invalid("Scope is one to three words with colons between them");
    const auto targets = input.AuthorizedTargets.value_or(std::vector<std::string>());
    const auto put = [&](FoundApplication& found) -> Result<void> {
        TRY(check_targets(deps, found, targets));
        auto& scopes = found.application.record.scopes;
        std::erase_if(scopes, named(*input.Scope));
        if (scopes.size() >= scopes_max)
            return Error{Fault::conflict, "An application has at most 50 access scopes",
                         "ServiceQuotaExceededException"};
        scopes.push_back({*input.Scope, targets});
        return {};
    };
    TRY(change_application(deps, call, *input.ApplicationArn, put));
    return Nothing{};
}

Result<Nothing> delete_application_access_scope(const Deps& deps, const Call& call,
                                                const api::DeleteApplicationAccessScopeRequest& input) {
    const auto remove = [&](FoundApplication& found) -> Result<void> {
        if (std::erase_if(found.application.record.scopes, named(*input.Scope)) == 0) return no_scope();
        return {};
    };
    TRY(change_application(deps, call, *input.ApplicationArn, remove));
    return Nothing{};
}

Result<api::GetApplicationAccessScopeResponse> get_application_access_scope(
    const Deps& deps, const Call& call, const api::GetApplicationAccessScopeRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    const auto& scopes = found.application.record.scopes;
    const auto there = std::ranges::find_if(scopes, named(*input.Scope));
    if (there == scopes.end()) return no_scope();
    return api::GetApplicationAccessScopeResponse{there->scope, there->targets};
}

Result<api::ListApplicationAccessScopesResponse> list_application_access_scopes(
    const Deps& deps, const Call& call, const api::ListApplicationAccessScopesRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    const auto place = [](const model::AccessScope& one) { return one.scope; };
    const auto shown = TRY(page(found.application.record.scopes, place, input));
    api::ListApplicationAccessScopesResponse answer;
    for (const model::AccessScope& one : shown.items) answer.Scopes.push_back({one.scope, one.targets});
    answer.NextToken = shown.next;
    return answer;
}

}  // namespace countersign::sso_admin
