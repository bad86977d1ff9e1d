// Members of JSON objects whose presence and type nobody has promised.
#pragma once

#include <string>
#include <string_view>

#include "formats/json.h"

namespace countersign::client {

// nullptr when there is none.
inline const formats::json::value* member_in(const formats::json::value& object, std::string_view name) {
    return object.is_object() ? object.get_object().if_contains(name) : nullptr;
}

// Empty when there is none, or another type.
inline std::string text_in(const formats::json::value& object, std::string_view name) {
    const formats::json::value* found = member_in(object, name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}
inline const formats::json::array& list_in(const formats::json::value& object, std::string_view name) {
    static const formats::json::array none;
    const formats::json::value* found = member_in(object, name);
    return found != nullptr && found->is_array() ? found->get_array() : none;
}

}  // namespace countersign::client
