// Where RDS's and Secrets Manager's records that are no databases lie in the store, as keys.h has it for the
// rest.
#pragma once

#include <string>

#include "model/keys.h"

namespace countersign::model::keys {

inline std::string event_subscriptions(Name account_id, Name region) {
    return "/rds-subscriptions/" + std::string(account_id) + '/' + std::string(region) + '/';
}
inline std::string event_subscription(Name account_id, Name region, Name name) {
    return event_subscriptions(account_id, region) + lower(name);
}
// The certificate authority that an account chose for its new databases in a region.
inline std::string certificate_override(Name account_id, Name region) {
    return "/rds-certificate/" + std::string(account_id) + '/' + std::string(region);
}

// Secrets that a service made, by their names: /secrets/ACCOUNT/REGION/rds!db-…
inline std::string all_secrets() {
    return "/secrets/";
}
inline std::string secrets(Name account_id, Name region) {
    return all_secrets() + std::string(account_id) + '/' + std::string(region) + '/';
}
inline std::string secret(Name account_id, Name region, Name name) {
    return secrets(account_id, region) + std::string(name);
}

}  // namespace countersign::model::keys
