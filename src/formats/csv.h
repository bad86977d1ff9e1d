// Comma-separated values. Read are records as PostgreSQL's csvlog writes them: a field is quoted as a whole
// or not at all, a quote inside is doubled, and a quoted field may hold line ends. They are read in pieces of
// any size, each byte once, and what is kept of a record is bounded however long it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::formats {

// One that is longer than what is kept: of a quoted field the beginning, of a plain one the end.
struct CsvField {
    std::string text;
    bool quoted = false;
    friend bool operator==(const CsvField&, const CsvField&) = default;
};

// A field of a record that is written: printable, quoted where it must be. What a spreadsheet would take for
// a formula (=, +, -, @ at its beginning) stands behind an apostrophe.
std::string csv_field(std::string_view text);

struct CsvBounds {
    std::size_t fields_max;  // more are passed over
    std::size_t bytes_max;   // of each
};

class CsvScanner {
public:
    enum class Found {
        nothing,  // all was taken, and the record goes on
        record,   // the last byte that was taken is its line end
        damage,   // a quote stands where none can be; it is the last byte that was taken
    };

    explicit CsvScanner(CsvBounds bounds) : bounds_(bounds) {}

    // Takes what it reads from the front of the text. After a record, and after damage, another one begins.
    Found take(std::string_view& text);
    const std::vector<CsvField>& fields() const { return fields_; }  // of the record that ended
    void begin();                                                    // forgets what it has of a record

private:
    enum class Place { start, plain, quoted, after_quote };  // of a field

    void take_start(std::string_view& text);
    Found take_plain(std::string_view& text);
    void take_quoted(std::string_view& text);
    Found take_after_quote(std::string_view& text);
    Found end_field(std::string_view& text);
    Found stop(Found found);
    bool is_kept() const { return count_ <= bounds_.fields_max; }
    void keep_beginning(std::string_view part);
    void keep_end(std::string_view part);

    CsvBounds bounds_;
    Place place_ = Place::start;
    std::vector<CsvField> fields_;
    std::uint64_t count_ = 0;  // of fields that have begun
    bool stopped_ = true;
};

}  // namespace countersign::formats
