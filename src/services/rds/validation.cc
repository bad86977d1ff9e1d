#include "services/rds/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "databases/window.h"

namespace countersign::rds {

namespace {

constexpr std::string_view maintenance_window_default = "sun:05:00-sun:05:30";
constexpr std::string_view backup_window_default = "03:00-03:30";

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

bool is_time_of_day(std::string_view text) {
    const std::vector<std::string_view> parts = split(text, ':');
    if (parts.size() != 2 || parts[0].size() != 2 || parts[1].size() != 2) return false;
    const auto hour = parse_number<unsigned>(parts[0]);
    const auto minute = parse_number<unsigned>(parts[1]);
    return hour && minute && *hour < 24 && *minute < 60;
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

Result<std::string> parse_identifier(std::string_view parameter, std::string_view text) {
    constexpr std::size_t characters_max = 63;
    if (!is_identifier(text))
        return invalid_value(
            fmt::format("The parameter {} is not a valid identifier. Identifiers must begin with a letter; "
                        "must contain only "
                        "ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two "
                        "consecutive hyphens.",
                        parameter));
    if (text.size() > characters_max)
        return invalid_value(
            fmt::format("The parameter {} is not a valid identifier because it is longer than {} "
                        "characters.",
                        parameter, characters_max));
    return lower(text);
}

Result<std::string> parse_parameter_group_name(std::string_view text) {
    constexpr std::size_t characters_max = 255;
    if (is_identifier(text) && text.size() <= characters_max) return lower(text);
    return invalid_value(
        "The parameter DBParameterGroupName is not a valid identifier. Identifiers must begin with a letter; "
        "must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two "
        "consecutive hyphens.");
}

Result<std::string> parse_group_name(std::string_view text) {
    constexpr std::size_t characters_max = 255;
    const auto fits = [](char c) { return is_word_character(c) || c == ' ' || c == '.' || c == '-'; };
    std::string name = lower(text);
    if (name.empty() || name.size() > characters_max || !std::ranges::all_of(name, fits) || name == "default")
        return invalid_value(
            "The parameter DBSubnetGroupName is not a valid identifier. It must contain no more than 255 "
            "letters, "
            "digits, spaces, underscores, periods, and hyphens, and must not be \"default\".");
    return name;
}

Result<void> check_master_username(const std::optional<std::string>& name) {
    constexpr std::size_t characters_max = 16;
    if (!name) return missing("MasterUsername");
    if (!is_word(*name) || name->size() > characters_max)
        return invalid_value(
            "The parameter MasterUsername is not a valid user name. It must begin with a letter and contain "
            "1 to 16 "
            "ASCII letters, digits, and underscores.");
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
        return invalid_value(fmt::format(
            "{} must begin with a letter and contain only 1 to 63 alphanumeric characters and underscores.",
            parameter));
    static const std::set<std::string> reserved = {"rdsadmin", "template0", "template1"};
    if (reserved.contains(lower(*name)))
        return invalid_value(
            fmt::format("{} {} cannot be used. It is a reserved word for this engine", parameter, *name));
    return {};
}

Result<std::optional<std::uint16_t>> parse_port(const std::optional<std::int64_t>& port) {
    constexpr Range ports{1150, 65535};
    TRY(check_range("Port", port, ports));
    if (!port) return std::optional<std::uint16_t>();
    return std::optional(static_cast<std::uint16_t>(*port));
}

Result<void> check_instance_class(std::string_view name) {
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

Result<std::string> parse_maintenance_window(const std::optional<std::string>& text) {
    if (!text) return std::string(maintenance_window_default);
    if (!databases::parse_window(*text))
        return invalid_value(
            fmt::format("Invalid maintenance window format: {}. Should be specified as a range "
                        "ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC). Example: Sun:23:45-Mon:00:15",
                        *text));
    return lower(*text);
}

Result<std::string> parse_backup_window(const std::optional<std::string>& text) {
    if (!text) return std::string(backup_window_default);
    const std::vector<std::string_view> ends = split(*text, '-');
    if (ends.size() == 2 && std::ranges::all_of(ends, is_time_of_day) && ends[0] != ends[1]) return *text;
    return invalid_value(
        fmt::format("Invalid backup window format: {}. Should be specified as a range hh24:mi-hh24:mi "
                    "(24H Clock UTC). Example: 06:02-06:32",
                    *text));
}

Result<std::vector<std::string>> parse_subnets(const std::vector<std::string>& ids) {
    constexpr std::size_t subnets_max = 20;
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
