// The members of an answer in AWS's Query protocol, as generated code writes them: an absent member leaves no
// element, an empty list an empty one.
#pragma once

#include <cstdint>
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

// For lists of which AWS leaves out the element, too, while they are empty.
template <class Item>
void put_list_unless_empty(formats::XmlWriter& xml, std::string_view name, std::string_view item_name,
                           const std::vector<Item>& items) {
    if (!items.empty()) put_list(xml, name, item_name, items);
}

}  // namespace countersign::gateway
