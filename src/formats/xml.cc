#include "formats/xml.h"

#include <algorithm>
#include <cassert>

#include "base/text.h"

namespace countersign::formats {

namespace {

// Of one well-formed sequence (XML 1.0, production 2).
bool is_xml_character(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence.front());
    if (first < 0x20) return first == '\t' || first == '\n' || first == '\r';
    return sequence != "\xEF\xBF\xBE" && sequence != "\xEF\xBF\xBF";
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '&':
            out += "&amp;";
            return;
        case '<':
            out += "&lt;";
            return;
        case '>':
            out += "&gt;";
            return;
        case '"':
            out += "&quot;";
            return;
        case '\'':
            out += "&apos;";
            return;
        case '\r':
            out += "&#xD;";
            return;  // a bare one would be read as a line feed
        default:
            break;
    }
    out += c;
}

}  // namespace

void XmlWriter::open(std::string_view name) {
    out_.append("<").append(name).append(">");
    open_.emplace_back(name);
}

void XmlWriter::open(std::string_view name, std::string_view xmlns) {
    out_.append("<").append(name).append(" xmlns=\"").append(xml_escaped(xmlns)).append("\">");
    open_.emplace_back(name);
}

void XmlWriter::close() {
    out_.append("</").append(open_.back()).append(">");
    open_.pop_back();
}

void XmlWriter::text(std::string_view name, std::string_view value) {
    open(name);
    out_ += xml_escaped(value);
    close();
}

std::string XmlWriter::finish() && {
    assert(open_.empty());
    return std::move(out_);
}

std::string xml_escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        const std::string_view first = text.substr(0, std::max<std::size_t>(length, 1));
        text.remove_prefix(first.size());
        if (length == 0 || !is_xml_character(first))
            out += printable(first);
        else if (length == 1)
            append_escaped(out, first.front());
        else
            out += first;
    }
    return out;
}

}  // namespace countersign::formats
