#include "services/cloudtrail/service.h"

#include "gateway/rows.h"
#include "services/cloudtrail/lookup_events.h"

namespace countersign::cloudtrail {

gateway::Service service(const Deps& deps) {
    using Op = api::ops::LookupEvents;
    return gateway::Service{api::model,
                            gateway::Locality::regional,
                            api::errors,
                            {gateway::on_all_resources<Op>(deps, lookup_events)}};
}

}  // namespace countersign::cloudtrail
