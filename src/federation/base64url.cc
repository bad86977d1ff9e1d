#include "federation/base64url.h"

#include <algorithm>

#include "formats/encoding.h"

namespace countersign::federation {

std::string base64url(std::string_view bytes) {
    std::string text = formats::base64(bytes);
    text.erase(std::min(text.find('='), text.size()));
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

Result<std::string> from_base64url(std::string_view text) {
    if (text.find_first_of("+/=") != std::string_view::npos)
        return Error{Fault::invalid, "base64url has no '+', '/' or '='"};
    std::string standard(text);
    std::ranges::replace(standard, '-', '+');
    std::ranges::replace(standard, '_', '/');
    standard.append((4 - standard.size() % 4) % 4, '=');
    return formats::from_base64(standard);
}

}  // namespace countersign::federation
