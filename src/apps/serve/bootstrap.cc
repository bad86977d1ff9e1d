#include "apps/serve/bootstrap.h"

#include <fmt/format.h>

#include "apps/serve/own_region.h"
#include "base/files.h"
#include "model/arn.h"
#include "model/aws_managed_policies.h"
#include "model/bootstrap.h"
#include "model/iam.h"
#include "model/ids.h"
#include "model/keys.h"
#include "store/migrations/migrations.h"
#include "store/migrations/reseal.h"
#include "store/records.h"

namespace countersign::apps {

namespace {

Result<void> lay(store::Store& store, const crypto::SealingKey& sealing, crypto::Random& random, Instant now,
                 const FirstStart& wanted) {
    const std::string account =
        wanted.account.empty() ? crypto::random_text(random, "123456789", 12) : wanted.account;
    const bool given = !wanted.administrator.access_key_id.empty();
    const crypto::CertifiedKey authority =
        TRY(crypto::make_authority("Countersign CA of account " + account, now, random));
    model::Account record;
    record.id = account;
    record.name = "default";
    record.created = now;
    model::AccessKey key;
    key.account = account;
    key.id = given ? wanted.administrator.access_key_id : model::new_access_key_id(random);
    key.status = model::KeyStatus::Active;
    key.created = now;
    const std::string place = model::keys::access_key(key.id);
    key.sealed_secret = sealing.seal(
        given ? wanted.administrator.secret_access_key : model::new_secret_access_key(random), place, random);
    const model::Bootstrap bootstrapped{key.id, authority.certificate_pem,
                                        sealing.seal(authority.key_pem, model::keys::bootstrap, random)};
    store::Transaction first;
    first.guards = {store::absent(model::keys::bootstrap), store::absent(model::keys::account)};
    first.writes = {
        store::Write{model::keys::account, account},
        store::Write{model::keys::partition, std::string(model::partition())},
        store::put(model::keys::bootstrap, bootstrapped),
        store::put(place, key),
        store::Write{model::keys::user_key(account, "", key.id), key.id},
        store::put(model::keys::account_record(account), record),
        store::put(model::keys::guardrail(account, model::full_aws_access_name), model::unrestricted(now)),
        store::Write{model::keys::schema, std::string(model::keys::schema_now)}};
    TRY(store.commit(first));
    return {};
}

// The ARNs in policies and elsewhere are of the partition in which they were written.
Result<void> check_partition(store::Store& store) {
    const auto stored = TRY(store.get(model::keys::partition));
    const std::string_view kept = stored ? std::string_view(stored->value) : "aws";
    if (kept == model::partition()) return {};
    return Error{Fault::invalid,
                 fmt::format("--region: it lies in the partition {}, and this data directory in {}",
                             model::partition(), kept)};
}

}  // namespace

Result<Foundation> init_account(store::Store& store, const crypto::SealingKey& sealing,
                                crypto::Random& random, Instant now, const FirstStart& wanted) {
    if (!TRY(store.get(model::keys::bootstrap))) TRY(lay(store, sealing, random, now, wanted));
    TRY(check_partition(store));
    TRY(store::migrations::migrate(store, random, now));
    TRY(store::migrations::give_agents_owners(store));
    const auto account = TRY(store.get(model::keys::account));
    const auto bootstrapped = TRY(store::load<model::Bootstrap>(store, model::keys::bootstrap));
    if (!account || !bootstrapped) return Error{Fault::internal, "the store has lost its account"};
    if (!wanted.account.empty() && wanted.account != account->value)
        return Error{Fault::invalid, fmt::format("--account-id {}: this data directory is account {}",
                                                 wanted.account, account->value)};
    Foundation foundation;
    foundation.account = account->value;
    foundation.authority.certificate_pem = bootstrapped->record.authority_certificate;
    foundation.authority.key_pem =
        TRY(sealing.open(bootstrapped->record.sealed_authority_key, model::keys::bootstrap));
    const std::string place = model::keys::access_key(bootstrapped->record.administrator_key);
    if (const auto key = TRY(store::load<model::AccessKey>(store, place))) {
        foundation.administrator.access_key_id = key->record.id;
        foundation.administrator.secret_access_key = TRY(sealing.open(key->record.sealed_secret, place));
    }
    return foundation;
}

Result<void> seal_anew(store::Store& store, const crypto::SealingKey& sealing, crypto::Random& random,
                       const Log& log) {
    const auto resealed = TRY(store::migrations::reseal(store, sealing, random));
    for (const std::string& key : resealed.damaged) log.warn("sealing.damaged", {{"record", key}});
    if (resealed.records > 0)
        log.info("sealing.resealed", {{"records", resealed.records}, {"key", sealing.ids().back()}});
    return {};
}

Result<void> publish(const Foundation& foundation, const client::DataDir& dir, const std::string& region) {
    TRY(remember_region(region, dir));
    TRY(replace_file(dir.bundle(), foundation.authority.certificate_pem, Durability::synced, 0644));
    const sigv4::Credentials& key = foundation.administrator;
    if (key.access_key_id.empty()) return {};
    return replace_file(dir.credentials(),
                        fmt::format("[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
                                    key.access_key_id, key.secret_access_key.reveal()));
}

}  // namespace countersign::apps
