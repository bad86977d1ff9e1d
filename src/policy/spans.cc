#include "policy/spans.h"

#include "policy/json_walk.h"

namespace countersign::policy {

namespace {

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
        if (text_of(key) == "Statement") return spans_at(walk);
        walk.skip_value();
        if (!walk.take(',')) return {};
    }
    return {};
}

}  // namespace countersign::policy
