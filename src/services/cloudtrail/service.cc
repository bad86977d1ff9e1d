#include "services/cloudtrail/service.h"

#include "services/cloudtrail/lookup_events.h"

namespace countersign::cloudtrail {

gateway::Service service(const Deps& deps) {
    using Op = api::ops::LookupEvents;
    auto everything = [](const gateway::Call&, const Op::Input&) { return std::vector<std::string>{"*"}; };
    return gateway::Service{
        api::model,
        gateway::Locality::regional,
        api::errors,
        {gateway::operation<Op>("cloudtrail", everything, gateway::bound<Op>(deps, lookup_events))}};
}

}  // namespace countersign::cloudtrail
