#include "services/cloudformation/rows.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/arn.h"

namespace countersign::cloudformation {

std::string stack_arn(const Place& place, std::string_view name, std::string_view uuid) {
    return model::Arn{std::string(model::partition_of(place.region)), "cloudformation", place.region,
                      place.account, fmt::format("stack/{}/{}", name, uuid)}
        .text();
}

Result<Target> target_of(const Deps& deps, const gateway::Call& call, const std::string& name_or_id) {
    if (name_or_id.empty()) return Target{"*"};
    const Place place = place_of(call);
    const auto found = TRY(Records(deps, place).find(name_or_id));
    if (!found) {
        const bool is_id = name_or_id.starts_with("arn:");
        return Target{is_id ? name_or_id : stack_arn(place, name_or_id, "*")};
    }
    Target target{found->record.id};
    for (const model::Tag& tag : found->record.tags)
        target.facts["aws:resourcetag/" + lower(tag.Key)] = {tag.Value};
    return target;
}

Result<void> authorize_target(const gateway::Call& call, std::string_view action, const Target& target) {
    const std::string name = "cloudformation:" + std::string(action);
    access::Wanted wanted{name, target.arn, call.context};
    for (const auto& [key, values] : target.facts) wanted.context[key] = values;
    return gateway::authorize(call, wanted);
}

}  // namespace countersign::cloudformation
