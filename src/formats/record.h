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
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/text.h"
#include "formats/json.h"

namespace countersign::formats {

namespace detail {

template <class T>
struct Codec;

template <class T>
json::value encode(const T& value) {
    return Codec<T>::encode(value);
}

template <class T>
bool decode(const json::value& from, T& into) {
    return Codec<T>::decode(from, into);
}

template <>
struct Codec<std::string> {
    static json::value encode(const std::string& text) {
        return json::value(is_utf8(text) ? text : printable(text, text.max_size()));
    }
    static bool decode(const json::value& from, std::string& into) {
        if (!from.is_string()) return false;
        into = std::string(from.get_string());
        return true;
    }
};

template <>
struct Codec<bool> {
    static json::value encode(bool flag) { return json::value(flag); }
    static bool decode(const json::value& from, bool& into) {
        if (!from.is_bool()) return false;
        into = from.get_bool();
        return true;
    }
};

template <class T>
requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) struct Codec<T> {
    static json::value encode(T number) { return json::value(static_cast<std::int64_t>(number)); }
    static bool decode(const json::value& from, T& into) {
        if (!from.is_int64() || !std::in_range<T>(from.get_int64())) return false;
        into = static_cast<T>(from.get_int64());
        return true;
    }
};

template <class T>
requires(std::is_enum_v<T>) struct Codec<T> {
    static json::value encode(T value) {
        return json::value(boost::describe::enum_to_string(value, "unknown"));
    }
    static bool decode(const json::value& from, T& into) {
        return from.is_string() && boost::describe::enum_from_string(from.get_string().c_str(), into);
    }
};

template <>
struct Codec<Instant> {
    static json::value encode(Instant instant) {
        return json::value(static_cast<std::int64_t>(instant.time_since_epoch().count()));
    }
    static bool decode(const json::value& from, Instant& into) {
        if (!from.is_int64()) return false;
        into = Instant(std::chrono::milliseconds(from.get_int64()));
        return true;
    }
};

template <class T>
struct Codec<std::optional<T>> {
    static json::value encode(const std::optional<T>& value) {
        return value ? detail::encode(*value) : json::value(nullptr);
    }
    static bool decode(const json::value& from, std::optional<T>& into) {
        if (from.is_null()) {
            into.reset();
            return true;
        }
        return detail::decode(from, into.emplace());
    }
};

template <class T>
struct Codec<std::vector<T>> {
    static json::value encode(const std::vector<T>& values) {
        json::array array;
        for (const T& value : values) array.push_back(detail::encode(value));
        return array;
    }
    static bool decode(const json::value& from, std::vector<T>& into) {
        if (!from.is_array()) return false;
        into.clear();
        for (const json::value& value : from.get_array())
            if (!detail::decode(value, into.emplace_back())) return false;
        return true;
    }
};

template <class T>
struct Codec<std::map<std::string, T>> {
    static json::value encode(const std::map<std::string, T>& values) {
        json::object object;
        for (const auto& [key, value] : values) object[key] = detail::encode(value);
        return object;
    }
    static bool decode(const json::value& from, std::map<std::string, T>& into) {
        if (!from.is_object()) return false;
        into.clear();
        for (const auto& member : from.get_object())
            if (!detail::decode(member.value(), into[std::string(member.key())])) return false;
        return true;
    }
};

template <class T>
requires(boost::describe::has_describe_members<T>::value && !std::is_enum_v<T>) struct Codec<T> {
    using Members = boost::describe::describe_members<T, boost::describe::mod_public>;

    static json::value encode(const T& record) {
        json::object object;
        object.reserve(boost::mp11::mp_size<Members>::value);
        boost::mp11::mp_for_each<Members>(
            [&](auto member) { object[member.name] = detail::encode(record.*member.pointer); });
        return object;
    }
    static bool decode(const json::value& from, T& into) {
        if (!from.is_object()) return false;
        bool fits = true;
        boost::mp11::mp_for_each<Members>([&](auto member) {
            if (const json::value* found = from.get_object().if_contains(member.name))
                fits = fits && detail::decode(*found, into.*member.pointer);
        });
        return fits;
    }
};

}  // namespace detail

template <class T>
std::string to_record(const T& record) {
    return json::serialize(detail::encode(record));
}

template <class T>
Result<T> from_record(std::string_view text) {
    const json::value parsed = TRY(parse_json(text));
    T record;
    if (!detail::decode(parsed, record)) return Error{Fault::internal, "a record does not have its shape"};
    return record;
}

}  // namespace countersign::formats
