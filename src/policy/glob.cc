#include "policy/glob.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>

namespace countersign::policy {

namespace {

struct Token {
    Piece::Kind kind;
    std::string_view text;
};
using Tokens = boost::container::small_vector<Token, 16>;

// Bytes of the character that the text starts with: '?' stands for a character, not for a byte of it.
std::size_t character_length(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
    return length;
}

// How much of the text a token other than any_run takes; nothing when it does not fit.
template <class Part>
std::optional<std::size_t> taken_by(const Part& token, std::string_view text, Case letters) {
    if (token.kind == Piece::Kind::any_one) {
        if (text.empty()) return std::nullopt;
        return character_length(text);
    }
    if (!same(token.text, text.substr(0, token.text.size()), letters)) return std::nullopt;
    return token.text.size();
}

// Remembers only the last '*': an earlier one never needs to take more, so nothing is tried twice.
template <class Parts>
bool matches_all(const Parts& tokens, std::string_view text, Case letters) {
    std::size_t token = 0;
    std::size_t at = 0;
    std::optional<std::size_t> after_star;
    std::size_t star_ends = 0;
    while (at < text.size() || token < tokens.size()) {
        if (token < tokens.size() && tokens[token].kind == Piece::Kind::any_run) {
            after_star = ++token;
            star_ends = at;
            if (token == tokens.size()) return true;
            continue;
        }
        const auto taken =
            token < tokens.size() ? taken_by(tokens[token], text.substr(at), letters) : std::nullopt;
        if (taken) {
            at += *taken;
            ++token;
            continue;
        }
        if (!after_star || star_ends == text.size()) return false;
        at = ++star_ends;
        token = *after_star;
    }
    return true;
}

}  // namespace

Pattern::Pattern(std::string_view text, Syntax syntax, Case letters)
    : pieces_(pieces_of(text, syntax)),
      letters_(letters),
      has_variables_(std::ranges::any_of(
          pieces_, [](const Piece& piece) { return piece.kind == Piece::Kind::variable; })),
      is_literal_(std::ranges::all_of(
          pieces_, [](const Piece& piece) { return piece.kind == Piece::Kind::literal; })) {}

std::string_view Pattern::literal_start() const {
    if (pieces_.empty() || pieces_.front().kind != Piece::Kind::literal) return {};
    return pieces_.front().text;
}

bool Pattern::matches(std::string_view text, const Context& context) const {
    if (is_literal_) return same(literal_start(), text, letters_);
    if (!has_variables_) return matches_all(pieces_, text, letters_);
    Tokens tokens;
    for (const Piece& piece : pieces_) {
        if (piece.kind != Piece::Kind::variable) {
            tokens.push_back({piece.kind, piece.text});
            continue;
        }
        const std::string* value = value_of(piece, context);
        if (value == nullptr) return false;
        tokens.push_back({Piece::Kind::literal, *value});
    }
    return matches_all(tokens, text, letters_);
}

}  // namespace countersign::policy
