// Applications and trusted token issuers of an instance: found by their ARNs, and who may use which. Safe to
// call from any thread. Source: IAM Identity Center API Reference.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "identity_center/instances.h"
#include "model/applications.h"
#include "store/records.h"

namespace countersign::identity_center {

inline constexpr std::string_view jwt_bearer_grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
inline constexpr std::string_view token_exchange_grant = "urn:ietf:params:oauth:grant-type:token-exchange";

// What every application may ask for without its being named. Source: IAM Identity Center OIDC API Reference,
// "CreateTokenWithIAM".
inline constexpr std::array<std::string_view, 3> default_scopes = {"openid", "aws", "sts:identity_context"};
// What the access portal asks of an application's token.
inline constexpr std::string_view account_access_scope = "sso:account:access";

struct FoundApplication {
    model::IdentityCenter instance;
    store::Stored<model::Application> application;
};

std::string application_arn(const model::IdentityCenter& instance, std::string_view application_id);
// Nothing where there is none, or another than this ARN names.
Result<std::optional<FoundApplication>> find_application(store::Store& store, const std::string& arn);

bool has_grant(const model::Application& application, std::string_view grant_type);

// Whether this person may use it: it is enabled, and theirs where it has to be.
Result<bool> may_use_application(store::Store& store, const std::string& identity_store,
                                 const model::Application& application, const std::string& user_id);

Result<std::vector<model::ApplicationAssignment>> applications_of_assignee(store::Store& store,
                                                                           const std::string& identity_store,
                                                                           const std::string& assignee);
std::string assignment_key(const std::string& identity_store, const model::ApplicationAssignment& assignment);
// The writes that make an assignment, and that end it.
std::vector<store::Write> assigned(const std::string& identity_store,
                                   const model::ApplicationAssignment& wanted);
std::vector<store::Write> unassigned(const std::string& identity_store,
                                     const model::ApplicationAssignment& present);

using TokenIssuer = store::Stored<model::TrustedTokenIssuer>;

std::string token_issuer_arn(const model::IdentityCenter& instance, std::string_view issuer_id);
// The instance's issuer of that ARN; nothing where there is none.
Result<std::optional<TokenIssuer>> find_token_issuer(store::Store& store,
                                                     const model::IdentityCenter& instance,
                                                     const std::string& arn);
// The ARN of the instance within which an application, a trusted token issuer or a permission set lies, as
// the ARN of that says; the ARN itself where it says none.
std::string instance_arn_in(const std::string& arn);

}  // namespace countersign::identity_center
