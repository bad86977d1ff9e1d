// The members of an answer in AWS's Query protocol, as generated code writes them: an absent member leaves no
// element, an empty list or map an empty one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "formats/xml.h"

namespace countersign::gateway {

enum class TimeForm { milliseconds, seconds };  // RDS writes the one, IAM and STS the other

void put(formats::XmlWriter& xml, std::string_view name, const std::optional<std::string>& text);
void put(formats::XmlWriter& xml, std::string_view name, const std::optional<bool>& flag);
void put(formats::XmlWriter& xml, std::string_view name, const std::optional<std::int64_t>& number);
void put(formats::XmlWriter& xml, std::string_view name, const std::optional<double>& number);
void put(formats::XmlWriter& xml, std::string_view name, const std::optional<Instant>& instant,
         TimeForm form);

// Bytes as base64.
void put_bytes(formats::XmlWriter& xml, std::string_view name, const std::optional<std::string>& bytes);

template <class Structure>
void put(formats::XmlWriter& xml, std::string_view name, const std::optional<Structure>& structure) {
    if (!structure) return;
    xml.open(name);
    write_members(xml, *structure);
    xml.close();
}

inline void put_item(formats::XmlWriter& xml, std::string_view name, const std::string& text) {
    xml.text(name, text);
}

inline void put_item(formats::XmlWriter& xml, std::string_view name, std::int64_t number) {
    xml.text(name, std::to_string(number));
}

template <class Structure>
void put_item(formats::XmlWriter& xml, std::string_view name, const Structure& structure) {
    xml.open(name);
    write_members(xml, structure);
    xml.close();
}

template <class Item>
void put_list(formats::XmlWriter& xml, std::string_view name, std::string_view item_name,
              const std::vector<Item>& items) {
    xml.open(name);
    for (const Item& item : items) put_item(xml, item_name, item);
    xml.close();
}

// The elements of a map's entry.
struct EntryNames {
    std::string_view key;
    std::string_view value;
};

template <class Value>
void put_map(formats::XmlWriter& xml, std::string_view name, EntryNames names,
             const std::map<std::string, Value>& entries) {
    xml.open(name);
    for (const auto& [key, value] : entries) {
        xml.open("entry");
        xml.text(names.key, key);
        put_item(xml, names.value, value);
        xml.close();
    }
    xml.close();
}

}  // namespace countersign::gateway
