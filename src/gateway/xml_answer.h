// An answer of AWS's Query protocol: XML. One answer, one thread.
#pragma once

#include <string>

#include "formats/xml.h"
#include "gateway/answer_writer.h"

namespace countersign::gateway {

class XmlAnswer : public AnswerWriter {
public:
    void open_structure(std::string_view name) override { xml_.open(name); }
    void open_structure(std::string_view name, std::string_view xmlns) { xml_.open(name, xmlns); }
    void open_list(std::string_view name) override { xml_.open(name); }
    void open_map(std::string_view name) override { xml_.open(name); }
    void open_entry(std::string_view key_name, std::string_view key) override;
    void close_entry() override { xml_.close(); }
    void close() override { xml_.close(); }

    void text(std::string_view name, std::string_view value) override { xml_.text(name, value); }
    void flag(std::string_view name, bool value) override;
    void whole(std::string_view name, std::int64_t value) override;
    void real(std::string_view name, double value) override;
    void instant(std::string_view name, Instant value, TimeForm form) override;
    void bytes(std::string_view name, std::string_view value) override;  // as base64

    std::string finish() && { return std::move(xml_).finish(); }

private:
    formats::XmlWriter xml_;
};

}  // namespace countersign::gateway
