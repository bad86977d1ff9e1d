// One record of comma-separated values as PostgreSQL's csvlog writes them: fields may be quoted, a quote
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

// The first whole record of the text; nothing when its end has not come yet.
std::optional<CsvRecord> next_csv_record(std::string_view text);

}  // namespace countersign::formats
