// How long the names of roles are, and which roles PostgreSQL brings along that lead no further than RDS lets
// a master go: a member of any other could reach the machine's files and programs, or whatever data there is.
// Source: PostgreSQL 13 to 18, "Predefined Roles".
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace countersign::databases {

inline constexpr std::size_t role_name_bytes_max = 63;  // NAMEDATALEN - 1

inline constexpr std::array<std::string_view, 10> harmless_predefined_roles = {
    "pg_monitor",          "pg_read_all_settings",        "pg_read_all_stats",
    "pg_stat_scan_tables", "pg_signal_backend",           "pg_checkpoint",
    "pg_maintain",         "pg_signal_autovacuum_worker", "pg_use_reserved_connections",
    "pg_database_owner"};

}  // namespace countersign::databases
