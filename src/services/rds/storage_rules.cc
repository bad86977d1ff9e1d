#include "services/rds/storage_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/rds/validation.h"

namespace countersign::rds {

namespace {

constexpr std::string_view default_type = "gp2";
constexpr std::array storage_table{
    StorageType{"gp2", {20, 65'536}, 0},
    StorageType{"gp3", {20, 65'536}, 500},
    StorageType{"io1", {100, 65'536}, 50},
    StorageType{"io2", {100, 65'536}, 1000},
};

bool is_in(Range range, std::int64_t number) {
    return number >= range.first && number <= range.last;
}

bool is_aurora_type(std::string_view type) {
    return type == "aurora" || type == "aurora-iopt1";
}

Error unknown_type(std::string_view type) {
    return {Fault::invalid, fmt::format("Invalid storage type: {}", type), "StorageTypeNotSupported"};
}

Result<StorageType> find_type(std::string_view name) {
    if (name == "standard")
        return invalid_combination(
            "RDS can't create the DB instance because magnetic storage is deprecated. Set StorageType to "
            "gp2, "
            "gp3, or io2.");
    const auto* found = std::ranges::find(storage_table, name, &StorageType::name);
    if (found == storage_table.end()) return unknown_type(name);
    return *found;
}

Error bad_value(std::string_view what, const StorageType& type, std::int64_t value) {
    return invalid_combination(fmt::format("Invalid {} for engine name {} and storage type {}: {}", what,
                                           postgres, type.name, value));
}

Result<void> check_gp3(const Storage& storage, const StorageType& type) {
    if (!storage.iops && !storage.throughput) return {};
    if (*storage.size < striped_gib)
        return invalid_combination(
            fmt::format("You can't specify IOPS or storage throughput for engine {} and a storage size less "
                        "than {}.",
                        postgres, striped_gib));
    if (storage.iops && !is_in(gp3_iops, *storage.iops)) return bad_value("iops value", type, *storage.iops);
    if (storage.throughput && !is_in(gp3_throughput, *storage.throughput))
        return bad_value("storage throughput value", type, *storage.throughput);
    return {};
}

Result<void> check_iops_ratio(std::string_view what, std::int64_t iops, std::int64_t size,
                              const StorageType& type) {
    const double ratio = static_cast<double>(iops) / static_cast<double>(size);
    if (ratio >= iops_ratio_min && ratio <= type.iops_ratio_max) return {};
    return invalid_combination(
        fmt::format("Invalid iops to {} (GiB) ratio for engine name {} and storage type {}: {:.4f}", what,
                    postgres, type.name, ratio));
}

Result<void> check_provisioned(const Storage& storage, const StorageType& type) {
    if (storage.throughput.value_or(0) != 0 && type.name != "gp3")
        return invalid_combination(
            fmt::format("You can't specify storage throughput for storage type {}.", type.name));
    if (type.name == "gp3") return check_gp3(storage, type);
    if (type.iops_ratio_max == 0)
        return storage.iops.value_or(0) == 0 ? Result<void>() : bad_value("iops value", type, *storage.iops);
    if (!storage.iops)
        return invalid_combination(
            fmt::format("The storage type {} requires iops to be specified.", type.name));
    TRY(check_iops_ratio("storage", *storage.iops, *storage.size, type));
    if (storage.max_size) TRY(check_iops_ratio("max storage", *storage.iops, *storage.max_size, type));
    return {};
}

// Equal sizes say that it shall not grow.
Result<void> check_growth(std::int64_t size, const std::optional<std::int64_t>& max_size) {
    if (!max_size || *max_size == size) return {};
    if (*max_size < size) return invalid_combination("Max storage size must be greater than storage size");
    if (*max_size * 10 < size * 11)
        return invalid_combination("The maximum allocated storage must be increased by at least 10 percent.");
    return {};
}

Result<void> check_member_performance(const Storage& storage) {
    if (storage.iops) return invalid_combination("Specifying IOPs is not allowed for this engine");
    if (storage.type && !is_aurora_type(*storage.type)) return unknown_type(*storage.type);
    return {};
}

}  // namespace

std::span<const StorageType> storage_types() {
    return storage_table;
}

Storage Storage::changed_by(const Storage& change) const {
    const auto either = [](const auto& asked, const auto& present) { return asked ? asked : present; };
    return {either(change.type, type), either(change.size, size), either(change.max_size, max_size),
            either(change.iops, iops), either(change.throughput, throughput)};
}

Result<void> check_storage(const Storage& storage) {
    const StorageType type = TRY(find_type(storage.type.value_or(std::string(default_type))));
    if (!storage.size)
        return invalid_value("The parameter AllocatedStorage must be provided and must not be null.");
    if (!is_in(type.sizes, *storage.size)) return bad_value("storage size", type, *storage.size);
    TRY(check_provisioned(storage, type));
    return check_growth(*storage.size, storage.max_size);
}

Result<void> check_storage_change(const Storage& current, const Storage& change) {
    const Storage wanted = current.changed_by(change);
    if (current.size && wanted.size && *wanted.size < *current.size)
        return invalid_combination(
            fmt::format("Requested storage size ({}) cannot be less than the current storage size ({}).",
                        *wanted.size, *current.size));
    return check_storage(wanted);
}

Result<void> check_new_member_storage(const Storage& storage) {
    if (storage.size)
        return invalid_combination(fmt::format(
            "Invalid storage size for engine name {} and storage type aurora: {}", aurora, *storage.size));
    return check_member_performance(storage);
}

Result<void> check_member_storage_change(const Storage& change) {
    if (change.size || change.max_size)
        return invalid_combination(
            "The specified DB instance is a member of a DB Cluster. Storage grows based on usage. You don't "
            "need to set it explicitly.");
    return check_member_performance(change);
}

Result<void> check_cluster_storage_type(const std::optional<std::string>& type) {
    if (!type || is_aurora_type(*type)) return {};
    return invalid_combination(fmt::format("You can't use the {} storage type.", *type));
}

}  // namespace countersign::rds
