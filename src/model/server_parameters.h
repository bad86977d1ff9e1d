// The parameters that parameter groups have: PostgreSQL's, as each version tells of them, and RDS's own. What
// steers files, programs, TLS and who comes in is Countersign's: RDS has it not either, shows it as fixed, or
// it is kept without effect. Pure. Source of the form: RDS API Reference, Parameter; of the table:
// models/rds_parameters.toml.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::model {

enum class Engines { both, postgres, aurora };
enum class DataType { boolean, integer, real, string, list };
enum class Applies { at_once, at_start };  // ApplyType dynamic and static

struct ServerParameter {
    std::string_view name;
    unsigned first_version;  // of PostgreSQL's major versions
    unsigned last_version;
    Engines engines;
    DataType type;
    Applies applies;
    std::string_view allowed;  // FIRST-LAST or A,B,C; empty: any text
    std::string_view value;    // that RDS sets; empty: the engine's own default
    std::string_view description;
    bool modifiable;
    bool effective;  // false: kept and given back
};

inline constexpr std::string_view force_ssl_parameter = "rds.force_ssl";  // a line of pg_hba.conf, here
inline constexpr std::string_view logical_replication_parameter = "rds.logical_replication";  // wal_level
inline constexpr std::string_view log_retention_parameter = "rds.log_retention_period";       // in minutes

inline constexpr unsigned force_ssl_from = 15;  // the major version where it is on unless somebody sets it
bool forces_ssl(std::string_view family);       // unless somebody sets it

std::span<const ServerParameter> server_parameters();  // of all families, by name

// A family is an engine and a major version, and what parameter groups are made for: aurora-postgresql15,
// postgres17.
std::string family_of(std::string_view engine, std::string_view engine_version);
std::vector<const ServerParameter*> server_parameters_of(std::string_view family);  // by name
// nullptr if the family has none of that name.
const ServerParameter* find_server_parameter(std::string_view family, std::string_view name);

// Whether a group may set it to this value. An empty one of a list means none of it. Whole numbers can be
// formulas.
bool takes(const ServerParameter& parameter, std::string_view value);
bool is_on(std::string_view value);       // of a boolean one
std::string_view name_of(DataType type);  // as RDS calls it

// The name and value of what the engine is to be given: the values that RDS sets, then those that groups set,
// each where it has an effect here. Formulas are reckoned with the memory and processors of the class, and
// held within what is allowed. A value that RDS sets by a formula is not among them: a database of a large
// class does not take a large machine.
std::map<std::string, std::string> parameters_in_force(std::string_view family,
                                                       std::string_view instance_class,
                                                       const std::map<std::string, std::string>& set);

}  // namespace countersign::model
