// PostgreSQL's csvlog, which holds what clients chose to send. However it is cut into pieces, the same
// records are found in it.
#include <cstdlib>
#include <string_view>
#include <vector>

#include "formats/csv.h"

namespace {

using countersign::formats::CsvField;
using countersign::formats::CsvScanner;
using Records = std::vector<std::vector<CsvField>>;

Records records_in(std::string_view text, std::size_t piece_bytes) {
    CsvScanner scanner({8, 16});
    Records records;
    while (!text.empty()) {
        std::string_view piece = text.substr(0, piece_bytes);
        const std::size_t before = piece.size();
        const CsvScanner::Found found = scanner.take(piece);
        if (found == CsvScanner::Found::nothing && !piece.empty()) std::abort();
        if (found == CsvScanner::Found::record && piece.size() == before) std::abort();
        if (found == CsvScanner::Found::record) records.push_back(scanner.fields());
        text.remove_prefix(before - piece.size());
    }
    return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Records whole = records_in(text, text.size());
    for (const std::vector<CsvField>& fields : whole) {
        if (fields.empty() || fields.size() > 8) std::abort();
        for (const CsvField& field : fields)
            if (field.text.size() > 16) std::abort();
    }
    for (const std::size_t piece_bytes : {1, 3})
        if (records_in(text, piece_bytes) != whole) std::abort();
    return 0;
}
