// XML out, element by element, escaped. Answers of AWS's Query protocol are made with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace countersign::formats {

// Writes nested elements into one string. open() and close() must pair up.
class XmlWriter {
public:
    void open(std::string_view name);
    void open(std::string_view name, std::string_view xmlns);
    void close();
    void text(std::string_view name, std::string_view value);  // <name>value</name>
    std::string finish() &&;

private:
    std::string out_;
    std::vector<std::string> open_;
};

// Escapes & < > " ' and shows what XML 1.0 cannot carry (control characters, bytes that are not UTF-8,
// U+FFFE) as printable() does.
std::string xml_escaped(std::string_view text);

}  // namespace countersign::formats
