// Where things stand in the text of a JSON document that was parsed before: it looks only for where they
// begin and end.
#pragma once

#include <string>
#include <string_view>

#include "policy/explain.h"

namespace countersign::policy {

class Walk {
public:
    explicit Walk(std::string_view text) : text_(text) {}

    bool at_end() const { return at_ == text_.size(); }
    char next() const { return at_end() ? '\0' : text_[at_]; }
    Position position() const { return position_; }

    void step() {
        const bool ends_line = next() == '\n' || (next() == '\r' && text_.substr(at_ + 1, 1) != "\n");
        const bool continues = (static_cast<unsigned char>(next()) & 0xC0) == 0x80;
        ++at_;
        if (ends_line)
            position_ = {position_.line + 1, 1};
        else if (!continues)
            ++position_.column;
    }

    void skip_blanks() {
        while (!at_end() && std::string_view(" \t\r\n").find(next()) != std::string_view::npos) step();
    }

    bool take(char wanted) {
        skip_blanks();
        if (next() != wanted || at_end()) return false;
        step();
        return true;
    }

    // The string literal that starts here, with its quotes.
    std::string_view take_string() {
        skip_blanks();
        const std::size_t begin = at_;
        if (!take('"')) return {};
        while (!at_end() && next() != '"') {
            if (next() == '\\') step();
            if (!at_end()) step();
        }
        if (!at_end()) step();
        return text_.substr(begin, at_ - begin);
    }

    // One value of any kind: up to where its brackets are closed again.
    void skip_value() {
        std::size_t depth = 0;
        do {
            skip_blanks();
            if (next() == '"') {
                take_string();
                continue;
            }
            if (next() == '{' || next() == '[') ++depth;
            if (next() == '}' || next() == ']') --depth;
            if (!at_end()) step();
        } while (!at_end() && (depth > 0 || !ends_value()));
    }

private:
    bool ends_value() const { return std::string_view(",}] \t\r\n").find(next()) != std::string_view::npos; }

    std::string_view text_;
    std::size_t at_ = 0;
    Position position_{1, 1};
};

// What a string literal says, given with its quotes; empty for what is none.
std::string text_of(std::string_view literal);

}  // namespace countersign::policy
