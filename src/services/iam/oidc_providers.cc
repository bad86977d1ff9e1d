// Operations on OpenID Connect providers: create, get, list, delete, client ids, thumbprints, tags.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/encoding.h"
#include "model/arn.h"
#include "model/keys.h"
#include "services/iam/change.h"
#include "services/iam/condition_keys.h"
#include "services/iam/create.h"
#include "services/iam/operation_registry.h"
#include "services/iam/tag_records.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;
using StoredProvider = store::Stored<model::OidcProvider>;

namespace {

constexpr std::size_t oidc_providers_max = 100;
constexpr std::size_t client_ids_max = 100;
constexpr std::size_t thumbprints_max = 5;
constexpr std::string_view scheme = "https://";

std::string oidc_arn_prefix(const std::string& account) {
    return model::iam_arn(account, "oidc-provider/");
}

Result<StoredProvider> find_oidc_provider(store::Store& store, const std::string& account,
                                          const std::string& arn) {
    const Error unknown{Fault::not_found, fmt::format("OpenIDConnect Provider not found for arn {}", arn),
                        "NoSuchEntity"};
    const std::string prefix = oidc_arn_prefix(account);
    if (!arn.starts_with(prefix)) return unknown;
    auto stored =
        TRY(store::load<model::OidcProvider>(store, keys::oidc_provider(account, arn.substr(prefix.size()))));
    if (!stored) return unknown;
    return *std::move(stored);
}

bool may_be_in_url(char c) {
    return c > ' ' && c < '\x7f' && std::string_view("?#@\\\"<>^`{|}").find(c) == std::string_view::npos;
}

// The URL without its scheme.
Result<std::string> checked_url(const std::string& url) {
    const bool https = lower(url.substr(0, scheme.size())) == scheme;
    const std::string rest = https ? url.substr(scheme.size()) : "";
    if (rest.empty() || rest.front() == '/' || !std::ranges::all_of(rest, may_be_in_url))
        return Error{Fault::invalid, "Invalid Open ID Connect Provider URL", "ValidationError"};
    return rest;
}

Result<void> check_client_ids(const std::vector<std::string>& ids) {
    if (ids.size() <= client_ids_max) return {};
    return Error{Fault::conflict,
                 fmt::format("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {}", client_ids_max),
                 "LimitExceeded"};
}

Result<void> check_thumbprints(const std::vector<std::string>& thumbprints) {
    if (thumbprints.size() > thumbprints_max)
        return Error{Fault::invalid, "Thumbprint list must contain fewer than 5 entries.", "InvalidInput"};
    const bool readable = std::ranges::all_of(
        thumbprints, [](const std::string& text) { return formats::from_hex(text).operator bool(); });
    if (!readable) return Error{Fault::invalid, "Thumbprint must be 40 hexadecimal digits.", "InvalidInput"};
    return {};
}

Result<void> check_oidc_quota(store::Store& store, const std::string& account) {
    const auto known = TRY(store.list(keys::oidc_providers(account), {}));
    if (known.entries.size() < oidc_providers_max) return {};
    return Error{
        Fault::conflict,
        fmt::format("Cannot exceed quota for OpenIdConnectProvidersPerAccount: {}", oidc_providers_max),
        "LimitExceeded"};
}

Result<api::CreateOpenIDConnectProviderResponse> create_oidc_provider(
    const Deps& deps, const Call& call, const api::CreateOpenIDConnectProviderRequest& input) {
    model::OidcProvider provider;
    provider.url = TRY(checked_url(*input.Url));
    provider.client_ids = input.ClientIDList.value_or(std::vector<std::string>());
    provider.thumbprints = input.ThumbprintList.value_or(std::vector<std::string>());
    provider.created = call.now;
    provider.tags = TRY(tagged({}, input.Tags.value_or(std::vector<api::Tag>())));
    TRY(check_client_ids(provider.client_ids));
    TRY(check_thumbprints(provider.thumbprints));
    TRY(check_oidc_quota(deps.store, call.account()));
    const Error taken{Fault::exists,
                      fmt::format("Provider with url {}{} already exists.", scheme, provider.url),
                      "EntityAlreadyExists"};
    TRY(store::retry_races([&] {
        return create_record(deps.store, keys::oidc_provider(call.account(), provider.url), provider, taken);
    }));
    api::CreateOpenIDConnectProviderResponse answer;
    answer.OpenIDConnectProviderArn = oidc_arn_prefix(call.account()) + provider.url;
    answer.Tags = to_api(provider.tags);
    return answer;
}

Result<api::GetOpenIDConnectProviderResponse> get_oidc_provider(
    const Deps& deps, const Call& call, const api::GetOpenIDConnectProviderRequest& input) {
    const auto stored = TRY(find_oidc_provider(deps.store, call.account(), *input.OpenIDConnectProviderArn));
    api::GetOpenIDConnectProviderResponse answer;
    answer.Url = stored.record.url;
    answer.ClientIDList = stored.record.client_ids;
    answer.ThumbprintList = stored.record.thumbprints;
    answer.CreateDate = stored.record.created;
    answer.Tags = to_api(stored.record.tags);
    return answer;
}

Result<api::ListOpenIDConnectProvidersResponse> list_oidc_providers(
    const Deps& deps, const Call& call, const api::ListOpenIDConnectProvidersRequest&) {
    api::ListOpenIDConnectProvidersResponse answer;
    for (const auto& stored :
         TRY(store::load_all<model::OidcProvider>(deps.store, keys::oidc_providers(call.account()))))
        answer.OpenIDConnectProviderList.emplace_back().Arn =
            oidc_arn_prefix(call.account()) + stored.record.url;
    return answer;
}

// As AWS documents it, deleting what is not there is no error.
Result<Nothing> delete_oidc_provider(const Deps& deps, const Call& call,
                                     const api::DeleteOpenIDConnectProviderRequest& input) {
    const auto stored = find_oidc_provider(deps.store, call.account(), *input.OpenIDConnectProviderArn);
    if (!stored && stored.error().code != "NoSuchEntity") return stored.error();
    if (stored) TRY(deps.store.commit({{}, {store::erase(stored->key)}}));
    return Nothing{};
}

Result<Nothing> add_client_id(const Deps& deps, const Call& call,
                              const api::AddClientIDToOpenIDConnectProviderRequest& input) {
    const auto add = [&](model::OidcProvider& provider, store::Transaction&) -> Result<void> {
        if (std::ranges::count(provider.client_ids, *input.ClientID) > 0) return {};
        provider.client_ids.push_back(*input.ClientID);
        return check_client_ids(provider.client_ids);
    };
    return change_record<find_oidc_provider>(deps, call, *input.OpenIDConnectProviderArn, add);
}

Result<Nothing> remove_client_id(const Deps& deps, const Call& call,
                                 const api::RemoveClientIDFromOpenIDConnectProviderRequest& input) {
    const auto remove = [&](model::OidcProvider& provider, store::Transaction&) -> Result<void> {
        std::erase(provider.client_ids, *input.ClientID);
        return {};
    };
    return change_record<find_oidc_provider>(deps, call, *input.OpenIDConnectProviderArn, remove);
}

Result<Nothing> update_thumbprints(const Deps& deps, const Call& call,
                                   const api::UpdateOpenIDConnectProviderThumbprintRequest& input) {
    TRY(check_thumbprints(*input.ThumbprintList));
    const auto replace = [&](model::OidcProvider& provider, store::Transaction&) -> Result<void> {
        provider.thumbprints = *input.ThumbprintList;
        return {};
    };
    return change_record<find_oidc_provider>(deps, call, *input.OpenIDConnectProviderArn, replace);
}

Result<Nothing> tag_oidc_provider(const Deps& deps, const Call& call,
                                  const api::TagOpenIDConnectProviderRequest& input) {
    return tag_record<find_oidc_provider>(deps, call, *input.OpenIDConnectProviderArn, *input.Tags);
}

Result<Nothing> untag_oidc_provider(const Deps& deps, const Call& call,
                                    const api::UntagOpenIDConnectProviderRequest& input) {
    return untag_record<find_oidc_provider>(deps, call, *input.OpenIDConnectProviderArn, *input.TagKeys);
}

Result<api::ListOpenIDConnectProviderTagsResponse> list_oidc_tags(
    const Deps& deps, const Call& call, const api::ListOpenIDConnectProviderTagsRequest& input) {
    const auto stored = TRY(find_oidc_provider(deps.store, call.account(), *input.OpenIDConnectProviderArn));
    return tags_page<api::ListOpenIDConnectProviderTagsResponse>(stored.record.tags, input);
}

namespace ops = api::ops;

std::vector<std::string> created_oidc_provider(const Call& call,
                                               const api::CreateOpenIDConnectProviderRequest& input) {
    const auto url = checked_url(*input.Url);
    return {oidc_arn_prefix(call.account()) + (url ? *url : "*")};
}

template <class Op>
gateway::Operation on_oidc_provider(const Deps& deps, Function<Op> function) {
    const auto resources = [](const Call&, const typename Op::Input& input) {
        return std::vector<std::string>{*input.OpenIDConnectProviderArn};
    };
    const auto find = [&store = deps.store](const Call& call, const typename Op::Input& input) {
        return find_oidc_provider(store, call.account(), *input.OpenIDConnectProviderArn);
    };
    return with_tags<Op>(row<Op>(deps, resources, function), find);
}

}  // namespace

Rows oidc_provider_operations(const Deps& deps) {
    using Create = ops::CreateOpenIDConnectProvider;
    return {
        on_oidc_provider<ops::AddClientIDToOpenIDConnectProvider>(deps, add_client_id),
        with_request_tags<Create>(row<Create>(deps, created_oidc_provider, create_oidc_provider)),
        on_oidc_provider<ops::DeleteOpenIDConnectProvider>(deps, delete_oidc_provider),
        on_oidc_provider<ops::GetOpenIDConnectProvider>(deps, get_oidc_provider),
        on_oidc_provider<ops::ListOpenIDConnectProviderTags>(deps, list_oidc_tags),
        on_all_resources<ops::ListOpenIDConnectProviders>(deps, list_oidc_providers),
        on_oidc_provider<ops::RemoveClientIDFromOpenIDConnectProvider>(deps, remove_client_id),
        on_oidc_provider<ops::TagOpenIDConnectProvider>(deps, tag_oidc_provider),
        on_oidc_provider<ops::UntagOpenIDConnectProvider>(deps, untag_oidc_provider),
        on_oidc_provider<ops::UpdateOpenIDConnectProviderThumbprint>(deps, update_thumbprints),
    };
}

}  // namespace countersign::iam
