#include "formats/query.h"

#include <algorithm>

#include "base/limits.h"
#include "formats/uri.h"

namespace countersign::formats {

namespace {

Result<std::string> decoded(std::string_view text, Plus plus) {
    if (plus == Plus::literal || text.find('+') == std::string_view::npos) return percent_decode(text);
    std::string blanks(text);
    std::ranges::replace(blanks, '+', ' ');
    return percent_decode(blanks);
}

}  // namespace

Result<Parameters> parse_query(std::string_view text, Plus plus) {
    Parameters parameters;
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(piece.size() + 1, text.size()));
        if (piece.empty()) continue;
        if (parameters.size() == limits::parameters_max)
            return Error{Fault::invalid, "There are too many parameters"};
        const std::string_view name = piece.substr(0, piece.find('='));
        const std::string_view value = piece.substr(std::min(name.size() + 1, piece.size()));
        std::string name_decoded = TRY(decoded(name, plus));
        std::string value_decoded = TRY(decoded(value, plus));
        parameters.emplace_back(std::move(name_decoded), std::move(value_decoded));
    }
    return parameters;
}

const std::string* find(const Parameters& parameters, std::string_view name) {
    const auto found = std::ranges::find(parameters, name, &Parameter::first);
    return found == parameters.end() ? nullptr : &found->second;
}

}  // namespace countersign::formats
