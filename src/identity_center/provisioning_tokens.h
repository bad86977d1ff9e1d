// What a program that provisions people and groups by SCIM proves itself with: two tokens of an instance at
// most, so that one can follow the other, each good for a year. The store has their digests. Safe to call
// from any thread. Source: IAM Identity Center User Guide, "Automatic provisioning".
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "model/identity_center.h"
#include "store/records.h"

namespace countersign::identity_center {

struct NewProvisioningToken {
    Secret token;
    model::ProvisioningToken record;
};

// In the place of one that expired, where there is such a one. Fault::conflict: there are two already.
Result<NewProvisioningToken> create_provisioning_token(store::Store& store, crypto::Random& random,
                                                       const std::string& identity_store, Instant now);

// With those that expired.
Result<std::vector<model::ProvisioningToken>> provisioning_tokens(store::Store& store,
                                                                  const std::string& identity_store);

// Fault::not_found: none has this id.
Result<void> delete_provisioning_token(store::Store& store, const std::string& identity_store,
                                       const std::string& id);

// Fault::unauthenticated for every text that is no token of this instance, or none any more, and where there
// is no such instance. Reads the store alone.
Result<model::ProvisioningToken> find_provisioning_token(store::Store& store,
                                                         const std::string& identity_store,
                                                         const std::string& token, Instant now);

}  // namespace countersign::identity_center
