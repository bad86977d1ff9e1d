// Comma-separated values. Read are records as PostgreSQL's csvlog writes them: fields may be quoted, a quote
// inside is doubled, and a quoted field may hold line ends.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::formats {

struct CsvRecord {
    std::vector<std::string> fields;
    std::size_t length = 0;  // bytes of the text that the record took, its line end included
};

// A field of a record that is written: printable, quoted where it must be. What a spreadsheet would take for
// a formula (=, +, -, @ at its beginning) stands behind an apostrophe.
std::string csv_field(std::string_view text);

// The first whole record of the text; nothing when its end has not come yet.
std::optional<CsvRecord> next_csv_record(std::string_view text);

}  // namespace countersign::formats
