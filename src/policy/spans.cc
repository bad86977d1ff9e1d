#include "policy/spans.h"

#include "formats/json.h"

namespace countersign::policy {

namespace {

// Walks over JSON that was parsed before: it looks only for where things begin and end.
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

bool names_statements(std::string_view key) {
    constexpr std::string_view name = "Statement";
    if (key.find('\\') == key.npos)
        return key.size() == name.size() + 2 && key.substr(1, name.size()) == name;
    const auto parsed = formats::parse_json(key);
    return parsed && parsed->is_string() && std::string_view(parsed->get_string()) == name;
}

std::vector<Span> spans_at(Walk& walk) {
    std::vector<Span> spans;
    walk.skip_blanks();
    if (walk.next() == '{') {
        Position start = walk.position();
        ++start.column;
        walk.skip_value();
        return {{start, walk.position(), start.line}};
    }
    if (!walk.take('[')) return spans;
    Position start = walk.position();
    walk.skip_blanks();
    while (!walk.at_end() && walk.next() != ']') {
        const std::size_t line = walk.position().line;
        walk.skip_value();
        spans.push_back({start, walk.position(), line});
        start = walk.position();
        walk.take(',');
        walk.skip_blanks();
    }
    return spans;
}

}  // namespace

std::vector<Span> statement_spans(std::string_view text) {
    Walk walk(text);
    if (!walk.take('{')) return {};
    while (!walk.at_end()) {
        const std::string_view key = walk.take_string();
        if (key.empty() || !walk.take(':')) return {};
        if (names_statements(key)) return spans_at(walk);
        walk.skip_value();
        if (!walk.take(',')) return {};
    }
    return {};
}

}  // namespace countersign::policy
