// How generated code takes a typed input out of a QueryReader and holds each member against the rules of the
// API model. What is wrong is gathered as complaints and becomes one error, worded as AWS words it where that
// is known; the words for values that cannot be read at all (a number, a boolean, a time, UTF-8) are ours.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/query_reader.h"
#include "gateway/text_pattern.h"

namespace countersign::gateway {

// What the model demands of values of one shape.
struct FieldRules {
    bool sensitive = false;                // its value must not be repeated in a message
    bool unwrapped = false;                // a text without what is around it (base/wrapping.h)
    bool base64 = false;                   // a text on the wire that stands for bytes
    std::optional<std::int64_t> min = {};  // of a number; of a text's characters, of bytes, of items
    std::optional<std::int64_t> max = {};
    const TextPattern* pattern = nullptr;
    std::span<const std::string_view> values = {};  // of an enumeration; empty: any
    std::string_view item_name = "member";          // of a list's items on the wire
    const FieldRules* item = nullptr;               // what a list demands of its items
};

inline constexpr FieldRules no_rules{};

// Which service's words a complaint uses; STS's are those of services that have none of their own. IAM
// repeats neither values nor the values of an enumeration, and has sentences for the characters of names and
// paths.
enum class Wording { iam, sts, rds };

// A parameter: its full name as sent, and as a message of validation calls it ("tags.1.member.key").
struct FieldPlace {
    std::string name;
    std::string path;
    bool required = false;
};

class Complaints {
public:
    explicit Complaints(Wording wording) : wording_(wording) {}

    void missing(const FieldPlace& place);
    void blank(const FieldPlace& place);
    void unreadable(const FieldPlace& place, std::string_view value, std::string_view wanted);
    void broken(const FieldPlace& place, std::string_view shown_value, const std::string& constraint);
    // A text outside the shape's pattern.
    void unmatched(const FieldPlace& place, std::string_view shown_value, const TextPattern& pattern);

    std::optional<Error> error() const;
    Wording wording() const { return wording_; }

private:
    void note(const FieldPlace& place, std::string_view shown_value, std::string_view constraint);

    Wording wording_;
    std::optional<Error> refusal_;     // the first that outranks all broken constraints
    std::optional<Error> characters_;  // the first that all broken constraints outrank
    std::vector<std::string> broken_;
    std::size_t broken_count_ = 0;
};

// The members of one structure. Refers to the reader and the complaints; lives on the stack of generated
// code.
class Fields {
public:
    Fields(const QueryReader& reader, Complaints& complaints) : reader_(reader), complaints_(complaints) {}

    template <class T>
    void may(std::string_view name, std::optional<T>& into, const FieldRules& rules = no_rules) {
        value(place(name, false), into, rules);
    }
    template <class T>
    void must(std::string_view name, std::optional<T>& into, const FieldRules& rules = no_rules) {
        value(place(name, true), into, rules);
    }

private:
    Fields(const Fields& outer, const FieldPlace& inside)
        : reader_(outer.reader_),
          complaints_(outer.complaints_),
          prefix_(inside.name + '.'),
          path_(inside.path + '.') {}

    FieldPlace place(std::string_view name, bool required) const;
    static FieldPlace item_place(const FieldPlace& list, const std::string& name, std::size_t number);
    const std::string* sent(
        const FieldPlace& place);  // nullptr, after a complaint if need be, when absent or empty
    void check_size(const FieldPlace& place, std::size_t size, const FieldRules& rules);
    std::optional<std::u32string> characters(const FieldPlace& place, const std::string* text,
                                             const FieldRules& rules);
    void bytes(const FieldPlace& place, const std::string& text, std::optional<std::string>& into,
               const FieldRules& rules);

    void value(const FieldPlace& place, std::optional<std::string>& into, const FieldRules& rules);
    void value(const FieldPlace& place, std::optional<bool>& into, const FieldRules& rules);
    void value(const FieldPlace& place, std::optional<std::int64_t>& into, const FieldRules& rules);
    void value(const FieldPlace& place, std::optional<double>& into, const FieldRules& rules);
    void value(const FieldPlace& place, std::optional<Instant>& into, const FieldRules& rules);
    void value(const FieldPlace& place, std::optional<Document>& into, const FieldRules& rules);

    // False, after a complaint if need be: it is absent, or a text stands in its place.
    bool is_structure(const FieldPlace& place, const FieldRules& rules);

    template <class Structure>
    void value(const FieldPlace& place, std::optional<Structure>& into, const FieldRules& rules) {
        if (!is_structure(place, rules)) return;
        Fields members(*this, place);
        read_members(members, into.emplace());
    }

    template <class Item>
    void value(const FieldPlace& place, std::optional<std::vector<Item>>& into, const FieldRules& rules) {
        const std::vector<std::string> names = reader_.items(place.name, rules.item_name);
        if (!names.empty() || reader_.is_empty_list(place.name, rules.item_name)) into.emplace();
        if (!into && place.required) complaints_.missing(place);
        if (!into) return;
        check_size(place, names.size(), rules);
        items(place, names, *into, rules.item != nullptr ? *rules.item : no_rules);
    }

    // Broken texts are one complaint about the whole list, as AWS makes it.
    void items(const FieldPlace& list, const std::vector<std::string>& names, std::vector<std::string>& into,
               const FieldRules& rules);

    template <class Item>
    void items(const FieldPlace& list, const std::vector<std::string>& names, std::vector<Item>& into,
               const FieldRules& rules) {
        std::size_t number = 0;
        for (const std::string& name : names) {
            std::optional<Item> item;
            value(item_place(list, name, ++number), item, rules);
            if (item) into.push_back(*std::move(item));
        }
    }

    const QueryReader& reader_;
    Complaints& complaints_;
    std::string prefix_;
    std::string path_;
};

template <class Input>
Result<Input> read_input(const QueryReader& reader, Wording wording) {
    Complaints complaints(wording);
    Fields members(reader, complaints);
    Input input;
    read_members(members, input);
    if (auto error = complaints.error()) return *std::move(error);
    return input;
}

}  // namespace countersign::gateway
