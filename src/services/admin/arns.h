// The regional resources that this global service works on: their names and their records.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/operation.h"
#include "gateway/own_arn.h"
#include "model/arn.h"

namespace countersign::admin {

using gateway::own_arn;

// The region that a request names, or that of its credential scope.
inline std::string region_of(const gateway::Call& call, const std::optional<std::string>& named) {
    return named.value_or(call.region);
}

// `kind` is cluster, db or proxy.
inline std::string rds_arn(const gateway::Call& call, const std::string& region, const std::string& kind,
                           const std::string& id) {
    return model::Arn{.partition = std::string(model::partition_of(region)),
                      .service = "rds",
                      .region = region,
                      .account = call.account(),
                      .resource = kind + ':' + id}
        .text();
}

}  // namespace countersign::admin
