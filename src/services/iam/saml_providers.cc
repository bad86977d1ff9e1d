// Operations on SAML providers: create, get, list, update, delete, tags. The metadata document is kept as it
// came, once it is known to be one.
#include <fmt/format.h>

#include "federation/saml.h"
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
using StoredProvider = store::Stored<model::SamlProvider>;

namespace {

constexpr std::size_t saml_providers_max = 100;

std::string saml_arn_prefix(const std::string& account) {
    return model::iam_arn(account, "saml-provider/");
}

Result<StoredProvider> find_saml_provider(store::Store& store, const std::string& account,
                                          const std::string& arn) {
    const Error unknown{Fault::not_found, fmt::format("Manifest not found for arn {}", arn), "NoSuchEntity"};
    const std::string prefix = saml_arn_prefix(account);
    if (!arn.starts_with(prefix)) return unknown;
    auto stored =
        TRY(store::load<model::SamlProvider>(store, keys::saml_provider(account, arn.substr(prefix.size()))));
    if (!stored || prefix + stored->record.name != arn) return unknown;
    return *std::move(stored);
}

Result<void> put_metadata(model::SamlProvider& provider, const std::string& document, Instant now) {
    const federation::Metadata metadata = TRY(federation::parse_metadata(document, now));
    provider.metadata = document;
    provider.valid_until = metadata.valid_until;
    return {};
}

// AWS gives a century to metadata that does not end.
Instant valid_until(const model::SamlProvider& provider) {
    return provider.valid_until.value_or(provider.created + std::chrono::years(100));
}

Result<void> check_saml_quota(store::Store& store, const std::string& account) {
    const auto known = TRY(store.list(keys::saml_providers(account), {}));
    if (known.entries.size() < saml_providers_max) return {};
    return Error{Fault::conflict,
                 fmt::format("Cannot exceed quota for SAMLProvidersPerAccount: {}", saml_providers_max),
                 "LimitExceeded"};
}

Result<api::CreateSAMLProviderResponse> create_saml_provider(const Deps& deps, const Call& call,
                                                             const api::CreateSAMLProviderRequest& input) {
    model::SamlProvider provider;
    provider.name = *input.Name;
    provider.created = call.now;
    provider.tags = TRY(tagged({}, input.Tags.value_or(std::vector<api::Tag>())));
    TRY(put_metadata(provider, *input.SAMLMetadataDocument, call.now));
    TRY(check_saml_quota(deps.store, call.account()));
    const Error taken{Fault::exists, fmt::format("SAML Provider with name {} already exists.", provider.name),
                      "EntityAlreadyExists"};
    TRY(store::retry_races([&] {
        return create_record(deps.store, keys::saml_provider(call.account(), provider.name), provider, taken);
    }));
    api::CreateSAMLProviderResponse answer;
    answer.SAMLProviderArn = saml_arn_prefix(call.account()) + provider.name;
    answer.Tags = to_api(provider.tags);
    return answer;
}

Result<api::GetSAMLProviderResponse> get_saml_provider(const Deps& deps, const Call& call,
                                                       const api::GetSAMLProviderRequest& input) {
    const auto stored = TRY(find_saml_provider(deps.store, call.account(), *input.SAMLProviderArn));
    api::GetSAMLProviderResponse answer;
    answer.SAMLMetadataDocument = stored.record.metadata;
    answer.CreateDate = stored.record.created;
    answer.ValidUntil = valid_until(stored.record);
    answer.Tags = to_api(stored.record.tags);
    return answer;
}

Result<api::ListSAMLProvidersResponse> list_saml_providers(const Deps& deps, const Call& call,
                                                           const api::ListSAMLProvidersRequest&) {
    api::ListSAMLProvidersResponse answer;
    for (const auto& stored :
         TRY(store::load_all<model::SamlProvider>(deps.store, keys::saml_providers(call.account())))) {
        api::SAMLProviderListEntry& last = answer.SAMLProviderList.emplace_back();
        last.Arn = saml_arn_prefix(call.account()) + stored.record.name;
        last.CreateDate = stored.record.created;
        last.ValidUntil = valid_until(stored.record);
    }
    return answer;
}

Result<api::UpdateSAMLProviderResponse> update_provider(const Deps& deps, const Call& call,
                                                        const api::UpdateSAMLProviderRequest& input) {
    const auto change = [&](model::SamlProvider& provider, store::Transaction&) -> Result<void> {
        if (!input.SAMLMetadataDocument) return {};
        return put_metadata(provider, *input.SAMLMetadataDocument, call.now);
    };
    TRY(change_record<find_saml_provider>(deps, call, *input.SAMLProviderArn, change));
    api::UpdateSAMLProviderResponse answer;
    answer.SAMLProviderArn = *input.SAMLProviderArn;
    return answer;
}

Result<Nothing> delete_saml_provider(const Deps& deps, const Call& call,
                                     const api::DeleteSAMLProviderRequest& input) {
    const auto stored = TRY(find_saml_provider(deps.store, call.account(), *input.SAMLProviderArn));
    TRY(deps.store.commit({{}, {store::erase(stored.key)}}));
    return Nothing{};
}

Result<Nothing> tag_saml_provider(const Deps& deps, const Call& call,
                                  const api::TagSAMLProviderRequest& input) {
    return tag_record<find_saml_provider>(deps, call, *input.SAMLProviderArn, *input.Tags);
}

Result<Nothing> untag_saml_provider(const Deps& deps, const Call& call,
                                    const api::UntagSAMLProviderRequest& input) {
    return untag_record<find_saml_provider>(deps, call, *input.SAMLProviderArn, *input.TagKeys);
}

Result<api::ListSAMLProviderTagsResponse> list_saml_tags(const Deps& deps, const Call& call,
                                                         const api::ListSAMLProviderTagsRequest& input) {
    const auto stored = TRY(find_saml_provider(deps.store, call.account(), *input.SAMLProviderArn));
    return tags_page<api::ListSAMLProviderTagsResponse>(stored.record.tags, input);
}

namespace ops = api::ops;

std::vector<std::string> created_saml_provider(const Call& call,
                                               const api::CreateSAMLProviderRequest& input) {
    return {saml_arn_prefix(call.account()) + *input.Name};
}

template <class Op>
gateway::Operation on_saml_provider(const Deps& deps, Function<Op> function,
                                    gateway::Supported supported = std::nullopt) {
    const auto resources = [](const Call&, const typename Op::Input& input) {
        return std::vector<std::string>{*input.SAMLProviderArn};
    };
    const auto find = [&store = deps.store](const Call& call, const typename Op::Input& input) {
        return find_saml_provider(store, call.account(), *input.SAMLProviderArn);
    };
    return with_tags<Op>(row<Op>(deps, resources, function, std::move(supported)), find);
}

}  // namespace

Rows saml_provider_operations(const Deps& deps) {
    using Create = ops::CreateSAMLProvider;
    return {
        with_request_tags<Create>(row<Create>(deps, created_saml_provider, create_saml_provider,
                                              {{"SAMLMetadataDocument", "Name", "Tags"}})),
        on_saml_provider<ops::DeleteSAMLProvider>(deps, delete_saml_provider),
        on_saml_provider<ops::GetSAMLProvider>(deps, get_saml_provider),
        on_saml_provider<ops::ListSAMLProviderTags>(deps, list_saml_tags),
        on_all_resources<ops::ListSAMLProviders>(deps, list_saml_providers),
        on_saml_provider<ops::TagSAMLProvider>(deps, tag_saml_provider),
        on_saml_provider<ops::UntagSAMLProvider>(deps, untag_saml_provider),
        on_saml_provider<ops::UpdateSAMLProvider>(deps, update_provider,
                                                  {{"SAMLMetadataDocument", "SAMLProviderArn"}}),
    };
}

}  // namespace countersign::iam
