#include "access/principals.h"

#include "model/keys.h"
#include "store/records.h"

namespace countersign::access {

namespace {

constexpr std::size_t holders_max = 100'000;  // a few KiB each; more than that is compiled again

// The root user may do everything: the statement that says so, as a policy like any other.
constexpr std::string_view root_policy =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

Result<std::shared_ptr<const Principal>> root_principal(const std::string& account) {
    auto principal = std::make_shared<Principal>();
    principal->type = PrincipalType::root;
    principal->arn = "arn:aws:iam::" + account + ":root";
    principal->account = account;
    principal->id = account;
    auto document = TRY(policy::parse_lenient(root_policy));
    principal->policies.identity.push_back({"root user", std::move(document)});
    return std::shared_ptr<const Principal>(std::move(principal));
}

}  // namespace

Principals::Principals(store::Store& store, const crypto::SealingKey& sealing, std::string account)
    : store_(store), sealing_(sealing), account_(std::move(account)) {}

Result<std::shared_ptr<const KeyHolder>> Principals::find(const std::string& access_key_id) {
    const std::lock_guard lock(mutex_);
    TRY(catch_up());
    if (const auto found = holders_.find(access_key_id); found != holders_.end()) return found->second;
    std::shared_ptr<const KeyHolder> holder = TRY(load(access_key_id));
    if (holders_.size() >= holders_max) holders_.clear();
    if (holder != nullptr) holders_[access_key_id] = holder;
    return holder;
}

// Forgets what was compiled before the store's newest change to IAM. Runs under the lock.
Result<void> Principals::catch_up() {
    const store::Revision newest = store_.revision();
    if (watch_ != nullptr && newest == seen_) return {};
    if (watch_ == nullptr) {
        watch_ = store_.watch(model::keys::iam(), newest);
        holders_.clear();
        seen_ = newest;
        return {};
    }
    const auto events = watch_->next(std::chrono::milliseconds(0));
    if (!events) {
        watch_.reset();
        holders_.clear();
        if (events.error().fault != Fault::compacted) return events.error();
        return catch_up();
    }
    if (!events->empty()) holders_.clear();
    seen_ = newest;
    return {};
}

Result<std::shared_ptr<const KeyHolder>> Principals::load(const std::string& access_key_id) {
    const std::string key = model::keys::access_key(access_key_id);
    const auto stored = TRY(store::load<model::AccessKey>(store_, key));
    if (!stored) return std::shared_ptr<const KeyHolder>();
    auto holder = std::make_shared<KeyHolder>();
    holder->status = stored->record.status;
    holder->secret_access_key = TRY(sealing_.open(stored->record.sealed_secret, key));
    if (stored->record.user.empty())
        holder->principal = TRY(root_principal(account_));
    else
        holder->principal = TRY(load_user(stored->record.user));
    return std::shared_ptr<const KeyHolder>(std::move(holder));
}

Result<std::shared_ptr<const Principal>> Principals::load_user(const std::string& name) {
    const auto stored = TRY(store::load<model::User>(store_, model::keys::user(name)));
    if (!stored) return Error{Fault::internal, "an access key has no user"};
    const model::User& user = stored->record;
    auto principal = std::make_shared<Principal>();
    principal->type = PrincipalType::user;
    principal->arn = "arn:aws:iam::" + account_ + ":user" + user.path + user.name;
    principal->account = account_;
    principal->id = user.id;
    principal->user_name = user.name;
    principal->user_path = user.path;
    principal->tags = user.tags;
    for (const auto& [policy_name, document] : user.inline_policies) {
        auto compiled = TRY(policy::parse_lenient(document));
        principal->policies.identity.push_back(
            {"user/" + user.name + '/' + policy_name, std::move(compiled)});
    }
    for (const std::string& arn : user.attached_policies)
        principal->policies.identity.push_back(TRY(load_managed(arn)));
    if (!user.permissions_boundary.empty())
        principal->policies.boundary.emplace().push_back(TRY(load_managed(user.permissions_boundary)));
    return std::shared_ptr<const Principal>(std::move(principal));
}

Result<policy::Policy> Principals::load_managed(const std::string& arn) {
    const std::string name = arn.substr(arn.rfind('/') + 1);
    const auto stored = TRY(store::load<model::ManagedPolicy>(store_, model::keys::policy(name)));
    if (!stored) return Error{Fault::internal, "an attached policy does not exist"};
    for (const model::PolicyVersion& version : stored->record.versions) {
        if (version.id != stored->record.default_version) continue;
        auto compiled = TRY(policy::parse_lenient(version.document));
        return policy::Policy{arn, std::move(compiled)};
    }
    return Error{Fault::internal, "a policy has no default version"};
}

}  // namespace countersign::access
