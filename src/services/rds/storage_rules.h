// Which storage an instance may ask for, with RDS's own error texts. Pure. Source: RDS API Reference,
// CreateDBInstance; RDS User Guide, "Amazon RDS DB instance storage".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "services/rds/validation.h"

namespace countersign::rds {

struct Storage {
    std::optional<std::string> type = {};
    std::optional<std::int64_t> size = {};        // GiB
    std::optional<std::int64_t> max_size = {};    // GiB, of storage that grows by itself
    std::optional<std::int64_t> iops = {};        // provisioned
    std::optional<std::int64_t> throughput = {};  // MiB/s

    // The same with what another one gives in its place.
    Storage changed_by(const Storage& change) const;
};

// What a type of storage takes.
struct StorageType {
    std::string_view name;
    Range sizes;            // GiB
    double iops_ratio_max;  // of IOPS to GiB; 0: its IOPS cannot be provisioned by this ratio
};
std::span<const StorageType> storage_types();
inline constexpr std::int64_t striped_gib = 400;  // from here on gp3 has what may be chosen
inline constexpr Range gp3_iops{12'000, 64'000};
inline constexpr Range gp3_throughput{500, 4000};
inline constexpr double iops_ratio_min = 0.5;  // of IOPS to GiB

// That of an instance of its own.
Result<void> check_storage(const Storage& storage);
// A change of it; what it leaves out stays.
Result<void> check_storage_change(const Storage& current, const Storage& change);
// What is said of the storage of a member of a cluster, which has the cluster's.
Result<void> check_new_member_storage(const Storage& storage);
Result<void> check_member_storage_change(const Storage& change);
// A cluster's own.
Result<void> check_cluster_storage_type(const std::optional<std::string>& type);

}  // namespace countersign::rds
