#include "gateway/query_writer.h"

#include <fmt/format.h>

#include "formats/encoding.h"
#include "formats/iso_time.h"

namespace countersign::gateway {

void put(formats::XmlWriter& xml, std::string_view name, const std::optional<std::string>& text) {
    if (text) xml.text(name, *text);
}

void put(formats::XmlWriter& xml, std::string_view name, const std::optional<bool>& flag) {
    if (flag) xml.text(name, *flag ? "true" : "false");
}

void put(formats::XmlWriter& xml, std::string_view name, const std::optional<std::int64_t>& number) {
    if (number) xml.text(name, std::to_string(*number));
}

void put(formats::XmlWriter& xml, std::string_view name, const std::optional<double>& number) {
    if (!number) return;
    std::string text = fmt::format("{}", *number);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    xml.text(name, text);
}

void put(formats::XmlWriter& xml, std::string_view name, const std::optional<Instant>& instant,
         TimeForm form) {
    if (!instant) return;
    xml.text(name,
             form == TimeForm::seconds ? formats::second_time(*instant) : formats::extended_time(*instant));
}

void put_bytes(formats::XmlWriter& xml, std::string_view name, const std::optional<std::string>& bytes) {
    if (bytes) xml.text(name, formats::base64(*bytes));
}

}  // namespace countersign::gateway
