#include "services/cloudformation/template/evaluate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/encoding.h"
#include "model/arn.h"

namespace countersign::cloudformation {

namespace {

constexpr std::string_view function_prefix = "Fn::";
constexpr std::size_t zones_of_region = 3;

Error wrong_use(std::string_view function, std::string_view what) {
    return template_error(fmt::format("{}: {}", function, what));
}

const json::array* arguments_of(const json::value& value, std::size_t least, std::size_t most) {
    const json::array* items = value.if_array();
    return items != nullptr && items->size() >= least && items->size() <= most ? items : nullptr;
}

// The one function in an object that is one.
const json::key_value_pair* function_in(const json::object& object) {
    if (object.size() != 1) return nullptr;
    const auto& only = *object.begin();
    const std::string_view name = only.key();
    return name == "Ref" || name == "Condition" || name.starts_with(function_prefix) ? &only : nullptr;
}

bool is_logic(std::string_view name) {
    return name == "Fn::And" || name == "Fn::Or" || name == "Fn::Not" || name == "Fn::Equals";
}

}  // namespace

Result<void> Evaluator::count(std::size_t bytes) {
    bytes_ += bytes + 1;
    if (bytes_ <= evaluated_bytes_max) return {};
    return template_error(fmt::format("a value has more than {} bytes", evaluated_bytes_max));
}

Result<Evaluator::Value> Evaluator::value(const json::value& of) {
    bytes_ = 0;
    return any(of, 0);
}

Result<json::object> Evaluator::object(const json::object& of) {
    bytes_ = 0;
    Value whole = TRY(members(of, 0));
    return std::move(whole->as_object());
}

Result<std::string> Evaluator::text(const json::value& of) {
    bytes_ = 0;
    return text(of, 0);
}

Result<bool> Evaluator::condition(const json::value& of) {
    bytes_ = 0;
    return logical(of, 0);
}

// Depth is that of the template, which the reader bounds.
// NOLINTBEGIN(misc-no-recursion)
Result<Evaluator::Value> Evaluator::any(const json::value& of, std::size_t depth) {
    if (depth > 2 * template_depth_max) return template_error("values are too deep in one another");
    if (const json::array* list_of = of.if_array()) return items(*list_of, depth);
    const json::object* object_of = of.if_object();
    if (object_of == nullptr) {
        TRY(count(of.is_string() ? of.get_string().size() : 8));
        return Value(of);
    }
    const json::key_value_pair* called = function_in(*object_of);
    if (called == nullptr) return members(*object_of, depth);
    const std::string_view name = called->key();
    if (name != "Condition") return function(name, called->value(), depth + 1);
    // As a member it is that of a policy's statement, not a function.
    return members(*object_of, depth);
}

Result<Evaluator::Value> Evaluator::members(const json::object& of, std::size_t depth) {
    json::object result;
    for (const auto& member : of) {
        TRY(count(member.key().size()));
        Value value = TRY(any(member.value(), depth + 1));
        if (value) result[member.key()] = *std::move(value);
    }
    return Value(std::move(result));
}

Result<Evaluator::Value> Evaluator::items(const json::array& of, std::size_t depth) {
    json::array result;
    for (const json::value& item : of) {
        Value value = TRY(any(item, depth + 1));
        if (value) result.push_back(*std::move(value));
    }
    return Value(std::move(result));
}

Result<Evaluator::Value> Evaluator::function(std::string_view name, const json::value& arguments,
                                             std::size_t depth) {
    if (name == "Ref") {
        if (!arguments.is_string()) return template_error("All Ref references must be of type string.");
        return reference(std::string(arguments.get_string()));
    }
    if (name == "Fn::If") return choose(arguments, depth);
    if (name == "Fn::GetAtt") return get_att(arguments, depth);
    if (name == "Fn::Sub") return Value(TRY(sub(arguments, depth)));
    if (name == "Fn::Join") return Value(TRY(join(arguments, depth)));
    if (name == "Fn::Split") return Value(TRY(split(arguments, depth)));
    if (name == "Fn::Select") return Value(TRY(select(arguments, depth)));
    if (name == "Fn::FindInMap") return Value(TRY(find_in_map(arguments, depth)));
    if (name == "Fn::GetAZs") return Value(TRY(zones(arguments, depth)));
    if (name == "Fn::Cidr") return Value(TRY(cidr(arguments, depth)));
    if (name == "Fn::Base64") {
        const std::string plain = TRY(text(arguments, depth));
        TRY(count(plain.size() * 2));
        return Value(json::value(formats::base64(plain)));
    }
    if (name == "Fn::ImportValue") {
        const std::string exported = TRY(text(arguments, depth));
        if (!environment_.import) return wrong_use(name, "cannot be used here");
        json::value imported = TRY(environment_.import(exported));
        TRY(count(imported.is_string() ? imported.get_string().size() : json::serialize(imported).size()));
        return Value(std::move(imported));
    }
    if (is_logic(name)) return Value(json::value(TRY(logical(json::object{{name, arguments}}, depth))));
    return Error{Fault::unsupported, fmt::format("The function {} is not offered here.", printable(name)),
                 "ValidationError"};
}

Result<Evaluator::Value> Evaluator::reference(const std::string& name) {
    const Environment& at = environment_;
    if (name == "AWS::NoValue") return Value();
    if (name == "AWS::AccountId") return Value(json::value(at.account));
    if (name == "AWS::Region") return Value(json::value(at.region));
    if (name == "AWS::StackName") return Value(json::value(at.stack_name));
    if (name == "AWS::StackId") return Value(json::value(at.stack_id));
    if (name == "AWS::Partition") return Value(json::value(model::partition_of(at.region)));
    if (name == "AWS::URLSuffix") return Value(json::value(model::dns_suffix_of(at.region)));
    if (name == "AWS::NotificationARNs") {
        json::array arns;
        for (const std::string& arn : at.notification_arns) arns.emplace_back(arn);
        return Value(json::value(std::move(arns)));
    }
    json::value found;
    if (const auto parameter = at.parameters.find(name); parameter != at.parameters.end())
        found = parameter->second;
    else if (template_.resources.contains(name) && at.ref)
        found = TRY(at.ref(name));
    else
        return template_error(fmt::format("Unresolved dependencies [{}]", printable(name)));
    TRY(count(found.is_string() ? found.get_string().size() : json::serialize(found).size()));
    return Value(std::move(found));
}

Result<Evaluator::Value> Evaluator::get_att(const json::value& arguments, std::size_t depth) {
    std::string logical_id;
    std::string attribute;
    if (arguments.is_string()) {
        const std::string_view whole = arguments.get_string();
        const std::size_t dot = whole.find('.');
        if (dot == std::string_view::npos)
            return wrong_use("Fn::GetAtt", "needs a logical id and an attribute");
        logical_id = whole.substr(0, dot);
        attribute = whole.substr(dot + 1);
    } else {
        const json::array* two = arguments_of(arguments, 2, 2);
        if (two == nullptr || !(*two)[0].is_string())
            return wrong_use("Fn::GetAtt", "needs a logical id and an attribute");
        logical_id = (*two)[0].get_string();
        attribute = TRY(text((*two)[1], depth));
    }
    if (!template_.resources.contains(logical_id) || !environment_.attribute)
        return template_error(
            fmt::format("instance of Fn::GetAtt references undefined resource {}", printable(logical_id)));
    json::value found = TRY(environment_.attribute(logical_id, attribute));
    TRY(count(json::serialize(found).size()));
    return Value(std::move(found));
}

Result<Evaluator::Value> Evaluator::choose(const json::value& arguments, std::size_t depth) {
    const json::array* three = arguments_of(arguments, 3, 3);
    if (three == nullptr || !(*three)[0].is_string())
        return wrong_use("Fn::If", "needs a condition's name and two values");
    const std::string name((*three)[0].get_string());
    const auto found = environment_.conditions.find(name);
    if (found == environment_.conditions.end())
        return template_error("Unresolved condition dependency " + printable(name));
    return any((*three)[found->second ? 1 : 2], depth + 1);
}

Result<std::string> Evaluator::text(const json::value& of, std::size_t depth) {
    const Value found = TRY(any(of, depth + 1));
    if (!found || found->is_object() || found->is_array() || found->is_null())
        return template_error("a string is needed where a template has another value");
    return scalar_text(*found);
}

Result<json::array> Evaluator::list(const json::value& of, std::size_t depth) {
    Value found = TRY(any(of, depth + 1));
    if (!found || !found->is_array())
        return template_error("a list is needed where a template has another value");
    return std::move(found->get_array());
}

Result<std::string> Evaluator::sub_variable(const std::string& name, const json::object& own,
                                            std::size_t depth) {
    if (const json::value* given = own.if_contains(name)) return text(*given, depth);
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) return text(json::object{{"Ref", name}}, depth);
    return text(json::object{{"Fn::GetAtt", json::array{name.substr(0, dot), name.substr(dot + 1)}}}, depth);
}

