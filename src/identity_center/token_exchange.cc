#include "identity_center/token_exchange.h"

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/json.h"
#include "identity_center/credentials.h"
#include "identity_center/directory.h"
#include "model/identity_center_keys.h"

namespace countersign::identity_center {

namespace json = formats::json;
namespace keys = model::keys;

namespace {

constexpr std::size_t forgotten_at_once_max = 32;

Error no_person() {
    return Error{Fault::denied, "the token speaks of nobody whom this directory has, or of several"};
}

bool has_email(const model::DirectoryUser& user, const std::string& address) {
    const auto attributes = formats::parse_json(user.attributes);
    if (!attributes || !attributes->is_object()) return false;
    const json::value* const emails = attributes->get_object().if_contains("Emails");
    if (emails == nullptr || !emails->is_array()) return false;
    for (const json::value& email : emails->get_array()) {
        const json::value* const value =
            email.is_object() ? email.get_object().if_contains("Value") : nullptr;
        if (value != nullptr && value->is_string() && std::string_view(value->get_string()) == address)
            return true;
    }
    return false;
}

using Users = std::vector<model::DirectoryUser>;

Result<Users> users_by_name(store::Store& store, const std::string& identity_store, const std::string& name) {
    Users users;
    const auto found = TRY(find_user_by_name(store, identity_store, name));
    if (found && found->record.user_name == name)
        users.push_back(found->record);  // providers may tell case apart
    return users;
}

Result<Users> users_by_external_id(store::Store& store, const std::string& identity_store,
                                   const std::string& external_id) {
    Users users;
    const auto id = TRY(store.get(keys::directory_user_external_id(identity_store, external_id)));
    const auto found = id ? TRY(find_user(store, identity_store, id->value)) : std::nullopt;
    if (found) users.push_back(found->record);
    return users;
}

Result<Users> users_by_email(store::Store& store, const std::string& identity_store,
                             const std::string& address) {
    Users users;
    auto all = TRY(store::load_all<model::DirectoryUser>(store, keys::directory_users(identity_store)));
    for (auto& one : all)
        if (has_email(one.record, address)) users.push_back(std::move(one.record));
    return users;
}

Result<Users> users_with(store::Store& store, const std::string& identity_store, const std::string& attribute,
                         const std::string& value) {
    if (value.empty()) return Users();
    if (attribute == "userName") return users_by_name(store, identity_store, value);
    if (attribute == "externalIds.id") return users_by_external_id(store, identity_store, value);
    if (attribute == "emails.value") return users_by_email(store, identity_store, value);
    return Users();
}

// What was exchanged and would have ended by now.
Result<std::vector<store::Write>> ended_exchanges(store::Store& store, const std::string& list, Instant now) {
    std::vector<store::Write> writes;
    const std::string today = fmt::format("{:020}", now.time_since_epoch().count());
    const store::Page page = TRY(store.list(list, store::ListOptions{}));
    for (const store::Entry& entry : page.entries) {
        if (entry.key.substr(list.size()) >= today || writes.size() == forgotten_at_once_max) break;
        writes.push_back(store::erase(entry.key));
    }
    return writes;
}

}  // namespace

Result<IssuerMatch> issuer_for(store::Store& store, const FoundApplication& found, const std::string& url) {
    for (const model::AuthorizedIssuer& one : found.application.record.token_issuers) {
        auto issuer = TRY(find_token_issuer(store, found.instance, one.issuer));
        if (issuer && issuer->record.url == url) return IssuerMatch{std::move(issuer->record), one.audiences};
    }
    return Error{Fault::denied, "the application trusts no tokens of this issuer"};
}

Result<Person> person_of(store::Store& store, const std::string& identity_store,
                         const model::TrustedTokenIssuer& issuer, const federation::VerifiedToken& token) {
    std::vector<std::string> values;
    const auto claim = token.claims().find(issuer.claim);
    if (claim != token.claims().end()) values = claim->second;
    if (values.size() != 1) return no_person();
    const Users users = TRY(users_with(store, identity_store, issuer.attribute, values.front()));
    if (users.size() != 1) return no_person();
    const auto standing = TRY(standing_of(store, users.front().id));
    if (!standing) return no_person();
    return Person{users.front().id, *standing, std::nullopt};
}

Result<void> take_token(store::Store& store, const std::string& identity_store, const std::string& token,
                        Instant expires, Instant now) {
    const std::string ends =
        fmt::format("{:020}", (expires + federation::jwt_skew_max).time_since_epoch().count());
    const std::string signed_text =
        token.substr(0, token.rfind('.'));  // one text has several signatures of ECDSA
    const std::string key = keys::exchanged_token(identity_store, ends, crypto::sha256_hex(signed_text));
    std::vector<store::Write> writes =
        TRY(ended_exchanges(store, keys::exchanged_tokens(identity_store), now));
    writes.push_back({key, "taken"});
    const auto taken = store.commit({{store::absent(key)}, std::move(writes)});
    if (taken) return {};
    if (taken.error().fault != Fault::conflict) return taken.error();
    return Error{Fault::denied, "the token was exchanged before; each is good once"};
}

}  // namespace countersign::identity_center
