#include "formats/record.h"

#include "base/text.h"
#include "formats/json.h"

namespace countersign::formats {

namespace {

const json::value& value_at(const void* place) {
    return *static_cast<const json::value*>(place);
}

}  // namespace

void RecordWriter::begin_value() {
    if (!is_first_) text_ += ',';
    is_first_ = false;
}

void RecordWriter::text(std::string_view text) {
    begin_value();
    text_ += json::serialize(is_utf8(text) ? json::string_view(text)
                                           : json::string_view(printable(text, std::string::npos)));
}

void RecordWriter::boolean(bool flag) {
    begin_value();
    text_ += flag ? "true" : "false";
}

void RecordWriter::integer(std::int64_t number) {
    begin_value();
    text_ += std::to_string(number);
}

void RecordWriter::null() {
    begin_value();
    text_ += "null";
}

void RecordWriter::begin_array() {
    begin_value();
    text_ += '[';
    is_first_ = true;
}

void RecordWriter::end_array() {
    text_ += ']';
    is_first_ = false;
}

void RecordWriter::begin_object() {
    begin_value();
    text_ += '{';
    is_first_ = true;
}

void RecordWriter::member(std::string_view name) {
    text(name);
    text_ += ':';
    is_first_ = true;
}

void RecordWriter::end_object() {
    text_ += '}';
    is_first_ = false;
}

bool RecordReader::is_null() const {
    return value_at(value_).is_null();
}

bool RecordReader::is_object() const {
    return value_at(value_).is_object();
}

bool RecordReader::read(std::string& into) const {
    const json::string* const text = value_at(value_).if_string();
    if (text == nullptr) return false;
    into.assign(text->data(), text->size());
    return true;
}

bool RecordReader::read(bool& into) const {
    const bool* const flag = value_at(value_).if_bool();
    if (flag == nullptr) return false;
    into = *flag;
    return true;
}

bool RecordReader::read(std::int64_t& into) const {
    const std::int64_t* const number = value_at(value_).if_int64();
    if (number == nullptr) return false;
    into = *number;
    return true;
}

bool RecordReader::each_element(const std::function<bool(const RecordReader&)>& take) const {
    const json::array* const array = value_at(value_).if_array();
    if (array == nullptr) return false;
    for (const json::value& element : *array)
        if (!take(RecordReader(&element))) return false;
    return true;
}

bool RecordReader::each_member(
    const std::function<bool(const std::string&, const RecordReader&)>& take) const {
    const json::object* const object = value_at(value_).if_object();
    if (object == nullptr) return false;
    for (const auto& member : *object)
        if (!take(std::string(member.key()), RecordReader(&member.value()))) return false;
    return true;
}

std::optional<RecordReader> RecordReader::member(std::string_view name) const {
    const json::object* const object = value_at(value_).if_object();
    const json::value* const found = object == nullptr ? nullptr : object->if_contains(name);
    if (found == nullptr) return std::nullopt;
    return RecordReader(found);
}

struct ParsedRecord::Value {
    json::value json;
};

ParsedRecord::ParsedRecord(std::unique_ptr<Value> value) : value_(std::move(value)) {}
ParsedRecord::ParsedRecord(ParsedRecord&&) noexcept = default;
ParsedRecord& ParsedRecord::operator=(ParsedRecord&&) noexcept = default;
ParsedRecord::~ParsedRecord() = default;

Result<ParsedRecord> ParsedRecord::parse(std::string_view text) {
    auto value = std::make_unique<Value>();
    value->json = TRY(parse_json(text));
    return ParsedRecord(std::move(value));
}

RecordReader ParsedRecord::root() const {
    return RecordReader(&value_->json);
}

}  // namespace countersign::formats
