// Operations on trusted token issuers: providers elsewhere whose tokens applications may exchange.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/digest.h"
#include "model/identity_center_keys.h"
#include "services/sso_admin/applications.h"

namespace countersign::sso_admin {

namespace ic = identity_center;
namespace keys = model::keys;

namespace {

constexpr std::string_view issuer_type = "OIDC_JWT";
constexpr std::string_view by_discovery = "OPEN_ID_DISCOVERY";

std::string url_key(const model::IdentityCenter& instance, const model::TrustedTokenIssuer& issuer) {
    return keys::trusted_token_issuer_url(instance.identity_store, crypto::sha256_hex(issuer.url));
}

Result<void> check_paths(const model::TrustedTokenIssuer& issuer) {
    constexpr std::array<std::string_view, 3> attributes = {"userName", "emails.value", "externalIds.id"};
    if (std::ranges::find(attributes, issuer.attribute) == attributes.end())
        return invalid("IdentityStoreAttributePath is userName, emails.value or externalIds.id");
    if (issuer.claim.find('.') != std::string::npos)
        return invalid("ClaimAttributePath names a claim of the token; one within another is not offered");
    return {};
}

Result<void> check_url(const std::string& url) {
    constexpr std::string_view scheme = "https://";
    if (url.starts_with(scheme) && url.size() > scheme.size() &&
        url.find_first_of("?#@ ") == std::string::npos)
        return {};
    return invalid("IssuerUrl begins with https:// and has neither a query nor a fragment");
}

struct FoundIssuer {
    model::IdentityCenter instance;
    ic::TokenIssuer issuer;
};

Result<FoundIssuer> issuer_of(const Deps& deps, const Call& call, const std::string& arn) {
    const Error none =
        not_found("Could not find the trusted token issuer " + printable(arn, store::key_bytes_max));
    auto instance = TRY(ic::find_instance(deps.store, ic::instance_arn_in(arn)));
    if (!instance || instance->record.account != call.account()) return none;
    auto found = TRY(ic::find_token_issuer(deps.store, instance->record, arn));
    if (!found) return none;
    return FoundIssuer{std::move(instance->record), *std::move(found)};
}

}  // namespace

Result<api::CreateTrustedTokenIssuerResponse> create_trusted_token_issuer(
    const Deps& deps, const Call& call, const api::CreateTrustedTokenIssuerRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    const auto& given = input.TrustedTokenIssuerConfiguration->OidcJwtConfiguration;
    if (!given) return invalid("TrustedTokenIssuerConfiguration needs OidcJwtConfiguration");
    model::TrustedTokenIssuer issuer;
    issuer.id = "tti-" + crypto::random_uuid(deps.random);
    issuer.name = *input.Name;
    issuer.url = *given->IssuerUrl;
    issuer.claim = *given->ClaimAttributePath;
    issuer.attribute = *given->IdentityStoreAttributePath;
    issuer.created = call.now;
    issuer.tags = TRY(given_tags(input.Tags));
    TRY(check_url(issuer.url));
    TRY(check_paths(issuer));
    const std::string by_url = url_key(instance, issuer);
    const auto done = deps.store.commit(
        {{store::absent(by_url)},
         {store::put(keys::trusted_token_issuer(instance.identity_store, issuer.id), issuer),
          {by_url, issuer.id}}});
    if (!done && done.error().fault == Fault::conflict)
        return conflict("There is a trusted token issuer with this URL already");
    TRY(done);
    api::CreateTrustedTokenIssuerResponse answer;
    answer.TrustedTokenIssuerArn = ic::token_issuer_arn(instance, issuer.id);
    return answer;
}

Result<api::DeleteTrustedTokenIssuerResponse> delete_trusted_token_issuer(
    const Deps& deps, const Call& call, const api::DeleteTrustedTokenIssuerRequest& input) {
    return store::retry_races([&]() -> Result<api::DeleteTrustedTokenIssuerResponse> {
        const FoundIssuer found = TRY(issuer_of(deps, call, *input.TrustedTokenIssuerArn));
        TRY(deps.store.commit(
            {{found.issuer.unchanged()},
             {store::erase(found.issuer.key), store::erase(url_key(found.instance, found.issuer.record))}}));
        return api::DeleteTrustedTokenIssuerResponse{};
    });
}

Result<api::DescribeTrustedTokenIssuerResponse> describe_trusted_token_issuer(
    const Deps& deps, const Call& call, const api::DescribeTrustedTokenIssuerRequest& input) {
    const FoundIssuer found = TRY(issuer_of(deps, call, *input.TrustedTokenIssuerArn));
    const model::TrustedTokenIssuer& issuer = found.issuer.record;
    api::DescribeTrustedTokenIssuerResponse answer;
    answer.TrustedTokenIssuerArn = ic::token_issuer_arn(found.instance, issuer.id);
    answer.Name = issuer.name;
    answer.TrustedTokenIssuerType = issuer_type;
    api::OidcJwtConfiguration& shown =
        answer.TrustedTokenIssuerConfiguration.emplace().OidcJwtConfiguration.emplace();
    shown.IssuerUrl = issuer.url;
    shown.ClaimAttributePath = issuer.claim;
    shown.IdentityStoreAttributePath = issuer.attribute;
    shown.JwksRetrievalOption = by_discovery;
    return answer;
}

Result<api::ListTrustedTokenIssuersResponse> list_trusted_token_issuers(
    const Deps& deps, const Call& call, const api::ListTrustedTokenIssuersRequest& input) {
    const auto instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    const auto stored = TRY(store::load_all<model::TrustedTokenIssuer>(
        deps.store, keys::trusted_token_issuers(instance.identity_store)));
    std::vector<api::TrustedTokenIssuerMetadata> all;
    for (const auto& one : stored) {
        api::TrustedTokenIssuerMetadata& shown = all.emplace_back();
        shown.TrustedTokenIssuerArn = ic::token_issuer_arn(instance, one.record.id);
        shown.Name = one.record.name;
        shown.TrustedTokenIssuerType = issuer_type;
    }
    const auto place = [](const api::TrustedTokenIssuerMetadata& one) { return *one.TrustedTokenIssuerArn; };
    const auto shown = TRY(page(std::move(all), place, input));
    return api::ListTrustedTokenIssuersResponse{shown.items, shown.next};
}

Result<api::UpdateTrustedTokenIssuerResponse> update_trusted_token_issuer(
    const Deps& deps, const Call& call, const api::UpdateTrustedTokenIssuerRequest& input) {
    return store::retry_races([&]() -> Result<api::UpdateTrustedTokenIssuerResponse> {
        FoundIssuer found = TRY(issuer_of(deps, call, *input.TrustedTokenIssuerArn));
        model::TrustedTokenIssuer& issuer = found.issuer.record;
        issuer.name = input.Name.value_or(issuer.name);
        const auto& given = input.TrustedTokenIssuerConfiguration;
        if (given && given->OidcJwtConfiguration) {
            issuer.claim = given->OidcJwtConfiguration->ClaimAttributePath.value_or(issuer.claim);
            issuer.attribute =
                given->OidcJwtConfiguration->IdentityStoreAttributePath.value_or(issuer.attribute);
        }
        TRY(check_paths(issuer));
        TRY(deps.store.commit(
            {{found.issuer.unchanged()}, {store::put(found.issuer.key, found.issuer.record)}}));
        return api::UpdateTrustedTokenIssuerResponse{};
    });
}

}  // namespace countersign::sso_admin
