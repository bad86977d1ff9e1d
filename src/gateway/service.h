// A service as it is offered: its names, its errors, and a row for each operation.
#pragma once

#include <span>
#include <vector>

#include "gateway/operation.h"
#include "gateway/service_model.h"

namespace countersign::gateway {

// Where a service is asked, and for which resources.
enum class Locality {
    regional,  // in each region that is served, for what lives there
    global,    // in one region of the partition, whichever a request is signed for: IAM
    anywhere,  // in every region there may be, for the whole account: STS
};

struct Service {
    ServiceModel model;
    Locality locality = Locality::regional;
    std::span<const ErrorModel> errors;
    std::vector<Operation> operations;
};

}  // namespace countersign::gateway
