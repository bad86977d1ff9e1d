#include "iam/service.h"

#include <algorithm>
#include <iterator>

#include "generated/iam.h"
#include "iam/nouns.h"

namespace countersign::iam {

namespace {

constexpr Rows (*nouns[])(const Surroundings&) = {
    access_key_operations,
    policy_operations,
    user_operations,
    user_policy_operations,
};

}  // namespace

gateway::Service service(const Surroundings& around) {
    gateway::Service service{api::model, gateway::Locality::global, api::errors, {}};
    for (const auto operations_of : nouns)
        std::ranges::move(operations_of(around), std::back_inserter(service.operations));
    return service;
}

}  // namespace countersign::iam
