// What a data directory gets once, at its first start, and keeps: the account, the administrator's key, the
// certificate authority.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "client/data_dir.h"
#include "crypto/certificates.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "sigv4/signing.h"
#include "store/store.h"

namespace countersign::apps {

struct Foundation {
    std::string account;
    sigv4::Credentials administrator;  // the root user's key; empty when it has been deleted
    crypto::CertifiedKey authority;
};

// What was asked for, and is random otherwise. Counts when the store is new.
struct FirstStart {
    std::string account;               // 12 digits; another one later is an error
    sigv4::Credentials administrator;  // without a key: a random one
};

// Made in one transaction when the store is new; read otherwise.
Result<Foundation> init_account(store::Store& store, const crypto::SealingKey& sealing,
                                crypto::Random& random, Instant now, const FirstStart& wanted);

// Seals what is in the store with the newest key, where that is not done yet.
Result<void> seal_anew(store::Store& store, const crypto::SealingKey& sealing, crypto::Random& random,
                       const Log& log);

// Writes credentials, bundle and region into the data directory.
Result<void> publish(const Foundation& foundation, const client::DataDir& dir, const std::string& region);

}  // namespace countersign::apps
