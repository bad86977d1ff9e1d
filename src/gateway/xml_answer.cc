#include "gateway/xml_answer.h"

#include <fmt/format.h>

#include "formats/encoding.h"
#include "formats/iso_time.h"

namespace countersign::gateway {

void XmlAnswer::open_entry(std::string_view key_name, std::string_view key) {
    xml_.open("entry");
    xml_.text(key_name, key);
}

void XmlAnswer::flag(std::string_view name, bool value) {
    xml_.text(name, value ? "true" : "false");
}

void XmlAnswer::whole(std::string_view name, std::int64_t value) {
    xml_.text(name, std::to_string(value));
}

void XmlAnswer::real(std::string_view name, double value) {
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    xml_.text(name, text);
}

void XmlAnswer::instant(std::string_view name, Instant value, TimeForm form) {
    xml_.text(name, form == TimeForm::seconds ? formats::second_time(value) : formats::extended_time(value));
}

void XmlAnswer::bytes(std::string_view name, std::string_view value) {
    xml_.text(name, formats::base64(value));
}

}  // namespace countersign::gateway