Result<json::value> Evaluator::sub(const json::value& arguments, std::size_t depth) {
    const json::array* two = arguments_of(arguments, 2, 2);
    const bool with_own = two != nullptr && (*two)[0].is_string() && (*two)[1].is_object();
    if (!arguments.is_string() && !with_own)
        return wrong_use("Fn::Sub", "needs a string, or a string and a map of variables");
    const std::string_view source = with_own ? (*two)[0].get_string() : arguments.get_string();
    const json::object own = with_own ? (*two)[1].get_object() : json::object();
    std::string result;
    std::size_t at = 0;
    while (true) {
        const std::size_t begin = source.find("${", at);
        result += source.substr(at, begin == std::string_view::npos ? begin : begin - at);
        if (begin == std::string_view::npos) break;
        const std::size_t end = source.find('}', begin);
        if (end == std::string_view::npos) return wrong_use("Fn::Sub", "a ${ without its }");
        const std::string_view name = source.substr(begin + 2, end - begin - 2);
        if (name.starts_with('!'))
            result.append("${").append(name.substr(1)).append("}");
        else
            result += TRY(sub_variable(std::string(trimmed(name)), own, depth));
        TRY(count(name.size()));
        at = end + 1;
    }
    TRY(count(result.size()));
    return json::value(result);
}

