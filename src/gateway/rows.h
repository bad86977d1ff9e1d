// How services write the rows of their operations: what each is authorised on, and what does it. What the
// functions of a service work with (Around) says what its IAM actions begin with: `action_prefix`.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "gateway/operation.h"

namespace countersign::gateway {

using Rows = std::vector<Operation>;

template <class Op, class Around>
Operation row(const Around& deps, Resources<Op> resources,
              std::type_identity_t<Function<Op, Around>> function, Supported supported = std::nullopt) {
    return operation<Op>(Around::action_prefix, std::move(resources), bound<Op>(deps, function),
                         std::move(supported));
}

// An operation that AWS authorises on all resources alone.
template <class Op, class Around>
Operation on_all_resources(const Around& deps, std::type_identity_t<Function<Op, Around>> function,
                           Supported supported = std::nullopt) {
    const auto all = [](const Call&, const typename Op::Input&) { return std::vector<std::string>{"*"}; };
    return row<Op>(deps, all, function, std::move(supported));
}

}  // namespace countersign::gateway
