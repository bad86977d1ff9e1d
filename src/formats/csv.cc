#include "formats/csv.h"

#include <algorithm>

#include "base/text.h"

namespace countersign::formats {

std::string csv_field(std::string_view text) {
    std::string field = printable(text);
    if (!field.empty() && std::string_view("=+-@").find(field.front()) != std::string_view::npos)
        field.insert(0, 1, '\'');
    if (field.find_first_of(",\"") == std::string::npos) return field;
    std::string quoted = "\"";
    for (const char c : field) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + '"';
}

CsvScanner::Found CsvScanner::take(std::string_view& text) {
    if (stopped_) begin();
    Found found = Found::nothing;
    while (found == Found::nothing && !text.empty()) {
        switch (place_) {
            case Place::start:
                take_start(text);
                break;
            case Place::plain:
                found = take_plain(text);
                break;
            case Place::quoted:
                take_quoted(text);
                break;
            case Place::after_quote:
                found = take_after_quote(text);
                break;
        }
    }
    return found;
}

void CsvScanner::begin() {
    fields_.clear();
    count_ = 0;
    place_ = Place::start;
    stopped_ = false;
}

void CsvScanner::take_start(std::string_view& text) {
    const bool quoted = text.front() == '"';
    ++count_;
    if (is_kept()) fields_.push_back({{}, quoted});
    if (quoted) text.remove_prefix(1);
    place_ = quoted ? Place::quoted : Place::plain;
}

CsvScanner::Found CsvScanner::take_plain(std::string_view& text) {
    const auto ends = [](char c) { return c == ',' || c == '\n' || c == '"'; };
    const auto end = static_cast<std::size_t>(std::ranges::find_if(text, ends) - text.begin());
    keep_end(text.substr(0, end));
    text.remove_prefix(end);
    if (text.empty()) return Found::nothing;
    if (text.front() != '"') return end_field(text);
    text.remove_prefix(1);
    return stop(Found::damage);
}

void CsvScanner::take_quoted(std::string_view& text) {
    const std::size_t end = std::min(text.find('"'), text.size());
    keep_beginning(text.substr(0, end));
    text.remove_prefix(end);
    if (text.empty()) return;
    text.remove_prefix(1);
    place_ = Place::after_quote;
}

CsvScanner::Found CsvScanner::take_after_quote(std::string_view& text) {
    if (text.front() == ',' || text.front() == '\n') return end_field(text);
    if (text.front() != '"') return stop(Found::damage);
    keep_beginning(text.substr(0, 1));
    text.remove_prefix(1);
    place_ = Place::quoted;
    return Found::nothing;
}

CsvScanner::Found CsvScanner::end_field(std::string_view& text) {
    const bool last = text.front() == '\n';
    text.remove_prefix(1);
    place_ = Place::start;
    return last ? stop(Found::record) : Found::nothing;
}

CsvScanner::Found CsvScanner::stop(Found found) {
    stopped_ = true;
    return found;
}

void CsvScanner::keep_beginning(std::string_view part) {
    if (!is_kept()) return;
    std::string& text = fields_.back().text;
    text.append(part.substr(0, bounds_.bytes_max - text.size()));
}

void CsvScanner::keep_end(std::string_view part) {
    if (!is_kept()) return;
    std::string& text = fields_.back().text;
    text.append(part.substr(part.size() - std::min(part.size(), bounds_.bytes_max)));
    if (text.size() > bounds_.bytes_max) text.erase(0, text.size() - bounds_.bytes_max);
}

}  // namespace countersign::formats
