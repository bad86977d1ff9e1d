#include "services/accessanalyzer/service.h"

#include "generated/accessanalyzer.h"
#include "services/accessanalyzer/validate_policy.h"

namespace countersign::accessanalyzer {

gateway::Service service(const Deps& deps) {
    using Op = api::ops::ValidatePolicy;
    auto everything = [](const gateway::Call&, const Op::Input&) { return std::vector<std::string>{"*"}; };
    return gateway::Service{
        api::model,
        gateway::Locality::regional,
        api::errors,
        {gateway::operation<Op>("access-analyzer", everything, gateway::bound<Op>(deps, validate_policy))}};
}

}  // namespace countersign::accessanalyzer
