// Operations on how people come to an application and who in IAM it is.
#include "access/unique_ids.h"
#include "policy/policy.h"
#include "services/sso_admin/applications.h"

namespace countersign::sso_admin {

namespace {

constexpr std::string_view by_iam = "IAM";  // the one way in which an application proves who it is

Result<gateway::Document> actor_policy_of(store::Store& store, const model::Application& app) {
    if (app.actor_policy.empty()) return not_found("The application has no authentication method");
    const std::string shown = TRY(access::with_arns(store, app.actor_policy));
    return gateway::document_of(TRY(formats::parse_json(shown)));
}

// As it is kept: a user or role that is made anew under a name is somebody else.
Result<std::string> kept_policy(store::Store& store, const Call& call, const std::string& text) {
    const auto policy = policy::parse_lenient(text, policy::Form::resource);
    if (!policy) return invalid("ActorPolicy: " + policy.error().message);
    auto kept = access::with_ids(store, call.account(), text);
    if (!kept && kept.error().fault == Fault::invalid) return invalid("ActorPolicy: " + kept.error().message);
    return kept;
}

}  // namespace

Result<api::GetApplicationAssignmentConfigurationResponse> get_application_assignment_configuration(
    const Deps& deps, const Call& call, const api::GetApplicationAssignmentConfigurationRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    return api::GetApplicationAssignmentConfigurationResponse{found.application.record.assignment_required};
}

Result<api::PutApplicationAssignmentConfigurationResponse> put_application_assignment_configuration(
    const Deps& deps, const Call& call, const api::PutApplicationAssignmentConfigurationRequest& input) {
    const auto put = [&](FoundApplication& found) -> Result<void> {
        found.application.record.assignment_required = *input.AssignmentRequired;
        return {};
    };
    TRY(change_application(deps, call, *input.ApplicationArn, put));
    return api::PutApplicationAssignmentConfigurationResponse{};
}

Result<api::GetApplicationSessionConfigurationResponse> get_application_session_configuration(
    const Deps& deps, const Call& call, const api::GetApplicationSessionConfigurationRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    return api::GetApplicationSessionConfigurationResponse{
        found.application.record.background_sessions ? "ENABLED" : "DISABLED"};
}

Result<api::PutApplicationSessionConfigurationResponse> put_application_session_configuration(
    const Deps& deps, const Call& call, const api::PutApplicationSessionConfigurationRequest& input) {
    const auto put = [&](FoundApplication& found) -> Result<void> {
        if (input.UserBackgroundSessionApplicationStatus)
            found.application.record.background_sessions =
                *input.UserBackgroundSessionApplicationStatus == "ENABLED";
        return {};
    };
    TRY(change_application(deps, call, *input.ApplicationArn, put));
    return api::PutApplicationSessionConfigurationResponse{};
}

Result<Nothing> delete_application_authentication_method(
    const Deps& deps, const Call& call, const api::DeleteApplicationAuthenticationMethodRequest& input) {
    const auto remove = [](FoundApplication& found) -> Result<void> {
        if (found.application.record.actor_policy.empty())
            return not_found("The application has no authentication method");
        found.application.record.actor_policy.clear();
        return {};
    };
    TRY(change_application(deps, call, *input.ApplicationArn, remove));
    return Nothing{};
}

Result<api::GetApplicationAuthenticationMethodResponse> get_application_authentication_method(
    const Deps& deps, const Call& call, const api::GetApplicationAuthenticationMethodRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    api::GetApplicationAuthenticationMethodResponse answer;
    answer.AuthenticationMethod.emplace().Iam.emplace().ActorPolicy =
        TRY(actor_policy_of(deps.store, found.application.record));
    return answer;
}

Result<api::ListApplicationAuthenticationMethodsResponse> list_application_authentication_methods(
    const Deps& deps, const Call& call, const api::ListApplicationAuthenticationMethodsRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    api::ListApplicationAuthenticationMethodsResponse answer;
    if (found.application.record.actor_policy.empty()) return answer;
    api::AuthenticationMethodItem& item = answer.AuthenticationMethods.emplace_back();
    item.AuthenticationMethodType = by_iam;
    item.AuthenticationMethod.emplace().Iam.emplace().ActorPolicy =
        TRY(actor_policy_of(deps.store, found.application.record));
    return answer;
}

Result<Nothing> put_application_authentication_method(
    const Deps& deps, const Call& call, const api::PutApplicationAuthenticationMethodRequest& input) {
    const auto& iam = input.AuthenticationMethod->Iam;
    if (!iam) return invalid("AuthenticationMethod needs Iam with an ActorPolicy");
    const std::string text =
        TRY(kept_policy(deps.store, call, formats::json::serialize(gateway::json_of(*iam->ActorPolicy))));
    const auto put = [&](FoundApplication& found) -> Result<void> {
        found.application.record.actor_policy = text;
        return {};
    };
    TRY(change_application(deps, call, *input.ApplicationArn, put));
    return Nothing{};
}

}  // namespace countersign::sso_admin
