#include "services/cloudformation/types/table.h"

#include <iterator>

namespace countersign::cloudformation {

namespace {

// What the AWS CDK writes for its own statistics, and what stands for nothing: there, and done.
Type nothing(std::string_view name) {
    Type type;
    type.name = name;
    type.create = [](const Job& job) -> Result<Made> { return Made{job.name}; };
    type.settle = [](const Job&) -> Result<Settled> { return Settled{}; };
    type.update = [](const Job&) -> Result<void> { return {}; };
    type.remove = [](const Job&) -> Result<void> { return {}; };
    return type;
}

std::vector<Type> made() {
    std::vector<Type> types{nothing("AWS::CDK::Metadata"),
                            nothing("AWS::CloudFormation::WaitConditionHandle")};
    for (std::vector<Type> more : {principal_types(), policy_types(), provider_types(), network_types(),
                                   database_types(), database_group_types()})
        types.insert(types.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    return types;
}

}  // namespace

const std::vector<Type>& all_types() {
    static const std::vector<Type> types = made();
    return types;
}

}  // namespace countersign::cloudformation
