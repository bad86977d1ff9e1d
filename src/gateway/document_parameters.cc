#include "gateway/document_parameters.h"

#include <fmt/format.h>

#include "base/limits.h"

namespace countersign::gateway {

namespace {

namespace json = formats::json;

Error unreadable(std::string message) {
    return Error{Fault::invalid, std::move(message), "SerializationException"};
}

std::string text_of(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_bool()) return value.get_bool() ? "true" : "false";
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    return fmt::format("{}", value.get_double());
}

// Depth is bounded by the parsers.
class Flattener {
public:
    Result<void> add(const std::string& name, const json::value& value) {
        if (value.is_null()) return put(name + std::string(null_mark), "");
        if (value.is_object() && value.get_object().empty()) return put(name, "");
        if (value.is_object()) return members(name, value.get_object());
        if (value.is_array()) return items(name, value.get_array());
        return put(name, text_of(value));
    }

    Result<void> members(const std::string& name, const json::object& object) {
        const std::string prefix = name.empty() ? "" : name + '.';
        for (const auto& member : object) {
            if (member.key().find('.') != json::string_view::npos)
                return unreadable("The request has a member with a dot in its name.");
            TRY(add(prefix + std::string(member.key()), member.value()));
        }
        return {};
    }

    formats::Parameters take() { return std::move(parameters_); }

private:
    Result<void> items(const std::string& name, const json::array& array) {
        if (array.empty()) return put(name, "");
        for (std::size_t i = 0; i < array.size(); ++i)
            TRY(add(fmt::format("{}.member.{}", name, i + 1), array[i]));
        return {};
    }

    Result<void> put(const std::string& name, std::string value) {
        if (parameters_.size() >= limits::parameters_max)
            return unreadable("The request has too many parameters.");
        bytes_ += name.size() + value.size();  // a long name above a list is repeated for each of its items
        if (bytes_ > limits::body_bytes_max) return unreadable("The request is too large.");
        parameters_.emplace_back(name, std::move(value));
        return {};
    }

    formats::Parameters parameters_;
    std::size_t bytes_ = 0;  // of all names and values
};

}  // namespace

Result<formats::Parameters> parameters_of_document(const json::value& document) {
    if (!document.is_object()) return unreadable("The request is no object.");
    Flattener parameters;
    TRY(parameters.members("", document.get_object()));
    return parameters.take();
}

}  // namespace countersign::gateway
