// ARNs of what Countersign's own actions (countersign:…) are about.
#pragma once

#include <string>
#include <string_view>

#include "gateway/operation.h"
#include "model/arn.h"

namespace countersign::gateway {

// `kind` is database, login or pooler.
inline std::string own_arn(const Call& call, const std::string& region, std::string_view kind,
                           const std::string& id) {
    return model::Arn{.partition = std::string(model::partition_of(region)),
                      .service = "countersign",
                      .region = region,
                      .account = call.account(),
                      .resource = std::string(kind) + '/' + id}
        .text();
}

}  // namespace countersign::gateway
