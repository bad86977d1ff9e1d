// A service as it is offered: its names, its errors, and a row for each operation.
#pragma once

#include <span>
#include <vector>

#include "gateway/operation.h"
#include "gateway/service_model.h"

namespace countersign::gateway {

// Where a service's resources live: in the region of the request, or everywhere.
enum class Locality { regional, global };

struct Service {
    ServiceModel model;
    Locality locality = Locality::regional;
    std::span<const ErrorModel> errors;
    std::vector<Operation> operations;
};

}  // namespace countersign::gateway
