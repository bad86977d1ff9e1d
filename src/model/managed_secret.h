// A secret of Secrets Manager that RDS made: the password of a master user. Values.
#pragma once

#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "base/clock.h"

namespace countersign::model {

struct SecretVersion {
    std::string id;      // a UUID
    std::string sealed;  // the password; crypto/seal.h, context = the store key of the secret
    Instant created;
};
BOOST_DESCRIBE_STRUCT(SecretVersion, (), (id, sealed, created))

// Which version is current, the database's record says: while a password waits there, the last version is
// pending, and the one before it is in force.
struct ManagedSecret {
    std::string name;  // rds!cluster-… or rds!db-…
    std::string arn;   // with Secrets Manager's six letters at the end
    std::string account;
    std::string region;
    std::string resource_id;  // of the database's server
    std::string kms_key;      // as it was given; may be empty
    Instant created;
    std::vector<SecretVersion> versions;  // the oldest first; three at most
};
BOOST_DESCRIBE_STRUCT(ManagedSecret, (),
                      (name, arn, account, region, resource_id, kms_key, created, versions))

}  // namespace countersign::model
