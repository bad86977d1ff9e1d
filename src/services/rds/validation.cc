#include "services/rds/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"

namespace countersign::rds {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word_character(char c) {
    return is_letter(c) || is_digit(c) || c == '_';
}

// A letter, then letters, digits and underscores.
bool is_word(std::string_view text) {
    return !text.empty() && is_letter(text[0]) && std::ranges::all_of(text, is_word_character);
}

bool is_identifier(std::string_view text) {
    const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
    return !text.empty() && is_letter(text.front()) && text.back() != '-' &&
           std::ranges::all_of(text, fits) && text.find("--") == std::string_view::npos;
}

bool is_reserved(const std::string& name) {
    static const std::set<std::string_view> words = {"admin",        "none",      "public", "rdsadmin",
                                                     "rdsrepladmin", "rdstopmgr", "user"};
    return words.contains(name) || name.starts_with("rds_") || name.starts_with("pg_");
}

Error bad_password(std::string_view why) {
    return invalid_value(fmt::format("The parameter MasterUserPassword is not a valid password{}", why));
}

bool may_be_in_password(char c) {
    return c > ' ' && c < 0x7f && c != '/' && c != '"' && c != '@';
}

}  // namespace

Error invalid_value(std::string message) {
    return Error{Fault::invalid, std::move(message), "InvalidParameterValue"};
}

Error invalid_combination(std::string message) {
    return Error{Fault::invalid, std::move(message), "InvalidParameterCombination"};
}

Error missing(std::string_view parameter) {
    return invalid_value(fmt::format("The parameter {} must be provided and must not be blank.", parameter));
}

Error not_an_identifier(std::string_view parameter) {
    return invalid_value(
        fmt::format("The parameter {} is not a valid identifier. Identifiers must begin with a letter; must "
                    "contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or "
                    "contain two consecutive hyphens.",
                    parameter));
}

Result<std::string> parse_identifier(std::string_view parameter, std::string_view text) {
    constexpr std::size_t characters_max = 63;
    if (!is_identifier(text)) return not_an_identifier(parameter);
    if (text.size() > characters_max)
        return invalid_value(
            fmt::format("The parameter {} is not a valid identifier because it is longer than {} "
                        "characters.",
                        parameter, characters_max));
    return lower(text);
}

Result<std::string> parse_long_identifier(std::string_view parameter, std::string_view text) {
    constexpr std::size_t characters_max = 255;
    if (is_identifier(text) && text.size() <= characters_max) return lower(text);
    return not_an_identifier(parameter);
}

Result<std::string> parse_group_name(std::string_view text) {
    constexpr std::size_t characters_max = 255;
    const auto fits = [](char c) { return is_word_character(c) || c == ' ' || c == '.' || c == '-'; };
    std::string name = lower(text);
    if (name == "default")
        return invalid_value("Subnet group name default is reserved. Please specify another name.");
    if (name.empty() || name.size() > characters_max || !std::ranges::all_of(name, fits))
        return invalid_value(fmt::format("Invalid subnet group name:  {}", text));
    return name;
}

Result<void> check_master_username(const std::optional<std::string>& name, UsernameRule rule) {
    if (!name) return missing("MasterUsername");
    if (!is_word(*name) || name->size() > rule.characters_max)
        return invalid_value("Invalid master user name");
    if (is_reserved(lower(*name)))
        return invalid_value(fmt::format(
            "MasterUsername {} cannot be used as it is a reserved word used by the engine", *name));
    return {};
}

Result<void> check_password(const std::optional<std::string>& password, PasswordRule rule) {
    constexpr std::size_t characters_min = 8;
    if (!password) return missing("MasterUserPassword");
    if (password->size() < characters_min)
        return bad_password(fmt::format(" because it is shorter than {} characters.", characters_min));
    if (password->size() > rule.characters_max)
        return bad_password(fmt::format(" because it is longer than {} characters.", rule.characters_max));
    if (!std::ranges::all_of(*password, may_be_in_password))
        return bad_password(". Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.");
    return {};
}

Result<void> check_database_name(std::string_view parameter, const std::optional<std::string>& name) {
    constexpr std::size_t characters_max = 63;
    if (!name) return {};
    if (!is_word(*name) || name->size() > characters_max)
        return invalid_value(
            fmt::format("{} must begin with a letter and contain only alphanumeric characters.", parameter));
    static const std::set<std::string> reserved = {"rdsadmin", "template0", "template1"};
    if (reserved.contains(lower(*name)))
        return invalid_value(
            fmt::format("{} {} cannot be used. It is a reserved word for this engine", parameter, *name));
    return {};
}

Result<std::optional<std::uint16_t>> parse_port(const std::optional<std::int64_t>& port) {
    constexpr Range ports{1150, 65535};
    if (!port) return std::optional<std::uint16_t>();
    if (*port < ports.first || *port > ports.last)
        return invalid_value(
            fmt::format("Invalid endpoint port {}. Valid range is: {}-{}", *port, ports.first, ports.last));
    return std::optional(static_cast<std::uint16_t>(*port));
}

