// The parameters of PostgreSQL that parameter groups may set: those of a server's memory, planner, vacuum,
// timeouts and log. What steers files, programs, TLS and who comes in is Countersign's, and not among them.
// Pure. Source of the form: RDS API Reference, Parameter.
#pragma once

#include <span>
#include <string_view>

namespace countersign::model {

enum class DataType { boolean, integer, real, string, list };
enum class Applies { at_once, at_start };  // ApplyType dynamic and static

struct ServerParameter {
    std::string_view name;
    DataType type;
    Applies applies;
    std::string_view allowed;  // FIRST-LAST or A,B,C; empty: any text
    std::string_view value;    // where nobody sets it; empty: none, or another in each version
    std::string_view description;
};

inline constexpr std::string_view force_ssl_parameter = "rds.force_ssl";  // a line of pg_hba.conf, here

inline constexpr unsigned force_ssl_from = 15;  // the major version where it is on unless somebody sets it
bool forces_ssl(std::string_view family);       // unless somebody sets it

std::span<const ServerParameter> server_parameters();  // by name
const ServerParameter* find_server_parameter(std::string_view name);

// Whether PostgreSQL starts with this value; an empty one of a list means none of it.
bool takes(const ServerParameter& parameter, std::string_view value);
bool is_on(std::string_view value);       // of a boolean one
std::string_view name_of(DataType type);  // as RDS calls it

}  // namespace countersign::model
