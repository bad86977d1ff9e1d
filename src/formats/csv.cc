#include "formats/csv.h"

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

std::optional<CsvRecord> next_csv_record(std::string_view text) {
    CsvRecord record;
    std::string field;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const bool is_doubled_quote = quoted && text.substr(at).starts_with("\"\"");
        if (is_doubled_quote) {
            field += '"';
            ++at;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (quoted || (c != ',' && c != '\n')) {
            field += c;
        } else {
            record.fields.push_back(std::move(field));
            field.clear();
        }
        if (c == '\n' && !quoted) {
            record.length = at + 1;
            return record;
        }
    }
    return std::nullopt;
}

}  // namespace countersign::formats
