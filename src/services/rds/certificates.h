// The certificate authority of databases' certificates, and which one an account chose for new databases.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::CertificateMessage> describe_certificates(const Deps& deps, const gateway::Call& call,
                                                      const api::DescribeCertificatesMessage& input);
Result<api::ModifyCertificatesResult> modify_certificates(const Deps& deps, const gateway::Call& call,
                                                          const api::ModifyCertificatesMessage& input);

}  // namespace countersign::rds
