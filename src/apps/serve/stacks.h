// CloudFormation's worker, put together: it calls through the dispatcher that serves its own service, too.
#pragma once

#include "services/cloudformation/engine/worker.h"
#include "services/sts/service.h"

namespace countersign::apps {

class Stacks {
public:
    // Everything must outlive it.
    struct Deps {
        sts::Deps sts;
        access::Access& access;
        const gateway::Dispatcher& dispatcher;
        const Clock& clock;
        const Log& log;
    };

    // Goes on with the stacks that were under way, and with those that come.
    explicit Stacks(const Deps& deps);

private:
    cloudformation::Worker worker_;
};

}  // namespace countersign::apps
