// One-time codes of virtual MFA devices, checked where a call gives one (SerialNumber and TokenCode). A code
// is good once: its time step is written down before it counts. Safe to call from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/seal.h"
#include "model/iam.h"
#include "store/records.h"

namespace countersign::access {

std::string mfa_arn(const std::string& account, const model::MfaDevice& device);

// The device that this serial number names in the account, whoever has it; nothing when there is none.
Result<std::optional<store::Stored<model::MfaDevice>>> find_mfa_device(store::Store& store,
                                                                       const std::string& account,
                                                                       const std::string& serial);

// Who says to have a device, and what it shows.
struct MfaClaim {
    std::string account;
    std::string user;    // its name; empty: the root user
    std::string serial;  // the device's ARN
    std::string code;
};

// The time of the check, when the device is enabled for that user and the code is right and new. AccessDenied
// with AWS's sentence otherwise.
Result<Instant> check_mfa(store::Store& store, const crypto::SealingKey& sealing, const MfaClaim& claim,
                          Instant now);

}  // namespace countersign::access
