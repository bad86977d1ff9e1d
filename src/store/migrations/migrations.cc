#include "store/migrations/migrations.h"

#include <set>

#include "access/unique_ids.h"
#include "databases/engines/attached/attached.h"
#include "model/arn.h"
#include "model/aws_managed_policies.h"
#include "model/fleet.h"
#include "model/iam.h"
#include "model/ids.h"
#include "model/keys.h"
#include "model/rds.h"
#include "policy/principals.h"
#include "policy/rename_principals.h"
#include "store/records.h"

namespace countersign::store::migrations {

namespace keys = model::keys;

namespace {

// Form 1 knew one account and left it out of keys and records. Where what lay there lies now; empty: where it
// was.
std::string place_now(const std::string& key, const std::string& account) {
    if (key.starts_with(keys::access_keys())) return {};
    const std::size_t slash = key.find('/', 1);
    return key.substr(0, slash + 1) + account + key.substr(slash);
}

template <class Record>
Result<std::string> with_account(const std::string& value, const std::string& account) {
    Record record = TRY(formats::from_record<Record>(value));
    record.account = account;
    return formats::to_record(record);
}

Result<std::string> value_now(const store::Entry& entry, const std::string& account) {
    if (entry.key.starts_with(keys::access_keys()))
        return with_account<model::AccessKey>(entry.value, account);
    if (!entry.key.starts_with(keys::rds())) return entry.value;
    const keys::RdsKind kind = keys::rds_kind_of(entry.key);
    if (kind == keys::RdsKind::cluster) return with_account<model::DBCluster>(entry.value, account);
    if (kind == keys::RdsKind::instance) return with_account<model::DBInstance>(entry.value, account);
    if (kind == keys::RdsKind::subnet_group) return with_account<model::DBSubnetGroup>(entry.value, account);
    return entry.value;
}

Result<void> move(store::Store& store, const std::string& prefix, const std::string& account) {
    const std::string moved_already = prefix + account + '/';
    const store::Page page = TRY(store::list_all(store, prefix));
    for (const store::Entry& entry : page.entries) {
        if (entry.key.starts_with(moved_already)) continue;
        const std::string place = place_now(entry.key, account);
        std::string value = TRY(value_now(entry, account));
        std::vector<store::Write> writes;
        writes.push_back(store::Write{place.empty() ? entry.key : place, std::move(value)});
        if (!place.empty()) writes.push_back(store::erase(entry.key));
        TRY(store.commit({{}, std::move(writes)}));
    }
    return {};
}

constexpr std::string_view many_accounts = "2";

Result<void> separate_accounts(store::Store& store, const std::string& id, Instant now) {
    TRY(move(store, keys::iam(), id));
    TRY(move(store, keys::rds(), id));
    model::Account record;
    record.id = id;
    record.name = "default";
    record.created = now;
    TRY(store.commit({{},
                      {store::put(keys::account_record(id), record),
                       store::put(keys::guardrail(id, model::full_aws_access_name), model::unrestricted(now)),
                       store::Write{keys::schema, std::string(many_accounts)}}}));
    return {};
}

// Form 2 named users and roles in trust policies by ARN. Whom an ARN names now is bound; one that names
// nobody becomes an id that nobody has, as that of somebody deleted, so that nobody comes to it later.
Result<std::string> bound(store::Store& store, crypto::Random& random, const std::string& principal) {
    const auto arn = model::parse_arn(principal);
    if (!arn || !policy::has_unique_id(principal)) return principal;
    if (!TRY(store.get(keys::account_record(arn->account)))) return principal;
    if (auto id = TRY(access::unique_id_of(store, principal))) return *std::move(id);
    const bool user = arn->resource.starts_with("user/");
    return model::new_unique_id(user ? "AIDA" : "AROA", random);
}

Result<void> note_users(store::Store& store, const std::string& account) {
    for (const auto& user : TRY(store::load_all<model::User>(store, keys::users(account))))
        TRY(store.commit({{}, {access::noted_id(account, user.record)}}));
    return {};
}

Result<void> bind_roles(store::Store& store, crypto::Random& random, const std::string& account) {
    const auto new_name = [&](const std::string& principal) { return bound(store, random, principal); };
    for (auto& role : TRY(store::load_all<model::Role>(store, keys::roles(account)))) {
        std::string& trust = role.record.trust_policy;
        trust = TRY(policy::rename_principals(trust, new_name));
        TRY(store.commit({{}, {access::noted_id(account, role.record), store::put(role.key, role.record)}}));
    }
    return {};
}

Result<void> bind_all(store::Store& store, crypto::Random& random) {
    for (const auto& account : TRY(store::load_all<model::Account>(store, keys::accounts()))) {
        TRY(note_users(store, account.record.id));
        TRY(bind_roles(store, random, account.record.id));
    }
    return {};
}

}  // namespace

Result<void> migrate(store::Store& store, crypto::Random& random, Instant now) {
    const auto account = TRY(store.get(keys::account));
    const auto schema = TRY(store.get(keys::schema));
    if (!account || (schema && schema->value == keys::schema_now)) return {};
    if (schema && schema->value != many_accounts)
        return Error{Fault::unsupported, "the data directory was written by a newer version of Countersign"};
    if (!schema) TRY(separate_accounts(store, account->value, now));
    TRY(bind_all(store, random));
    TRY(store.commit({{}, {store::Write{keys::schema, std::string(keys::schema_now)}}}));
    return {};
}

Result<void> give_agents_owners(store::Store& store) {
    const auto first = TRY(store.get(keys::account));
    const auto agents = TRY(store::load_all<model::FleetAgent>(store, keys::fleet_agents()));
    for (const auto& stored : agents) {
        if (!first || !stored.record.accounts.empty()) continue;
        model::FleetAgent agent = stored.record;
        std::set<std::string> owners;
        for (const auto& server : TRY(databases::attached_views(store, agent.name)))
            owners.insert(server.account);
        if (owners.empty()) owners.insert(first->value);
        agent.accounts.assign(owners.begin(), owners.end());
        TRY(store.commit({{stored.unchanged()}, {store::put(stored.key, agent)}}));
    }
    return {};
}

}  // namespace countersign::store::migrations
