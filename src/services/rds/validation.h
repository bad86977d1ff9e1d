// RDS's rules for what callers send, one function a rule, with RDS's own error texts where they are known.
// Pure. Source: RDS API Reference, CreateDBCluster and CreateDBInstance; RDS User Guide, "Quotas and
// constraints".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign::rds {

inline constexpr std::string_view aurora = "aurora-postgresql";
inline constexpr std::string_view postgres = "postgres";

Error invalid_value(std::string message);        // InvalidParameterValue
Error invalid_combination(std::string message);  // InvalidParameterCombination
Error missing(std::string_view parameter);  // InvalidParameterValue: must be provided and must not be blank

// InvalidParameterValue, with the rule of identifiers.
Error not_an_identifier(std::string_view parameter);

// Clusters and instances: 1 to 63 letters, digits and hyphens; the answer is in lower case, as it is stored.
Result<std::string> parse_identifier(std::string_view parameter, std::string_view text);
// Subnet groups: 1 to 255 letters, digits, blanks, '_', '.' and '-', but not "default"; in lower case.
Result<std::string> parse_group_name(std::string_view text);

// Parameter groups and snapshots: as identifiers, but up to 255 letters.
Result<std::string> parse_long_identifier(std::string_view parameter, std::string_view text);

struct UsernameRule {
    std::size_t characters_max;
};
inline constexpr UsernameRule cluster_username{16};
inline constexpr UsernameRule instance_username{63};  // as long as a role's name in PostgreSQL
Result<void> check_master_username(const std::optional<std::string>& name, UsernameRule rule);

struct PasswordRule {
    std::size_t characters_max;
};
inline constexpr PasswordRule cluster_password{41};
inline constexpr PasswordRule instance_password{128};
// Never repeats the password.
Result<void> check_password(const std::optional<std::string>& password, PasswordRule rule);

// `parameter` is DatabaseName or DBName; none given is fine.
Result<void> check_database_name(std::string_view parameter, const std::optional<std::string>& name);
Result<std::optional<std::uint16_t>> parse_port(const std::optional<std::int64_t>& port);
inline constexpr std::string_view serverless_class = "db.serverless";
Result<void> check_instance_class(std::string_view name);
// Whether an instance may have a class of that form: db.serverless is Aurora's alone.
Result<void> check_class_offered(std::string_view engine, std::string_view version, std::string_view name);
Result<void> check_log_types(std::string_view engine, const std::vector<std::string>& types);

struct Range {
    std::int64_t first;
    std::int64_t last;
};
inline constexpr Range cluster_retention{1, 35};   // days
inline constexpr Range instance_retention{0, 35};  // days; 0: no backups
inline constexpr Range promotion_tiers{0, 15};
Result<void> check_retention(const std::optional<std::int64_t>& days, Range range);
Result<void> check_range(std::string_view parameter, const std::optional<std::int64_t>& number, Range range);

// Enhanced Monitoring: how often in seconds, and by whose right.
Result<void> check_monitoring(const std::optional<std::int64_t>& interval,
                              const std::optional<std::string>& role);

// Of groups: printable ASCII.
Result<void> check_description(std::string_view parameter, std::string_view text);

Result<std::vector<std::string>> parse_subnets(const std::vector<std::string>& ids, std::size_t subnets_max);

// A feature that is not offered here must not be asked for; that it is off may be said.
struct Switch {
    std::string_view parameter;
    std::optional<bool> on;
};
Result<void> refuse_switched_on(const std::vector<Switch>& switches);

}  // namespace countersign::rds