Result<void> check_retention(const std::optional<std::int64_t>& days, Range range) {
    if (!days || (*days >= range.first && *days <= range.last)) return {};
    return invalid_value(
        fmt::format("Invalid backup retention period: {}. Retention period must be between {} and {}.", *days,
                    range.first, range.last));
}

Result<void> check_monitoring(const std::optional<std::int64_t>& interval,
                              const std::optional<std::string>& role) {
    constexpr std::array<std::int64_t, 7> intervals{0, 1, 5, 10, 15, 30, 60};
    const std::int64_t seconds = interval.value_or(0);
    if (std::ranges::find(intervals, seconds) == intervals.end())
        return invalid_value(fmt::format("Invalid monitoring interval, please enter a value in [{}]",
                                         fmt::join(intervals, ", ")));
    if (seconds != 0 && !role)
        return invalid_combination(
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.");
    if (seconds == 0 && role)
        return invalid_combination(
            "You must specify a MonitoringInterval value other than 0 when you specify a MonitoringRoleARN "
            "value.");
    return {};
}

Result<void> check_description(std::string_view parameter, std::string_view text) {
    const auto is_printable = [](char c) { return c >= ' ' && c < 0x7f; };
    if (std::ranges::all_of(text, is_printable)) return {};
    return invalid_value(
        fmt::format("The parameter {} must not contain non-printable control characters.", parameter));
}

Result<void> check_instance_class(std::string_view name) {
    if (name == serverless_class) return {};
    const std::vector<std::string_view> parts = split(name, '.');
    const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
    const auto is_part = [&](std::string_view part) {
        return !part.empty() && std::ranges::all_of(part, fits);
    };
    const bool known =
        name.size() <= 64 && parts.size() == 3 && parts[0] == "db" && is_part(parts[1]) && is_part(parts[2]);
    if (!known) return invalid_value(fmt::format("Invalid DB Instance class: {}", name));
    return {};
}

Result<void> check_class_offered(std::string_view engine, std::string_view version, std::string_view name) {
    // Families that no version since 13 has, and what of the smaller ones Aurora lacks.
    static const std::set<std::string_view> retired = {"m1", "m2", "m3", "m4", "r3",
                                                       "r4", "t1", "t2", "x1", "x1e"};
    static const std::set<std::string_view> too_small = {"micro", "small"};
    const std::vector<std::string_view> parts = split(name, '.');
    const bool is_of_aurora = engine == aurora;
    const bool is_lacking =
        parts.size() == 3 ? retired.contains(parts[1]) ||
                                (is_of_aurora && (parts[1].starts_with('m') || too_small.contains(parts[2])))
                          : name == serverless_class && !is_of_aurora;
    if (!is_lacking) return {};
    return invalid_combination(
        fmt::format("RDS does not support creating a DB instance with the following combination: "
                    "DBInstanceClass={}, Engine={}, EngineVersion={}, LicenseModel=postgresql-license. For "
                    "supported combinations of instance class and database engine version, see the "
                    "documentation.",
                    name, engine, version));
}

Result<void> check_log_types(std::string_view engine, const std::vector<std::string>& types) {
    static const std::set<std::string> of_aurora = {"iam-db-auth-error", "instance", "postgresql"};
    static const std::set<std::string> of_postgres = {"iam-db-auth-error", "postgresql", "upgrade"};
    const std::set<std::string>& known = engine == aurora ? of_aurora : of_postgres;
    for (const std::string& type : types)
        if (!known.contains(type))
            return invalid_combination(
                fmt::format("You cannot use the log types '{}' with engine {}. For supported "
                            "log types, see the documentation.",
                            type, engine));
    return {};
}

Result<void> check_range(std::string_view parameter, const std::optional<std::int64_t>& number, Range range) {
    if (!number || (*number >= range.first && *number <= range.last)) return {};
    return invalid_value(fmt::format("Invalid value {} for {}. Must be between {} and {}", *number, parameter,
                                     range.first, range.last));
}

Result<std::vector<std::string>> parse_subnets(const std::vector<std::string>& ids, std::size_t subnets_max) {
    constexpr std::size_t characters_max = 64;
    const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
    std::vector<std::string> subnets;
    for (const std::string& id : ids) {
        if (!id.starts_with("subnet-") || id.size() > characters_max || !std::ranges::all_of(id, fits))
            return Error{Fault::invalid,
                         fmt::format("Some input subnets in :[{}] are invalid.", joined(ids, ", ")),
                         "InvalidSubnet"};
        if (std::ranges::count(subnets, id) == 0) subnets.push_back(id);
    }
    if (subnets.size() < 2)
        return Error{
            Fault::invalid,
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Add subnets to "
            "cover at least 2 AZs.",
            "DBSubnetGroupDoesNotCoverEnoughAZs"};
    if (subnets.size() > subnets_max)
        return Error{Fault::invalid, fmt::format("A DB subnet group has at most {} subnets.", subnets_max),
                     "DBSubnetQuotaExceededFault"};
    return subnets;
}

Result<void> refuse_switched_on(const std::vector<Switch>& switches) {
    for (const Switch& one : switches)
        if (one.on.value_or(false))
            return invalid_combination(fmt::format("{} is not supported here.", one.parameter));
    return {};
}

}  // namespace countersign::rds
