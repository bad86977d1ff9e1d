#include "access/mfa.h"

#include "base/text.h"
#include "crypto/totp.h"
#include "model/arn.h"
#include "model/keys.h"

namespace countersign::access {

namespace {

// Six digits are guessed in minutes by who may try without end: so many wrong codes, and for the rest of this
// time no code is right.
constexpr int guesses_max = 10;
constexpr auto guessing_time = std::chrono::minutes(5);

Error not_associated() {
    return Error{Fault::denied,
                 "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA "
                 "serial number is valid and associated with this user.",
                 "AccessDenied"};
}

Error wrong_code() {
    return Error{Fault::denied, "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
                 "AccessDenied"};
}

Result<Instant> use_code(store::Store& store, const crypto::SealingKey& sealing, const MfaClaim& claim,
                         Instant now) {
    auto stored = TRY(find_mfa_device(store, claim.account, claim.serial));
    if (!stored || !stored->record.enabled || lower(stored->record.user) != lower(claim.user))
        return not_associated();
    model::MfaDevice& device = stored->record;
    if (now - device.guessed_since >= guessing_time) device.guesses = 0;
    if (device.guesses >= guesses_max) return wrong_code();
    const Secret seed = TRY(sealing.open(device.sealed_seed, stored->key));
    const auto step = crypto::matching_totp_step(seed, claim.code, now);
    const bool right = step && static_cast<std::int64_t>(*step) > device.last_step;
    if (right) device.last_step = static_cast<std::int64_t>(*step);
    if (device.guesses == 0) device.guessed_since = now;
    device.guesses = right ? 0 : device.guesses + 1;
    TRY(store.commit({{stored->unchanged()}, {store::put(stored->key, device)}}));
    if (!right) return wrong_code();
    return now;
}

}  // namespace

std::string mfa_arn(const std::string& account, const model::MfaDevice& device) {
    return model::iam_arn(account, "mfa" + device.path + device.name);
}

Result<std::optional<store::Stored<model::MfaDevice>>> find_mfa_device(store::Store& store,
                                                                       const std::string& account,
                                                                       const std::string& serial) {
    using Found = std::optional<store::Stored<model::MfaDevice>>;
    const auto arn = model::parse_arn(serial);
    if (!arn || arn->service != "iam" || arn->account != account || !arn->resource.starts_with("mfa/"))
        return Found();
    const std::string name = serial.substr(serial.rfind('/') + 1);
    Found stored = TRY(store::load<model::MfaDevice>(store, model::keys::mfa_device(account, name)));
    if (stored && mfa_arn(account, stored->record) != serial) stored.reset();
    return stored;
}

Result<Instant> check_mfa(store::Store& store, const crypto::SealingKey& sealing, const MfaClaim& claim,
                          Instant now) {
    return store::retry_races([&] { return use_code(store, sealing, claim, now); });
}

}  // namespace countersign::access
