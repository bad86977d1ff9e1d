// Attributes without effect on one's own machine: taken from a request by their API names, and given back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "model/rds.h"

namespace countersign::rds {

inline void echo_attribute(model::PassthroughAttributes& kept, const std::string& name,
                           const std::optional<std::string>& value) {
    if (value) kept[name] = *value;
}
inline void echo_attribute(model::PassthroughAttributes& kept, const std::string& name,
                           const std::optional<std::int64_t>& value) {
    if (value) kept[name] = std::to_string(*value);
}
inline void echo_attribute(model::PassthroughAttributes& kept, const std::string& name,
                           const std::optional<bool>& value) {
    if (value) kept[name] = *value ? "true" : "false";
}

inline std::optional<std::string> echoed_text(const model::PassthroughAttributes& kept,
                                              const std::string& name) {
    const auto found = kept.find(name);
    return found == kept.end() ? std::nullopt : std::optional(found->second);
}
inline std::optional<std::int64_t> echoed_number(const model::PassthroughAttributes& kept,
                                                 const std::string& name) {
    const std::optional<std::string> text = echoed_text(kept, name);
    const auto number = text ? parse_number<std::uint32_t>(*text) : std::nullopt;
    return number ? std::optional<std::int64_t>(*number) : std::nullopt;
}
inline std::optional<bool> echoed_flag(const model::PassthroughAttributes& kept, const std::string& name) {
    const std::optional<std::string> text = echoed_text(kept, name);
    return text ? std::optional(*text == "true") : std::nullopt;
}

}  // namespace countersign::rds
