// The members of an answer, as generated code writes them: an absent member leaves nothing, an empty list or
// map an empty one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "gateway/answer_writer.h"
#include "gateway/document.h"

namespace countersign::gateway {

inline void put(AnswerWriter& answer, std::string_view name, const std::optional<std::string>& text) {
    if (text) answer.text(name, *text);
}
inline void put(AnswerWriter& answer, std::string_view name, const std::optional<bool>& flag) {
    if (flag) answer.flag(name, *flag);
}
inline void put(AnswerWriter& answer, std::string_view name, const std::optional<std::int64_t>& number) {
    if (number) answer.whole(name, *number);
}
inline void put(AnswerWriter& answer, std::string_view name, const std::optional<double>& number) {
    if (number) answer.real(name, *number);
}
inline void put(AnswerWriter& answer, std::string_view name, const std::optional<Instant>& instant,
                TimeForm form) {
    if (instant) answer.instant(name, *instant, form);
}
inline void put_bytes(AnswerWriter& answer, std::string_view name, const std::optional<std::string>& bytes) {
    if (bytes) answer.bytes(name, *bytes);
}
// What is in one that was sent may be anybody's secret.
inline void put(AnswerWriter& answer, std::string_view name, const std::optional<Document>& document) {
    if (!document) return;
    if (answer.is_record())
        answer.secret(name, "");
    else
        write_document(answer, name, json_of(*document));
}
// What a record of the request must not show.
inline void put_secret(AnswerWriter& answer, std::string_view name, const std::optional<std::string>& text) {
    if (text) answer.secret(name, *text);
}

template <class Structure>
void put(AnswerWriter& answer, std::string_view name, const std::optional<Structure>& structure) {
    if (!structure) return;
    answer.open_structure(name);
    write_members(answer, *structure);
    answer.close();
}

inline void put_item(AnswerWriter& answer, std::string_view name, const std::string& text) {
    answer.text(name, text);
}

inline void put_item(AnswerWriter& answer, std::string_view name, std::int64_t number) {
    answer.whole(name, number);
}

inline void put_item(AnswerWriter& answer, std::string_view name, double number) {
    answer.real(name, number);
}

inline void put_item(AnswerWriter& answer, std::string_view name, Instant instant) {
    answer.instant(name, instant, TimeForm::seconds);
}

template <class Structure>
void put_item(AnswerWriter& answer, std::string_view name, const Structure& structure) {
    answer.open_structure(name);
    write_members(answer, structure);
    answer.close();
}

template <class Item>
void put_list(AnswerWriter& answer, std::string_view name, std::string_view item_name,
              const std::vector<Item>& items) {
    answer.open_list(name);
    for (const Item& item : items) put_item(answer, item_name, item);
    answer.close();
}

// The elements of a map's entry.
struct EntryNames {
    std::string_view key;
    std::string_view value;
};

template <class Value>
void put_map(AnswerWriter& answer, std::string_view name, EntryNames names,
             const std::map<std::string, Value>& entries) {
    answer.open_map(name);
    for (const auto& [key, value] : entries) {
        answer.open_entry(names.key, key);
        put_item(answer, names.value, value);
        answer.close_entry();
    }
    answer.close();
}

}  // namespace countersign::gateway
