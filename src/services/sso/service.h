// The access portal of IAM Identity Center: a program with an access token lists the accounts and roles of
// its person and takes credentials of one. No call is signed; the token is the proof. Source: IAM Identity
// Center Portal API Reference.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/gateway.h"
#include "model/identity_center.h"
#include "services/sso/role_credentials.h"
#include "store/store.h"

namespace countersign::sso {

// The references must outlive the service.
struct Deps {
    store::Store& store;
    BeginRoleSession begin;
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::sso