Result<json::value> Evaluator::join(const json::value& arguments, std::size_t depth) {
    const json::array* two = arguments_of(arguments, 2, 2);
    if (two == nullptr) return wrong_use("Fn::Join", "needs a delimiter and a list");
    const std::string delimiter = TRY(text((*two)[0], depth));
    const json::array parts = TRY(list((*two)[1], depth));
    std::string result;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].is_object() || parts[i].is_array()) return wrong_use("Fn::Join", "joins strings alone");
        if (i > 0) result += delimiter;
        result += scalar_text(parts[i]);
        TRY(count(delimiter.size()));
    }
    TRY(count(result.size()));
    return json::value(result);
}

Result<json::value> Evaluator::split(const json::value& arguments, std::size_t depth) {
    const json::array* two = arguments_of(arguments, 2, 2);
    if (two == nullptr) return wrong_use("Fn::Split", "needs a delimiter and a string");
    const std::string delimiter = TRY(text((*two)[0], depth));
    const std::string source = TRY(text((*two)[1], depth));
    if (delimiter.empty()) return wrong_use("Fn::Split", "the delimiter must not be empty");
    json::array parts;
    std::size_t at = 0;
    while (true) {
        const std::size_t end = source.find(delimiter, at);
        parts.emplace_back(source.substr(at, end == std::string::npos ? end : end - at));
        TRY(count(8));
        if (end == std::string::npos) return json::value(std::move(parts));
        at = end + delimiter.size();
    }
}

