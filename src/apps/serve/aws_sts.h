// How `countersign serve` asks AWS's STS who signed a request.
#pragma once

#include "base/result.h"
#include "cli/serve_options.h"
#include "services/sts/service.h"

namespace countersign::apps {

// Whether the options are good by themselves: before anything is started.
Result<void> check_aws_sts(const cli::AwsStsOptions& options);

// AWS's own hosts and those of the options, asked over verified TLS within five seconds; no redirect is
// followed. `outside` is AwsSts::outside.
sts::AwsSts aws_sts(const cli::AwsStsOptions& options, decltype(sts::AwsSts::outside) outside);

}  // namespace countersign::apps
