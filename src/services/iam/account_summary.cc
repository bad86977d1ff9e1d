// GetAccountSummary: how much of everything the account has, and how much it may have. Source: IAM API
// Reference, "GetAccountSummary"; IAM User Guide, "IAM and AWS STS quotas".
#include <algorithm>

#include "model/keys.h"
#include "services/iam/operation_registry.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

using Summary = std::map<std::string, std::int64_t>;

void put_quotas(Summary& summary) {
    summary["AccessKeysPerUserQuota"] = 2;
    summary["AssumeRolePolicySizeQuota"] = 2048;
    summary["AttachedPoliciesPerGroupQuota"] = 10;
    summary["AttachedPoliciesPerRoleQuota"] = 20;
    summary["AttachedPoliciesPerUserQuota"] = 10;
    summary["GlobalEndpointTokenVersion"] = 1;
    summary["GroupPolicySizeQuota"] = 5120;
    summary["GroupsPerUserQuota"] = 10;
    summary["GroupsQuota"] = 300;
    summary["InstanceProfilesQuota"] = 1000;
    summary["PoliciesQuota"] = 1500;
    summary["PolicySizeQuota"] = 6144;
    summary["PolicyVersionsInUseQuota"] = 10000;
    summary["RolePolicySizeQuota"] = 10240;
    summary["RolesQuota"] = 1000;
    summary["ServerCertificatesQuota"] = 20;
    summary["SigningCertificatesPerUserQuota"] = 2;
    summary["UserPolicySizeQuota"] = 2048;
    summary["UsersQuota"] = 5000;
    summary["VersionsPerPolicyQuota"] = 5;
}

Result<void> count(store::Store& store, const std::string& prefix, std::int64_t& counter) {
    counter += std::ssize(TRY(store::list_all(store, prefix)).entries);
    return {};
}

Result<void> count_policies(store::Store& store, const std::string& account, Summary& summary) {
    for (const auto& policy : TRY(store::load_all<model::ManagedPolicy>(store, keys::policies(account)))) {
        ++summary["Policies"];
        summary["PolicyVersionsInUse"] += std::ssize(policy.record.versions);
    }
    return {};
}

Result<void> count_devices(store::Store& store, const std::string& account, Summary& summary) {
    for (const auto& device : TRY(store::load_all<model::MfaDevice>(store, keys::mfa_devices(account)))) {
        ++summary["MFADevices"];
        if (device.record.enabled) ++summary["MFADevicesInUse"];
        if (device.record.enabled && device.record.user.empty()) summary["AccountMFAEnabled"] = 1;
    }
    return {};
}

Result<api::GetAccountSummaryResponse> get_account_summary(const Deps& deps, const Call& call,
                                                           const Nothing&) {
    const std::string& account = call.account();
    api::GetAccountSummaryResponse answer;
    Summary& summary = answer.SummaryMap;
    put_quotas(summary);
    for (const char* name : {"AccountMFAEnabled", "AccountPasswordPresent", "MFADevices", "MFADevicesInUse",
                             "Policies", "PolicyVersionsInUse"})
        summary[name] = 0;
    TRY(count(deps.store, keys::groups(account), summary["Groups"]));
    TRY(count(deps.store, keys::instance_profiles(account), summary["InstanceProfiles"]));
    TRY(count(deps.store, keys::oidc_providers(account), summary["Providers"]));
    TRY(count(deps.store, keys::roles(account), summary["Roles"]));
    TRY(count(deps.store, keys::saml_providers(account), summary["Providers"]));
    TRY(count(deps.store, keys::user_keys(account, ""), summary["AccountAccessKeysPresent"]));
    TRY(count(deps.store, keys::users(account), summary["Users"]));
    TRY(count(deps.store, keys::server_certificates(account), summary["ServerCertificates"]));
    TRY(count(deps.store, keys::signing_certificates(account, ""),
              summary["AccountSigningCertificatesPresent"]));
    // Of the root user AWS says whether there are any, not how many.
    for (const char* name : {"AccountAccessKeysPresent", "AccountSigningCertificatesPresent"})
        summary[name] = std::min<std::int64_t>(summary[name], 1);
    TRY(count_policies(deps.store, account, summary));
    TRY(count_devices(deps.store, account, summary));
    return answer;
}

}  // namespace

Rows account_summary_operations(const Deps& deps) {
    return {on_all_resources<api::ops::GetAccountSummary>(deps, get_account_summary)};
}

}  // namespace countersign::iam