Result<json::value> Evaluator::select(const json::value& arguments, std::size_t depth) {
    const json::array* two = arguments_of(arguments, 2, 2);
    if (two == nullptr) return wrong_use("Fn::Select", "needs an index and a list");
    const auto index = parse_number<std::size_t>(TRY(text((*two)[0], depth)));
    const json::array from = TRY(list((*two)[1], depth));
    if (!index || *index >= from.size())
        return wrong_use("Fn::Select", "cannot select nonexistent value at index");
    return from[*index];
}

Result<json::value> Evaluator::find_in_map(const json::value& arguments, std::size_t depth) {
    const json::array* three = arguments_of(arguments, 3, 3);
    if (three == nullptr) return wrong_use("Fn::FindInMap", "needs a map's name and two keys");
    const std::string map = TRY(text((*three)[0], depth));
    const std::string first = TRY(text((*three)[1], depth));
    const std::string second = TRY(text((*three)[2], depth));
    const json::value* found = template_.mappings.if_contains(map);
    for (const std::string* key : {&first, &second})
        found = found != nullptr && found->is_object() ? found->get_object().if_contains(*key) : nullptr;
    if (found == nullptr)
        return template_error(fmt::format("Unable to get mapping for {}::{}::{}", printable(map),
                                          printable(first), printable(second)));
    TRY(count(json::serialize(*found).size()));
    return *found;
}

// Those that a region has here: as many as EC2's DescribeAvailabilityZones shows.
Result<json::value> Evaluator::zones(const json::value& arguments, std::size_t depth) {
    std::string region = TRY(text(arguments, depth));
    if (region.empty()) region = environment_.region;
    json::array names;
    for (std::size_t i = 0; i < zones_of_region; ++i) names.emplace_back(region + static_cast<char>('a' + i));
    return json::value(std::move(names));
}

Result<bool> Evaluator::logical_all(std::string_view name, const json::array& of, std::size_t depth) {
    const bool is_and = name == "Fn::And";
    for (const json::value& one : of)
        if (TRY(logical(one, depth + 1)) != is_and) return !is_and;
    return is_and;
}

Result<bool> Evaluator::logical(const json::value& of, std::size_t depth) {
    if (depth > 2 * template_depth_max) return template_error("conditions are too deep in one another");
    if (of.is_bool()) return of.get_bool();
    const json::object* object_of = of.if_object();
    const json::key_value_pair* called = object_of != nullptr ? function_in(*object_of) : nullptr;
    if (called == nullptr) return template_error("Conditions can only be boolean operations");
    const std::string_view name = called->key();
    if (name == "Condition" && called->value().is_string()) {
        const auto found = environment_.conditions.find(std::string(called->value().get_string()));
        if (found != environment_.conditions.end()) return found->second;
        return template_error("Unresolved condition dependency " + printable(called->value().get_string()));
    }
    const json::array* operands = called->value().if_array();
    if (operands == nullptr) return wrong_use(name, "needs a list");
    if (name == "Fn::Not" && operands->size() == 1) return !TRY(logical((*operands)[0], depth + 1));
    if ((name == "Fn::And" || name == "Fn::Or") && operands->size() >= 2 && operands->size() <= 10)
        return logical_all(name, *operands, depth);
    if (name == "Fn::Equals" && operands->size() == 2) {
        const Value left = TRY(any((*operands)[0], depth + 1));
        const Value right = TRY(any((*operands)[1], depth + 1));
        if (!left || !right) return left.has_value() == right.has_value();
        const bool scalars =
            !left->is_object() && !left->is_array() && !right->is_object() && !right->is_array();
        return scalars ? scalar_text(*left) == scalar_text(*right) : *left == *right;
    }
    return wrong_use(printable(name), "is no condition, or has another number of operands");
}
// NOLINTEND(misc-no-recursion)

}  // namespace countersign::cloudformation
