#include "services/rds/master_password.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "databases/managed_secrets.h"
#include "gateway/tags.h"
#include "services/rds/passthrough.h"

namespace countersign::rds {

using databases::SecretPlace;

namespace {

const std::string secret_arn = "MasterUserSecret";
const std::string managed = "ManageMasterUserPassword";
const std::string secret_key = "MasterUserSecretKmsKeyId";

databases::SecretTools tools_of(const Deps& deps, const PasswordOwner& owner) {
    return {deps.sealing, deps.random, owner.call.now};
}

model::ManagedSecret new_secret(const PasswordOwner& owner, const SecretPlace& place) {
    model::ManagedSecret secret;
    secret.name = place.name;
    secret.arn = place.arn;
    secret.account = place.account;
    secret.region = place.region;
    secret.resource_id = owner.resource_id;
    secret.created = owner.call.now;
    return secret;
}

policy::Context keys_of(const SecretPlace& place) {
    return {{"secretsmanager:secretid", {place.arn}}};
}

// Another random password as the last version of the secret.
MasterPassword with_version(const Deps& deps, const PasswordOwner& owner, model::ManagedSecret secret,
                            const model::PassthroughAttributes& kept) {
    MasterPassword answer{databases::random_password(deps.random), {}};
    secret.kms_key = echoed_text(kept, secret_key).value_or("");
    databases::add_version(secret, *answer.password, owner.waits, tools_of(deps, owner));
    const SecretPlace place{secret.account, secret.region, secret.name, secret.arn};
    answer.secret.writes.push_back(store::put(place.key(), secret));
    return answer;
}

Result<MasterPassword> begin_managing(const Deps& deps, const PasswordOwner& owner,
                                      const AskedPassword& asked, model::PassthroughAttributes& kept) {
    const SecretPlace place =
        databases::new_secret_place(owner.kind, owner.call.account(), owner.call.region, deps.random);
    policy::Context facts{{"secretsmanager:name", {place.name}}};
    if (asked.secret_key) facts["secretsmanager:kmskeyid"] = {*asked.secret_key};
    TRY(gateway::authorize_all(owner.call, "secretsmanager:CreateSecret", {place.arn}, facts));
    TRY(gateway::authorize_all(owner.call, "secretsmanager:TagResource", {place.arn}, keys_of(place)));
    kept[managed] = "true";
    kept[secret_arn] = place.arn;
    echo_attribute(kept, secret_key, asked.secret_key);
    return with_version(deps, owner, new_secret(owner, place), kept);
}

// A secret that has no record gets one: its password was told to nobody.
Result<MasterPassword> rotate(const Deps& deps, const PasswordOwner& owner,
                              const model::PassthroughAttributes& kept) {
    const auto place = databases::secret_place_of(echoed_text(kept, secret_arn).value_or(""));
    if (!place) return Error{Fault::internal, "a managed password without a secret"};
    const auto stored = TRY(store::load<model::ManagedSecret>(deps.store, place->key()));
    policy::Context facts = keys_of(*place);
    if (stored) {
        const auto database = TRY(databases::owner_of(deps.store, stored->record));
        if (database) gateway::put_resource_tags(database->tags(), "secretsmanager", facts);
    }
    facts["secretsmanager:rotateimmediately"] = {"true"};
    TRY(gateway::authorize_all(owner.call, "secretsmanager:RotateSecret", {place->arn}, facts));
    MasterPassword answer =
        with_version(deps, owner, stored ? stored->record : new_secret(owner, *place), kept);
    answer.secret.guards.push_back(stored ? stored->unchanged() : store::absent(place->key()));
    return answer;
}

Result<void> check_together(const AskedPassword& asked) {
    if (asked.given && asked.managed.value_or(false))
        return invalid_combination(
            "You can't manage the master user password with AWS Secrets Manager if MasterUserPassword is "
            "specified.");
    return {};
}

Error key_without_secret() {
    return invalid_combination(
        "MasterUserSecretKmsKeyId can be specified only when ManageMasterUserPassword is turned on.");
}

Result<void> check_change(const AskedPassword& asked, bool was_managed, bool is_managed) {
    if (asked.secret_key && (was_managed || !is_managed)) return key_without_secret();
    if (asked.rotated.value_or(false) && !is_managed)
        return invalid_combination(
            "RotateMasterUserPassword needs a master user password that is managed in AWS Secrets Manager.");
    if (asked.rotated.value_or(false) && !asked.at_once)
        return invalid_combination(
            "You must apply the change immediately when rotating the master user password.");
    if (asked.given && is_managed)
        return invalid_combination(
            "MasterUserPassword can't be specified while the master user password is managed in AWS Secrets "
            "Manager. Turn that off with it: ManageMasterUserPassword=false.");
    if (was_managed && !is_managed && !asked.given)
        return invalid_combination(
            "MasterUserPassword must be specified when ManageMasterUserPassword is turned off.");
    if (was_managed && !is_managed &&
        asked.waits)  // the secret goes at once, and nobody else has its password
        return invalid_combination(
            "You must apply the change immediately when turning off ManageMasterUserPassword.");
    return {};
}

}  // namespace

Result<MasterPassword> first_password(const Deps& deps, const PasswordOwner& owner,
                                      const AskedPassword& asked, model::PassthroughAttributes& kept) {
    TRY(check_together(asked));
    if (asked.managed.value_or(false)) return begin_managing(deps, owner, asked, kept);
    if (asked.secret_key) return key_without_secret();
    TRY(check_password(asked.given, asked.rule));
    return MasterPassword{Secret(*asked.given), {}};
}

Result<MasterPassword> next_password(const Deps& deps, const PasswordOwner& owner, const AskedPassword& asked,
                                     model::PassthroughAttributes& kept) {
    TRY(check_together(asked));
    const bool was_managed = echoed_flag(kept, managed).value_or(false);
    const bool is_managed = asked.managed.value_or(was_managed);
    TRY(check_change(asked, was_managed, is_managed));
    if (is_managed && !was_managed) return begin_managing(deps, owner, asked, kept);
    if (asked.rotated.value_or(false)) return rotate(deps, owner, kept);
    MasterPassword answer;
    if (!asked.given) return answer;
    TRY(check_password(asked.given, asked.rule));
    end_secret(kept, answer.secret);
    for (const std::string& name : {managed, secret_arn, secret_key}) kept.erase(name);
    answer.password.emplace(*asked.given);
    return answer;
}

void end_secret(const model::PassthroughAttributes& kept, store::Transaction& deletion) {
    const auto place = databases::secret_place_of(echoed_text(kept, secret_arn).value_or(""));
    if (place) deletion.writes.push_back(store::erase(place->key()));
}

void add_to(store::Transaction& whole, store::Transaction part) {
    std::ranges::move(part.guards, std::back_inserter(whole.guards));
    std::ranges::move(part.writes, std::back_inserter(whole.writes));
}

}  // namespace countersign::rds
