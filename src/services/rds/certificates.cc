#include "services/rds/certificates.h"

#include <fmt/format.h>

#include "model/arn.h"
#include "model/event_subscription.h"
#include "model/service_keys.h"
#include "services/rds/describe.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "services/rds/servers.h"
#include "services/rds/validation.h"
#include "store/records.h"

namespace countersign::rds {

using gateway::Call;

namespace {

std::string key_of(const Call& call) {
    return model::keys::certificate_override(call.account(), call.region);
}

// There is one authority, so it is what new databases have whether it was chosen or not.
api::Certificate to_api(const Call& call, bool is_chosen) {
    api::Certificate authority;
    authority.CertificateIdentifier = authority_id;
    authority.CertificateType = "CA";
    authority.CertificateArn = model::Arn{std::string(model::partition_of(call.region)), "rds", call.region,
                                          "", fmt::format("cert:{}", authority_id)}
                                   .text();
    authority.CustomerOverride = is_chosen;
    return authority;
}

}  // namespace

Result<api::CertificateMessage> describe_certificates(const Deps& deps, const Call& call,
                                                      const api::DescribeCertificatesMessage& input) {
    TRY(Filters::read(input.Filters, {}));
    TRY(check_authority(input.CertificateIdentifier));
    TRY(items_wanted(input));
    const auto chosen = TRY(deps.store.get(key_of(call)));
    api::CertificateMessage answer;
    answer.DefaultCertificateForNewLaunches = authority_id;
    answer.Certificates.push_back(to_api(call, chosen.has_value()));
    return answer;
}

Result<api::ModifyCertificatesResult> modify_certificates(const Deps& deps, const Call& call,
                                                          const api::ModifyCertificatesMessage& input) {
    const bool removes = input.RemoveCustomerOverride.value_or(false);
    if (removes && input.CertificateIdentifier)
        return invalid_combination(
            "CertificateIdentifier cannot be specified together with RemoveCustomerOverride.");
    if (!removes && !input.CertificateIdentifier) return missing("CertificateIdentifier");
    TRY(check_authority(input.CertificateIdentifier));
    const store::Write write =
        removes ? store::erase(key_of(call))
                : store::put(key_of(call), model::CertificateOverride{*input.CertificateIdentifier});
    TRY(deps.store.commit({{}, {write}}));
    api::ModifyCertificatesResult answer;
    answer.Certificate = to_api(call, !removes);
    return answer;
}

}  // namespace countersign::rds
