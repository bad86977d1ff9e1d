#include "policy/json_walk.h"

#include "formats/json.h"

namespace countersign::policy {

std::string text_of(std::string_view literal) {
    if (literal.size() >= 2 && literal.find('\\') == literal.npos)
        return std::string(literal.substr(1, literal.size() - 2));
    const auto parsed = formats::parse_json(literal);
    return parsed && parsed->is_string() ? std::string(std::string_view(parsed->get_string()))
                                         : std::string();
}

}  // namespace countersign::policy
