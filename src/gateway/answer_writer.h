// What generated code writes an answer into, whatever the protocol: members by name, lists, maps. An XML
// answer gives every item an element; in JSON and CBOR items have no name. One answer, one thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace countersign::gateway {

enum class TimeForm { milliseconds, seconds };  // in XML: RDS writes the one, IAM and STS the other

class AnswerWriter {
public:
    virtual ~AnswerWriter() = default;

    // Whether it is a record of a request, which shows no secrets, and not an answer.
    virtual bool is_record() const { return false; }

    // What is opened is closed by close().
    virtual void open_structure(std::string_view name) = 0;
    virtual void open_list(std::string_view name) = 0;
    virtual void open_map(std::string_view name) = 0;
    // The next thing written is the value of this key of the map.
    virtual void open_entry(std::string_view key_name, std::string_view key) = 0;
    virtual void close_entry() = 0;
    virtual void close() = 0;

    virtual void text(std::string_view name, std::string_view value) = 0;
    virtual void secret(std::string_view name, std::string_view value) { text(name, value); }
    virtual void flag(std::string_view name, bool value) = 0;
    virtual void whole(std::string_view name, std::int64_t value) = 0;
    virtual void real(std::string_view name, double value) = 0;
    virtual void instant(std::string_view name, Instant value, TimeForm form) = 0;
    virtual void bytes(std::string_view name, std::string_view value) = 0;
};

}  // namespace countersign::gateway
