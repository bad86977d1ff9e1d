// Operations on applications: create, describe, list, update, delete; and their one provider.
#include "services/sso_admin/applications.h"

#include "base/text.h"
#include "formats/encoding.h"
#include "model/arn.h"
#include "model/identity_center_keys.h"

namespace countersign::sso_admin {

namespace ic = identity_center;
namespace keys = model::keys;

namespace {

constexpr std::size_t id_number_bytes = 8;

// Applications that an administrator makes are of this provider; those of other services are AWS's own.
std::string provider_arn() {
    return model::global_arn("sso", "aws", "applicationProvider/custom");
}

template <class Shown>
void put_provider(Shown& shown) {
    shown.ApplicationProviderArn = provider_arn();
    shown.FederationProtocol = "OAUTH";
    api::DisplayData& display = shown.DisplayData.emplace();
    display.DisplayName = "Custom application";
    display.Description = "An application of one's own, which gets tokens by OAuth 2.0";
}

template <class Shown>
void put_application(Shown& shown, const model::IdentityCenter& instance, const model::Application& app) {
    shown.ApplicationArn = ic::application_arn(instance, app.id);
    shown.ApplicationProviderArn = provider_arn();
    shown.Name = app.name;
    shown.ApplicationAccount = instance.account;
    shown.InstanceArn = ic::instance_arn(instance);
    shown.IdentityStoreArn = ic::identity_store_arn(instance);
    shown.Status = app.enabled ? "ENABLED" : "DISABLED";
    api::PortalOptions& portal = shown.PortalOptions.emplace();
    portal.Visibility = app.visible ? "ENABLED" : "DISABLED";
    if (!app.origin.empty()) {
        api::SignInOptions& sign_in = portal.SignInOptions.emplace();
        sign_in.Origin = app.origin;
        if (!app.url.empty()) sign_in.ApplicationUrl = app.url;
    }
    if (!app.description.empty()) shown.Description = app.description;
    shown.CreatedDate = app.created;
    shown.CreatedFrom = app.created_from;
}

template <class Options>
Result<void> take_sign_in(model::Application& app, const std::optional<Options>& portal) {
    if (!portal || !portal->SignInOptions) return {};
    app.origin = *portal->SignInOptions->Origin;
    app.url = portal->SignInOptions->ApplicationUrl.value_or("");
    if (app.origin == "APPLICATION" && app.url.empty())
        return invalid("ApplicationUrl is needed where people begin at the application");
    return {};
}

}  // namespace

Result<FoundApplication> application_of(store::Store& store, const Call& call, const std::string& arn) {
    auto found = TRY(ic::find_application(store, arn));
    if (!found || found->instance.account != call.account())
        return not_found("Could not find the application " + printable(arn, store::key_bytes_max));
    return *std::move(found);
}

Result<api::CreateApplicationResponse> create_application(const Deps& deps, const Call& call,
                                                          const api::CreateApplicationRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    if (*input.ApplicationProviderArn != provider_arn())
        return not_found("Could not find the application provider; there is " + provider_arn());
    model::Application app;
    app.id = "apl-" + formats::hex(deps.random.bytes(id_number_bytes));
    app.name = *input.Name;
    app.description = input.Description.value_or("");
    app.enabled = input.Status.value_or("ENABLED") == "ENABLED";
    app.created = call.now;
    app.created_from = call.region;
    app.tags = TRY(given_tags(input.Tags));
    if (input.PortalOptions) app.visible = input.PortalOptions->Visibility.value_or("ENABLED") == "ENABLED";
    TRY(take_sign_in(app, input.PortalOptions));
    TRY(deps.store.commit({{}, {store::put(keys::application(instance.identity_store, app.id), app)}}));
    api::CreateApplicationResponse answer;
    answer.ApplicationArn = ic::application_arn(instance, app.id);
    return answer;
}

Result<api::DeleteApplicationResponse> delete_application(const Deps& deps, const Call& call,
                                                          const api::DeleteApplicationRequest& input) {
    return store::retry_races([&]() -> Result<api::DeleteApplicationResponse> {
        const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
        const std::string& store_id = found.instance.identity_store;
        const auto assignments = TRY(store::load_all<model::ApplicationAssignment>(
            deps.store, keys::application_assignments(store_id, found.application.record.id)));
        for (const auto& one : assignments)
            TRY(deps.store.commit({{found.application.unchanged()}, ic::unassigned(store_id, one.record)}));
        TRY(deps.store.commit({{found.application.unchanged()}, {store::erase(found.application.key)}}));
        return api::DeleteApplicationResponse{};
    });
}

Result<api::DescribeApplicationResponse> describe_application(const Deps& deps, const Call& call,
                                                              const api::DescribeApplicationRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    api::DescribeApplicationResponse answer;
    put_application(answer, found.instance, found.application.record);
    return answer;
}

Result<api::ListApplicationsResponse> list_applications(const Deps& deps, const Call& call,
                                                        const api::ListApplicationsRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    const auto stored =
        TRY(store::load_all<model::Application>(deps.store, keys::applications(instance.identity_store)));
    std::vector<api::Application> all;
    const bool wanted =
        !input.Filter || (input.Filter->ApplicationAccount.value_or(instance.account) == instance.account &&
                          input.Filter->ApplicationProvider.value_or(provider_arn()) == provider_arn());
    for (const auto& one : stored)
        if (wanted) put_application(all.emplace_back(), instance, one.record);
    const auto place = [](const api::Application& one) { return *one.ApplicationArn; };
    const auto shown = TRY(page(std::move(all), place, input));
    return api::ListApplicationsResponse{shown.items, shown.next};
}

Result<api::UpdateApplicationResponse> update_application(const Deps& deps, const Call& call,
                                                          const api::UpdateApplicationRequest& input) {
    const auto update = [&](FoundApplication& found) -> Result<void> {
        model::Application& app = found.application.record;
        app.name = input.Name.value_or(app.name);
        app.description = input.Description.value_or(app.description);
        if (input.Status) app.enabled = *input.Status == "ENABLED";
        return take_sign_in(app, input.PortalOptions);
    };
    TRY(change_application(deps, call, *input.ApplicationArn, update));
    return api::UpdateApplicationResponse{};
}

Result<api::DescribeApplicationProviderResponse> describe_application_provider(
    const Deps&, const Call&, const api::DescribeApplicationProviderRequest& input) {
    if (*input.ApplicationProviderArn != provider_arn())
        return not_found("Could not find the application provider; there is " + provider_arn());
    api::DescribeApplicationProviderResponse answer;
    put_provider(answer);
    return answer;
}

Result<api::ListApplicationProvidersResponse> list_application_providers(
    const Deps&, const Call&, const api::ListApplicationProvidersRequest&) {
    api::ListApplicationProvidersResponse answer;
    put_provider(answer.ApplicationProviders.emplace_back());
    return answer;
}

}  // namespace countersign::sso_admin
