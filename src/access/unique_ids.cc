#include "access/unique_ids.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/arn.h"
#include "model/keys.h"
#include "policy/principals.h"
#include "policy/rename_principals.h"

namespace countersign::access {

namespace keys = model::keys;

namespace {

using Found = std::optional<std::string>;

std::string session_arn(const std::string& account, const std::string& role, std::string_view session) {
    return model::sts_arn(account, "assumed-role/" + role + '/' + std::string(session));
}

Result<Found> id_of_user(store::Store& store, const model::Arn& arn) {
    const std::string name = arn.resource.substr(arn.resource.rfind('/') + 1);
    const auto stored = TRY(store::load<model::User>(store, keys::user(arn.account, name)));
    if (!stored || user_arn(arn.account, stored->record) != arn.text()) return Found();
    return Found(stored->record.id);
}

Result<Found> id_of_role(store::Store& store, const model::Arn& arn) {
    const std::string name = arn.resource.substr(arn.resource.rfind('/') + 1);
    const auto stored = TRY(store::load<model::Role>(store, keys::role(arn.account, name)));
    if (!stored || role_arn(arn.account, stored->record) != arn.text()) return Found();
    return Found(stored->record.id);
}

Result<Found> id_of_session(store::Store& store, const model::Arn& arn) {
    const std::vector<std::string_view> parts = split(arn.resource, '/');
    if (parts.size() != 3) return Found();
    const auto stored = TRY(store::load<model::Role>(store, keys::role(arn.account, parts[1])));
    if (!stored || session_arn(arn.account, stored->record.name, parts[2]) != arn.text()) return Found();
    return Found(stored->record.id + ':' + std::string(parts[2]));
}

Result<Found> arn_of_user(store::Store& store, const model::NamedPrincipal& named, const std::string& id) {
    const auto stored = TRY(store::load<model::User>(store, keys::user(named.account, named.user)));
    if (!stored || stored->record.id != id) return Found();
    return Found(user_arn(named.account, stored->record));
}

// `session` is empty for the role itself.
Result<Found> arn_of_role(store::Store& store, const model::NamedPrincipal& named, const std::string& id,
                          const std::string& session) {
    const auto stored = TRY(store::load<model::Role>(store, keys::role(named.account, named.role)));
    if (!stored || stored->record.id != id) return Found();
    if (session.empty()) return Found(role_arn(named.account, stored->record));
    return Found(session_arn(named.account, stored->record.name, session));
}

}  // namespace

Result<Found> unique_id_of(store::Store& store, const std::string& arn_text) {
    const auto arn = model::parse_arn(arn_text);
    if (!arn) return Found();
    if (arn->resource.starts_with("user/")) return id_of_user(store, *arn);
    if (arn->resource.starts_with("role/")) return id_of_role(store, *arn);
    if (arn->resource.starts_with("assumed-role/")) return id_of_session(store, *arn);
    return Found();
}

Result<Found> arn_of(store::Store& store, const std::string& unique_id) {
    const std::size_t colon = unique_id.find(':');
    const std::string id = unique_id.substr(0, colon);
    const auto stored = TRY(store::load<model::NamedPrincipal>(store, keys::named_principal(id)));
    if (!stored) return Found();
    if (!stored->record.user.empty()) return arn_of_user(store, stored->record, id);
    const std::string session = colon == std::string::npos ? "" : unique_id.substr(colon + 1);
    return arn_of_role(store, stored->record, id, session);
}

store::Write noted_id(const std::string& account, const model::User& user) {
    return store::put(keys::named_principal(user.id), model::NamedPrincipal{account, user.name, ""});
}

store::Write noted_id(const std::string& account, const model::Role& role) {
    return store::put(keys::named_principal(role.id), model::NamedPrincipal{account, "", role.name});
}

store::Write forgotten_id(const std::string& unique_id) {
    return store::erase(keys::named_principal(unique_id));
}

Result<std::string> with_arns(store::Store& store, const std::string& policy) {
    return policy::rename_principals(policy, [&](const std::string& principal) -> Result<std::string> {
        if (!policy::is_unique_id(principal)) return principal;
        const Found arn = TRY(arn_of(store, principal));
        return arn.value_or(principal);
    });
}

namespace {

Error invalid_principal(const std::string& principal) {
    return {Fault::invalid, fmt::format("Invalid principal in policy: \"AWS\":\"{}\"", principal),
            "MalformedPolicyDocument"};
}

// An id as it was given: of somebody in the role's own account, so that the id of a stranger shows no name.
Result<std::string> known_id(store::Store& store, const std::string& account, const std::string& id) {
    const auto arn = TRY(arn_of(store, id));
    const auto parsed = arn ? model::parse_arn(*arn) : std::nullopt;
    if (parsed && parsed->account == account) return id;
    return invalid_principal(id);
}

// How a principal is kept. Those of accounts that are not on this server stay as they are: nobody comes from
// there, and should there ever be such an account, its ARNs must be saved again to mean somebody.
Result<std::string> bound(store::Store& store, const std::string& account, const std::string& principal) {
    if (policy::is_unique_id(principal)) return known_id(store, account, principal);
    const auto arn = model::parse_arn(principal);
    if (!arn || arn->resource == "root" || arn->resource.starts_with("federated-user/")) return principal;
    const auto known = TRY(store.get(model::keys::account_record(arn->account)));
    if (!known) return principal;
    auto id = TRY(unique_id_of(store, principal));
    if (!id) return invalid_principal(principal);
    return *std::move(id);
}

}  // namespace

Result<std::string> with_ids(store::Store& store, const std::string& account, const std::string& policy) {
    return policy::rename_principals(
        policy, [&](const std::string& principal) { return bound(store, account, principal); });
}

}  // namespace countersign::access
