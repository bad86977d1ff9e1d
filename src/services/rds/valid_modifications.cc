#include "services/rds/valid_modifications.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/rds/entities.h"
#include "services/rds/passthrough.h"
#include "services/rds/storage_rules.h"

namespace countersign::rds {

using gateway::Call;

namespace {

constexpr std::int64_t storage_gib_default = 20;

api::Range to_api(Range range) {
    api::Range answer;
    answer.From = range.first;
    answer.To = range.last;
    answer.Step = 1;
    return answer;
}

// Storage never shrinks. IOPS are told for the whole range of sizes, and bound to them by the ratio.
api::ValidStorageOptions to_api(const StorageType& type, std::int64_t size) {
    api::ValidStorageOptions answer;
    const Range sizes{std::max(type.sizes.first, size), type.sizes.last};
    answer.StorageType = type.name;
    answer.StorageSize.push_back(to_api(sizes));
    answer.SupportsStorageAutoscaling = true;
    if (type.name == "gp3") {
        answer.ProvisionedIops.push_back(to_api(gp3_iops));
        answer.ProvisionedStorageThroughput.push_back(to_api(gp3_throughput));
    }
    if (type.iops_ratio_max == 0) return answer;
    api::DoubleRange& ratio = answer.IopsToStorageRatio.emplace_back();
    ratio.From = iops_ratio_min;
    ratio.To = type.iops_ratio_max;
    if (type.name != "gp3")
        answer.ProvisionedIops.push_back(
            to_api({static_cast<std::int64_t>(iops_ratio_min * static_cast<double>(sizes.first)),
                    static_cast<std::int64_t>(type.iops_ratio_max * static_cast<double>(sizes.last))}));
    return answer;
}

}  // namespace

Result<api::DescribeValidDBInstanceModificationsResult> describe_valid_modifications(
    const Deps& deps, const Call& call, const api::DescribeValidDBInstanceModificationsMessage& input) {
    const auto stored = TRY(find_instance(deps.store, call, *input.DBInstanceIdentifier));
    const model::DBInstance& instance = stored.record;
    if (instance.wish != model::Wish::available || instance.status != model::DatabaseStatus::available)
        return Error{Fault::conflict,
                     fmt::format("DB instance {} is not currently in the available state.", instance.id),
                     "InvalidDBInstanceState"};
    api::DescribeValidDBInstanceModificationsResult answer;
    api::ValidDBInstanceModificationsMessage& valid = answer.ValidDBInstanceModificationsMessage.emplace();
    valid.SupportsDedicatedLogVolume = false;
    if (!instance.server) return answer;  // a cluster's storage is nobody's to choose
    const std::int64_t size = echoed_number(instance.kept, "AllocatedStorage").value_or(storage_gib_default);
    for (const StorageType& type : storage_types()) valid.Storage.push_back(to_api(type, size));
    return answer;
}

}  // namespace countersign::rds
