#include "services/secretsmanager/rotate.h"

#include <algorithm>

#include "services/secretsmanager/lookup.h"

namespace countersign::secretsmanager {

using gateway::Call;

namespace {

Result<void> check_rotatable(const FoundSecret& secret) {
    if (!secret.owner.is_available())
        return invalid_request(
            "The secret can't be rotated now: its database is not in the available state.");
    if (secret.owner.other_change_waits())
        return invalid_request(
            "The secret can't be rotated now: another modification of its database waits for the maintenance "
            "window. Apply or take back that one first.");
    return {};
}

// A client that sends its request again is answered what it was answered before.
bool is_done(const model::ManagedSecret& secret, const std::optional<std::string>& token) {
    return token && std::ranges::count(secret.versions, *token, &model::SecretVersion::id) > 0;
}

}  // namespace

Result<api::RotateSecretResponse> rotate_secret(const Deps& deps, const Call& call, const FoundSecret& asked,
                                                const api::RotateSecretRequest& input) {
    if (!input.RotateImmediately.value_or(true))
        return invalid_parameter(
            "Secrets are not rotated on a schedule here: RotateImmediately must be true.");
    return store::retry_races([&]() -> Result<api::RotateSecretResponse> {
        const auto found = TRY(target_of(deps, call, asked.record().arn));
        if (!found.secret) return secret_not_found();
        const FoundSecret& secret = *found.secret;
        api::RotateSecretResponse answer;
        answer.ARN = secret.record().arn;
        answer.Name = secret.record().name;
        const std::string version =
            input.ClientRequestToken ? *input.ClientRequestToken : crypto::random_uuid(deps.random);
        answer.VersionId = version;
        if (is_done(secret.record(), input.ClientRequestToken)) return answer;
        TRY(check_rotatable(secret));
        const databases::SecretTools tools{deps.sealing, deps.random, call.now};
        TRY(deps.store.commit(databases::rotation(secret.owner, secret.stored, tools, version)));
        return answer;
    });
}

}  // namespace countersign::secretsmanager
