#include "identity_center/instances.h"

#include "formats/encoding.h"
#include "model/arn.h"
#include "model/identity_center_keys.h"

namespace countersign::identity_center {

namespace keys = model::keys;

namespace {

constexpr std::size_t number_bytes = 8;
constexpr std::size_t identity_store_digits = 10;
constexpr std::string_view instance_prefix = "ssoins-";

Result<std::optional<Instance>> load(store::Store& store, std::string_view identity_store) {
    return store::load<model::IdentityCenter>(store, keys::identity_center(identity_store));
}

Result<std::string> first_account(store::Store& store) {
    const auto entry = TRY(store.get(keys::account));
    return entry ? entry->value : std::string();
}

}  // namespace

std::string instance_arn(const model::IdentityCenter& instance) {
    return model::global_arn("sso", "", "instance/" + instance.id);
}

std::string identity_store_arn(const model::IdentityCenter& instance) {
    return model::global_arn("identitystore", instance.account, "identitystore/" + instance.identity_store);
}

std::string permission_set_arn(const model::IdentityCenter& instance, std::string_view permission_set_id) {
    return model::global_arn("sso", "",
                             "permissionSet/" + instance.id + '/' + std::string(permission_set_id));
}

model::IdentityCenter new_instance(const std::string& account, Instant now, crypto::Random& random) {
    const std::string number = formats::hex(random.bytes(number_bytes));
    model::IdentityCenter instance;
    instance.id = std::string(instance_prefix) + number;
    instance.identity_store = "d-" + number.substr(number.size() - identity_store_digits);
    instance.account = account;
    instance.created = now;
    return instance;
}

Result<std::optional<Instance>> find_instance(store::Store& store, const std::string& arn) {
    const auto parsed = model::parse_arn(arn);
    if (!parsed || parsed->resource.size() < identity_store_digits) return std::optional<Instance>();
    const std::string& resource = parsed->resource;
    auto found = TRY(load(store, "d-" + resource.substr(resource.size() - identity_store_digits)));
    if (found && instance_arn(found->record) != arn) found.reset();
    return found;
}

Result<std::optional<Instance>> find_by_identity_store(store::Store& store, const std::string& id_or_arn) {
    auto found = TRY(load(store, id_or_arn.substr(id_or_arn.rfind('/') + 1)));
    if (found && id_or_arn != found->record.identity_store && id_or_arn != identity_store_arn(found->record))
        found.reset();
    return found;
}

Result<std::optional<Instance>> find_of_account(store::Store& store, const std::string& account) {
    const auto id = TRY(store.get(keys::identity_center_of(account)));
    if (!id) return std::optional<Instance>();
    return load(store, id->value);
}

Result<std::optional<Instance>> find_of_first_account(store::Store& store) {
    const std::string first = TRY(first_account(store));
    return find_of_account(store, first);
}

std::optional<std::string> permission_set_id(const model::IdentityCenter& instance, std::string_view arn) {
    const std::string prefix = permission_set_arn(instance, "");
    if (!arn.starts_with(prefix)) return std::nullopt;
    return std::string(arn.substr(prefix.size()));
}

Result<bool> reaches(store::Store& store, const model::IdentityCenter& instance, const std::string& account) {
    if (account == instance.account) return true;
    const std::string first = TRY(first_account(store));
    if (instance.account != first) return false;
    const auto known = TRY(store.get(keys::account_record(account)));
    return known.has_value();
}

Result<std::vector<model::Account>> accounts_within_reach(store::Store& store,
                                                          const model::IdentityCenter& instance) {
    std::vector<model::Account> accounts;
    const std::string first = TRY(first_account(store));
    if (instance.account == first) {
        auto all = TRY(store::load_all<model::Account>(store, keys::accounts()));
        for (auto& stored : all) accounts.push_back(std::move(stored.record));
        return accounts;
    }
    auto own = TRY(store::load<model::Account>(store, keys::account_record(instance.account)));
    if (own) accounts.push_back(std::move(own->record));
    return accounts;
}

}  // namespace countersign::identity_center
