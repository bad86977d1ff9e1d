#include "services/rds/master_password.h"

#include <fmt/format.h>

#include "model/arn.h"
#include "services/rds/passthrough.h"

namespace countersign::rds {

namespace {

constexpr std::string_view password_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t managed_letters = 28;  // RDS's
constexpr std::size_t suffix_letters = 6;    // Secrets Manager's

const std::string secret_arn = "MasterUserSecret";
const std::string managed = "ManageMasterUserPassword";
const std::string secret_key = "MasterUserSecretKmsKeyId";

Secret random_password(const Deps& deps) {
    return Secret(crypto::random_text(deps.random, password_letters, managed_letters));
}

Secret begin_managing(const Deps& deps, const SecretOwner& owner, const AskedPassword& asked,
                      model::PassthroughAttributes& kept) {
    const std::string name = fmt::format("rds!{}-{}-{}", owner.kind, crypto::random_uuid(deps.random),
                                         crypto::random_text(deps.random, password_letters, suffix_letters));
    kept[managed] = "true";
    kept[secret_arn] = model::Arn{std::string(model::partition_of(owner.call.region)), "secretsmanager",
                                  owner.call.region, owner.call.account(), "secret:" + name}
                           .text();
    echo_attribute(kept, secret_key, asked.secret_key);
    return random_password(deps);
}

Result<void> check_together(const AskedPassword& asked) {
    if (asked.given && asked.managed.value_or(false))
        return invalid_combination(
            "You can't manage the master user password with AWS Secrets Manager if MasterUserPassword is "
            "specified.");
    return {};
}

}  // namespace

Result<Secret> first_password(const Deps& deps, const SecretOwner& owner, const AskedPassword& asked,
                              model::PassthroughAttributes& kept) {
    TRY(check_together(asked));
    if (asked.managed.value_or(false)) return begin_managing(deps, owner, asked, kept);
    if (asked.secret_key)
        return invalid_combination(
            "MasterUserSecretKmsKeyId can be specified only with ManageMasterUserPassword.");
    TRY(check_password(asked.given, asked.rule));
    return Secret(*asked.given);
}

Result<std::optional<Secret>> next_password(const Deps& deps, const SecretOwner& owner,
                                            const AskedPassword& asked, model::PassthroughAttributes& kept) {
    TRY(check_together(asked));
    const bool was_managed = echoed_flag(kept, managed).value_or(false);
    const bool is_managed = asked.managed.value_or(was_managed);
    if (asked.rotated.value_or(false) && !is_managed)
        return invalid_combination(
            "RotateMasterUserPassword needs a master user password that is managed in AWS Secrets Manager.");
    if (asked.given && is_managed)
        return invalid_combination(
            "MasterUserPassword can't be specified while the master user password is managed in AWS Secrets "
            "Manager. Turn that off with it: ManageMasterUserPassword=false.");
    if (was_managed && !is_managed && !asked.given)
        return invalid_combination(
            "MasterUserPassword must be specified when ManageMasterUserPassword is turned off.");
    if (is_managed && !was_managed) return std::optional(begin_managing(deps, owner, asked, kept));
    if (is_managed) echo_attribute(kept, secret_key, asked.secret_key);
    if (asked.rotated.value_or(false)) return std::optional(random_password(deps));
    if (!asked.given) return std::optional<Secret>();
    TRY(check_password(asked.given, asked.rule));
    for (const std::string& name : {managed, secret_arn, secret_key}) kept.erase(name);
    return std::optional(Secret(*asked.given));
}

}  // namespace countersign::rds
