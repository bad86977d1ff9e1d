// IAM Identity Center's OIDC service: programs register, ask for a person's agreement, and get tokens of it.
// No call of these is signed; the person agrees on a page (src/console/signin). Applications that an
// administrator made get tokens by calls that an identity of IAM signs. Source: IAM Identity Center OIDC API
// Reference; RFC 8628, RFC 7636.
#pragma once

#include <functional>
#include <string>

#include "crypto/random.h"
#include "crypto/seal.h"
#include "federation/provider_keys.h"
#include "gateway/gateway.h"
#include "identity_center/grants.h"
#include "store/store.h"

namespace countersign::sso_oidc {

// The references must outlive the service.
struct Deps {
    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
    identity_center::Grants& grants;
    federation::ProviderKeys& provider_keys;
    std::function<std::string()> url;  // where people reach this server by a browser: https://host:7070
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::sso_oidc
