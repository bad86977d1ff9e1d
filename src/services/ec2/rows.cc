#include "services/ec2/rows.h"

namespace countersign::ec2 {

Result<void> authorize_targets(const gateway::Call& call, std::string_view action,
                               const std::vector<Target>& targets) {
    if (targets.empty()) return Error{Fault::internal, "an operation names no resource to be authorised on"};
    for (const Target& target : targets) {
        const std::string name = "ec2:" + (target.action.empty() ? std::string(action) : target.action);
        access::Wanted wanted{name, target.arn, call.context};
        wanted.context["ec2:region"] = {call.region};
        for (const auto& [key, values] : target.facts) wanted.context[key] = values;
        TRY(gateway::authorize(call, wanted));
    }
    return {};
}

Error dry_run() {
    return Error{Fault::unsupported, "Request would have succeeded, but DryRun flag is set.",
                 "DryRunOperation"};
}

}  // namespace countersign::ec2
