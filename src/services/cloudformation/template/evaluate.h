// Values of a template with its functions carried out. Pure: what a resource is, and what others export, is
// asked of the environment. Source: AWS CloudFormation Template Reference, "Intrinsic functions" and
// "Pseudo parameters".
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/cloudformation/template/template.h"

namespace countersign::cloudformation {

// A parameter's value: a text, or of a list its items.
using ParameterValues = std::map<std::string, json::value>;

struct Environment {
    std::string account;
    std::string region;
    std::string stack_name;
    std::string stack_id;
    std::vector<std::string> notification_arns;
    ParameterValues parameters;
    std::map<std::string, bool> conditions = {};
    // What Ref and Fn::GetAtt of a resource are, and what an export is.
    std::function<Result<json::value>(const std::string& logical)> ref = {};
    std::function<Result<json::value>(const std::string& logical, const std::string& attribute)> attribute =
        {};
    std::function<Result<json::value>(const std::string& name)> import = {};
};

inline constexpr std::size_t evaluated_bytes_max = 128UL * 1024;  // of one resource's properties, one output

class Evaluator {
public:
    Evaluator(const Template& source, const Environment& environment)
        : template_(source), environment_(environment) {}

    // Nothing: AWS::NoValue, which takes the member or item that has it away.
    using Value = std::optional<json::value>;

    // Fault::invalid: a function that is none, has wrong arguments or names what is not there, or a value
    // that grows beyond evaluated_bytes_max.
    Result<Value> value(const json::value& of);
    Result<json::object> object(const json::object& of);
    Result<std::string> text(const json::value& of);
    Result<bool> condition(const json::value& of);

private:
    Result<Value> any(const json::value& of, std::size_t depth);
    Result<Value> members(const json::object& of, std::size_t depth);
    Result<Value> items(const json::array& of, std::size_t depth);
    Result<Value> function(std::string_view name, const json::value& arguments, std::size_t depth);
    Result<Value> reference(const std::string& name);
    Result<Value> get_att(const json::value& arguments, std::size_t depth);
    Result<Value> choose(const json::value& arguments, std::size_t depth);
    Result<json::value> sub(const json::value& arguments, std::size_t depth);
    Result<std::string> sub_variable(const std::string& name, const json::object& own, std::size_t depth);
    Result<json::value> join(const json::value& arguments, std::size_t depth);
    Result<json::value> split(const json::value& arguments, std::size_t depth);
    Result<json::value> select(const json::value& arguments, std::size_t depth);
    Result<json::value> find_in_map(const json::value& arguments, std::size_t depth);
    Result<json::value> zones(const json::value& arguments, std::size_t depth);
    Result<json::value> cidr(const json::value& arguments, std::size_t depth);
    Result<bool> logical(const json::value& of, std::size_t depth);
    Result<bool> logical_all(std::string_view name, const json::array& of, std::size_t depth);
    Result<std::string> text(const json::value& of, std::size_t depth);
    Result<json::array> list(const json::value& of, std::size_t depth);
    Result<void> count(std::size_t bytes);

    const Template& template_;
    const Environment& environment_;
    std::size_t bytes_ = 0;
};

// Every condition of the template by name. Circles are refused.
Result<std::map<std::string, bool>> evaluate_conditions(const Template& source,
                                                        const Environment& environment);

// The names in a text of Fn::Sub: ${Name} and ${Name.Attribute}; ${!Literal} is none.
Result<std::vector<std::string>> sub_names(std::string_view text);

}  // namespace countersign::cloudformation
