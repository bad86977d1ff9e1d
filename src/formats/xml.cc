#include "formats/xml.h"

#include <cassert>

#include "base/text.h"

namespace countersign::formats {

namespace {

// U+FFFE and U+FFFF, which are well-formed UTF-8 and yet no XML characters.
bool is_noncharacter(std::string_view rest) {
    return rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF");
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
    const bool is_control = static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n';
    if (!is_control) out += c;
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
    const bool sound = is_utf8(text);
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_ascii = static_cast<unsigned char>(text[at]) < 0x80;
        if (is_ascii)
            append_escaped(out, text[at]);
        else if (!sound)
            out += '?';
        else if (is_noncharacter(text.substr(at)))
            at += 2;
        else
            out += text[at];
    }
    return out;
}

}  // namespace countersign::formats
