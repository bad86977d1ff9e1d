#include "gateway/document_answer.h"

#include <cbor.h>
#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.h"
#include "formats/encoding.h"
#include "formats/iso_time.h"

namespace countersign::gateway {

namespace {

constexpr std::string_view hidden_value = "****";
constexpr std::size_t cbor_head_bytes_max = 9;

// The first bytes of a CBOR item, as libcbor writes them.
template <class Encode, class Value>
std::string cbor_head(Encode encode, Value value) {
    std::array<unsigned char, cbor_head_bytes_max> bytes{};
    const std::size_t size = encode(value, bytes.data(), bytes.size());
    return {reinterpret_cast<const char*>(bytes.data()), size};
}

template <class Encode>
std::string cbor_head(Encode encode) {
    std::array<unsigned char, cbor_head_bytes_max> bytes{};
    const std::size_t size = encode(bytes.data(), bytes.size());
    return {reinterpret_cast<const char*>(bytes.data()), size};
}

double seconds_of(Instant instant) {
    return static_cast<double>(instant.time_since_epoch().count()) / 1000;
}

}  // namespace

void DocumentAnswer::open_entry(std::string_view /*key_name*/, std::string_view key) {
    entry_key_ = std::string(key);
}

void DocumentAnswer::announce(std::string_view name) {
    if (open_.empty()) return;
    Frame& frame = open_.back();
    if (!std::exchange(frame.empty, false)) separate();
    const std::optional<std::string> entry = std::exchange(entry_key_, std::nullopt);
    if (frame.kind == Kind::map) put_key(entry ? *entry : name);
}

void DocumentAnswer::open(std::string_view name, Kind kind) {
    announce(name);
    begin(kind);
    open_.push_back({kind});
}

void DocumentAnswer::close() {
    end(open_.back().kind);
    open_.pop_back();
}

void DocumentAnswer::text(std::string_view name, std::string_view value) {
    announce(name);
    put_text(value);
}

void DocumentAnswer::flag(std::string_view name, bool value) {
    announce(name);
    put_flag(value);
}

void DocumentAnswer::whole(std::string_view name, std::int64_t value) {
    announce(name);
    put_whole(value);
}

void DocumentAnswer::real(std::string_view name, double value) {
    announce(name);
    put_real(value);
}

void DocumentAnswer::instant(std::string_view name, Instant value, TimeForm /*form*/) {
    announce(name);
    put_instant(value);
}

void DocumentAnswer::bytes(std::string_view name, std::string_view value) {
    announce(name);
    put_bytes(value);
}

std::string DocumentAnswer::finish() && {
    while (!open_.empty()) close();
    return std::move(out_);
}

JsonAnswer::JsonAnswer(Naming naming) : naming_(naming) {
    open_structure("");
}

void JsonAnswer::secret(std::string_view name, std::string_view value) {
    text(name, is_record() ? hidden_value : value);
}

void JsonAnswer::put_key(std::string_view key) {
    std::string shown(key);
    if (naming_ == Naming::lower_first && !shown.empty()) shown.front() = lower(key.substr(0, 1)).front();
    put_text(shown);
    out_ += ':';
}

void JsonAnswer::put_text(std::string_view value) {
    out_.append("\"").append(json_escaped(value)).append("\"");
}

void JsonAnswer::put_real(double value) {
    out_ += fmt::format("{}", value);
}

void JsonAnswer::put_instant(Instant value) {
    if (naming_ == Naming::lower_first) return put_text(formats::second_time(value));
    out_ += fmt::format("{:.3f}", seconds_of(value));
}

void JsonAnswer::put_bytes(std::string_view value) {
    put_text(formats::base64(value));
}

CborAnswer::CborAnswer() {
    open_structure("");
}

void CborAnswer::begin(Kind kind) {
    out_ +=
        kind == Kind::map ? cbor_head(cbor_encode_indef_map_start) : cbor_head(cbor_encode_indef_array_start);
}

void CborAnswer::end(Kind /*kind*/) {
    out_ += cbor_head(cbor_encode_break);
}

void CborAnswer::put_text(std::string_view value) {
    out_.append(cbor_head(cbor_encode_string_start, value.size())).append(value);
}

void CborAnswer::put_flag(bool value) {
    out_ += cbor_head(cbor_encode_bool, value);
}

void CborAnswer::put_whole(std::int64_t value) {
    if (value >= 0)
        out_ += cbor_head(cbor_encode_uint, static_cast<std::uint64_t>(value));
    else
        out_ += cbor_head(cbor_encode_negint, static_cast<std::uint64_t>(-(value + 1)));
}

void CborAnswer::put_real(double value) {
    out_ += cbor_head(cbor_encode_double, value);
}

void CborAnswer::put_instant(Instant value) {
    out_ += cbor_head(cbor_encode_tag, std::uint64_t{1});
    put_real(seconds_of(value));
}

void CborAnswer::put_bytes(std::string_view value) {
    out_.append(cbor_head(cbor_encode_bytestring_start, value.size())).append(value);
}

}  // namespace countersign::gateway
