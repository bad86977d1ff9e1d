#include "policy/variables.h"

#include <algorithm>

#include "base/text.h"

namespace countersign::policy {

namespace {

constexpr std::string_view opening = "${";

void add_literal(std::vector<Piece>& pieces, std::string_view text) {
    if (text.empty()) return;
    if (pieces.empty() || pieces.back().kind != Piece::Kind::literal) pieces.emplace_back();
    pieces.back().text += text;
}

void add_wildcard(std::vector<Piece>& pieces, Piece::Kind kind) {
    const bool repeats = kind == Piece::Kind::any_run && !pieces.empty() && pieces.back().kind == kind;
    if (!repeats) pieces.push_back({kind, {}, std::nullopt});
}

bool is_escaped_character(std::string_view inside) {
    return inside == "*" || inside == "?" || inside == "$";
}

// The inside of ${…}: KEY, or KEY, 'FALLBACK'.
std::optional<Piece> variable_of(std::string_view inside, Syntax syntax) {
    Piece variable{Piece::Kind::variable, {}, std::nullopt};
    const std::size_t comma = inside.find(',');
    const std::string_view key = trimmed(inside.substr(0, comma));
    if (key.empty()) return std::nullopt;
    variable.text = syntax.as_spelled ? std::string(key) : lower(key);
    if (comma == std::string_view::npos) return variable;
    const std::string_view quoted = trimmed(inside.substr(comma + 1));
    if (quoted.size() < 2 || quoted.front() != '\'' || quoted.back() != '\'') return std::nullopt;
    variable.fallback = std::string(quoted.substr(1, quoted.size() - 2));
    return variable;
}

// Adds what starts at "${" and returns how much of the text it took.
std::size_t add_variable(std::vector<Piece>& pieces, std::string_view text, Syntax syntax) {
    const std::size_t closing = text.find('}');
    const std::string_view inside = text.substr(opening.size(), closing - opening.size());
    if (is_escaped_character(inside)) {
        add_literal(pieces, inside);
    } else if (auto variable = variable_of(inside, syntax)) {
        pieces.push_back(*std::move(variable));
    } else {
        add_literal(pieces, text.substr(0, closing + 1));
    }
    return closing + 1;
}

// Adds a wildcard, or the text up to the next mark, and returns how much of the text it took.
std::size_t add_plain(std::vector<Piece>& pieces, std::string_view text, bool wildcards) {
    if (wildcards && (text.front() == '*' || text.front() == '?')) {
        add_wildcard(pieces, text.front() == '*' ? Piece::Kind::any_run : Piece::Kind::any_one);
        return 1;
    }
    const std::size_t taken = std::min(text.find_first_of("*?$", 1), text.size());
    add_literal(pieces, text.substr(0, taken));
    return taken;
}

}  // namespace

std::vector<Piece> pieces_of(std::string_view text, Syntax syntax) {
    std::vector<Piece> pieces;
    while (!text.empty()) {
        const bool opens = syntax.variables && text.starts_with(opening);
        const std::size_t closing = opens ? text.find('}') : std::string_view::npos;
        if (closing != std::string_view::npos) {
            text.remove_prefix(add_variable(pieces, text, syntax));
            continue;
        }
        if (opens) syntax.variables = false;  // no brace closes any later one either
        text.remove_prefix(add_plain(pieces, text, syntax.wildcards));
    }
    return pieces;
}

const std::string* value_of(const Piece& variable, const Context& context) {
    const auto found = context.find(variable.text);
    if (found != context.end() && found->second.size() == 1) return &found->second.front();
    return variable.fallback ? &*variable.fallback : nullptr;
}

}  // namespace countersign::policy
