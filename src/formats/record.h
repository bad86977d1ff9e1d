// Plain structs as JSON objects, by Boost.Describe: a member is a key. A missing key leaves the member's own
// initial value, so that records written by an earlier version can be read; an unknown key is passed over.
// Supported members: std::string, bool, integers, Instant (milliseconds since 1970), std::optional,
// std::vector and std::map<std::string, T> of these, described structs and described enums. What is written
// can be read: a text that is not UTF-8, which no JSON can hold, is made printable.
//
//     struct Tag { std::string Key; std::string Value; };
//     BOOST_DESCRIBE_STRUCT(Tag, (), (Key, Value))
//     std::string text = to_record(tag);   Result<Tag> tag = from_record<Tag>(text);
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace countersign::formats {

// Writes one JSON value, front to back: a value, or begin_…, its elements or members, end_….
class RecordWriter {
public:
    void text(std::string_view text);
    void boolean(bool flag);
    void integer(std::int64_t number);
    void null();
    void begin_array();
    void end_array();
    void begin_object();
    void member(std::string_view name);  // its value follows
    void end_object();

    std::string take() { return std::move(text_); }

private:
    void begin_value();

    std::string text_;
    bool is_first_ = true;  // of its array or object
};

// One value of a record that was parsed, which owns it. False: it is of another type, or out of range.
class RecordReader {
public:
    explicit RecordReader(const void* value) : value_(value) {}

    bool is_null() const;
    bool read(std::string& into) const;
    bool read(bool& into) const;
    bool read(std::int64_t& into) const;
    // Calls it for each; ends, and is false, with the first that it returns false for.
    bool each_element(const std::function<bool(const RecordReader& value)>& take) const;
    bool each_member(
        const std::function<bool(const std::string& name, const RecordReader& value)>& take) const;
    // Nothing when it has no such member.
    std::optional<RecordReader> member(std::string_view name) const;
    bool is_object() const;

private:
    const void* value_;  // a Boost.JSON value, which this header does not name: it is slow to compile
};

class ParsedRecord {
public:
    // As parse_json().
    static Result<ParsedRecord> parse(std::string_view text);
    ParsedRecord(ParsedRecord&&) noexcept;
    ParsedRecord& operator=(ParsedRecord&&) noexcept;
    ~ParsedRecord();

    RecordReader root() const;

private:
    struct Value;
    explicit ParsedRecord(std::unique_ptr<Value> value);
    std::unique_ptr<Value> value_;
};

namespace detail {

template <class T>
struct Codec;

template <class T>
void encode(const T& value, RecordWriter& into) {
    Codec<T>::encode(value, into);
}

template <class T>
bool decode(const RecordReader& from, T& into) {
    return Codec<T>::decode(from, into);
}

template <>
struct Codec<std::string> {
    static void encode(const std::string& text, RecordWriter& into) { into.text(text); }
    static bool decode(const RecordReader& from, std::string& into) { return from.read(into); }
};

template <>
struct Codec<bool> {
    static void encode(bool flag, RecordWriter& into) { into.boolean(flag); }
    static bool decode(const RecordReader& from, bool& into) { return from.read(into); }
};

template <class T>
requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) struct Codec<T> {
    static void encode(T number, RecordWriter& into) { into.integer(static_cast<std::int64_t>(number)); }
    static bool decode(const RecordReader& from, T& into) {
        std::int64_t number = 0;
        if (!from.read(number) || !std::in_range<T>(number)) return false;
        into = static_cast<T>(number);
        return true;
    }
};

// An enum whose texts are no identifiers has a table of them: text_of() and from_text() beside it.
template <class T>
concept HasTexts = requires(T value, std::string_view text) {
    { text_of(value) } -> std::same_as<std::string_view>;
    { from_text(text, value) } -> std::same_as<bool>;
};

template <class T>
requires(std::is_enum_v<T>&& HasTexts<T>) struct Codec<T> {
    static void encode(T value, RecordWriter& into) { into.text(text_of(value)); }
    static bool decode(const RecordReader& from, T& into) {
        std::string name;
        return from.read(name) && from_text(name, into);
    }
};

template <class T>
requires(std::is_enum_v<T> && !HasTexts<T>) struct Codec<T> {
    static void encode(T value, RecordWriter& into) {
        into.text(boost::describe::enum_to_string(value, "unknown"));
    }
    static bool decode(const RecordReader& from, T& into) {
        std::string name;
        return from.read(name) && boost::describe::enum_from_string(name.c_str(), into);
    }
};

template <>
struct Codec<Instant> {
    static void encode(Instant instant, RecordWriter& into) {
        into.integer(static_cast<std::int64_t>(instant.time_since_epoch().count()));
    }
    static bool decode(const RecordReader& from, Instant& into) {
        std::int64_t milliseconds = 0;
        if (!from.read(milliseconds)) return false;
        into = Instant(std::chrono::milliseconds(milliseconds));
        return true;
    }
};

template <class T>
struct Codec<std::optional<T>> {
    static void encode(const std::optional<T>& value, RecordWriter& into) {
        if (value)
            detail::encode(*value, into);
        else
            into.null();
    }
    static bool decode(const RecordReader& from, std::optional<T>& into) {
        if (!from.is_null()) return detail::decode(from, into.emplace());
        into.reset();
        return true;
    }
};

template <class T>
struct Codec<std::vector<T>> {
    static void encode(const std::vector<T>& values, RecordWriter& into) {
        into.begin_array();
        for (const T& value : values) detail::encode(value, into);
        into.end_array();
    }
    static bool decode(const RecordReader& from, std::vector<T>& into) {
        into.clear();
        return from.each_element(
            [&into](const RecordReader& value) { return detail::decode(value, into.emplace_back()); });
    }
};

template <class T>
struct Codec<std::map<std::string, T>> {
    static void encode(const std::map<std::string, T>& values, RecordWriter& into) {
        into.begin_object();
        for (const auto& [key, value] : values) {
            into.member(key);
            detail::encode(value, into);
        }
        into.end_object();
    }
    static bool decode(const RecordReader& from, std::map<std::string, T>& into) {
        into.clear();
        return from.each_member([&into](const std::string& name, const RecordReader& value) {
            return detail::decode(value, into[name]);
        });
    }
};

template <class T>
requires(boost::describe::has_describe_members<T>::value && !std::is_enum_v<T>) struct Codec<T> {
    using Members = boost::describe::describe_members<T, boost::describe::mod_public>;

    static void encode(const T& record, RecordWriter& into) {
        into.begin_object();
        boost::mp11::mp_for_each<Members>([&](auto member) {
            into.member(member.name);
            detail::encode(record.*member.pointer, into);
        });
        into.end_object();
    }
    static bool decode(const RecordReader& from, T& into) {
        if (!from.is_object()) return false;
        bool fits = true;
        boost::mp11::mp_for_each<Members>([&](auto member) {
            if (const auto found = from.member(member.name))
                fits = fits && detail::decode(*found, into.*member.pointer);
        });
        return fits;
    }
};

}  // namespace detail

template <class T>
std::string to_record(const T& record) {
    RecordWriter writer;
    detail::encode(record, writer);
    return writer.take();
}

template <class T>
Result<T> from_record(std::string_view text) {
    const ParsedRecord parsed = TRY(ParsedRecord::parse(text));
    T record;
    if (!detail::decode(parsed.root(), record))
        return Error{Fault::internal, "a record does not have its shape"};
    return record;
}

}  // namespace countersign::formats
