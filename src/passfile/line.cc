#include "passfile/line.h"

#include <algorithm>
#include <array>
#include <optional>

namespace countersign::passfile {

namespace {

enum Field : std::size_t { host, port, database, user };

struct Name {
    std::string text;  // without escapes
    bool is_any = false;
};
using Names = std::array<Name, 4>;

// The text up to the next ':' that is not escaped, which is taken off with it. Nothing without a ':'.
std::optional<Name> take_name(std::string_view& line) {
    Name name;
    name.is_any = line.starts_with("*:");
    while (!line.empty() && line.front() != ':') {
        if (line.front() == '\\' && line.size() > 1) line.remove_prefix(1);
        name.text += line.front();
        line.remove_prefix(1);
    }
    if (line.empty()) return std::nullopt;
    line.remove_prefix(1);
    return name;
}

// Nothing for a comment and what is no line for a password.
std::optional<Names> names_of(std::string_view line) {
    if (line.starts_with('#')) return std::nullopt;
    Names names;
    for (Name& name : names) {
        std::optional<Name> taken = take_name(line);
        if (!taken) return std::nullopt;
        name = *std::move(taken);
    }
    return names;
}

bool matches(const Name& name, std::string_view text) {
    return name.is_any || name.text == text;
}

bool is_same(const Names& names, const Place& place) {
    const bool is_of_database = place.database == any_database
                                    ? names[database].is_any
                                    : !names[database].is_any && names[database].text == place.database;
    return is_of_database && !names[host].is_any && names[host].text == place.host && !names[port].is_any &&
           names[port].text == std::to_string(place.port) && !names[user].is_any &&
           names[user].text == place.user;
}

// Whether libpq would take the line for some login that the place means.
bool is_in_front(const Names& names, const Place& place) {
    return matches(names[host], place.host) && matches(names[port], std::to_string(place.port)) &&
           (place.database == any_database || matches(names[database], place.database)) &&
           matches(names[user], place.user);
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == ':' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

std::string line_of(const Place& place, std::string_view password) {
    return escaped(place.host) + ':' + std::to_string(place.port) + ':' + escaped(place.database) + ':' +
           escaped(place.user) + ':' + escaped(password) + '\n';
}

std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end + 1);
    text.remove_prefix(line.size());
    return line;
}

}  // namespace

Result<void> check_place(const Place& place) {
    for (const std::string* name : {&place.host, &place.database, &place.user}) {
        if (name->empty()) return Error{Fault::invalid, "a line of a password file needs every name"};
        if (std::ranges::any_of(*name, [](char c) { return static_cast<unsigned char>(c) < ' '; }))
            return Error{Fault::invalid, "names of hosts, databases and users are one line each"};
    }
    if (place.host.starts_with('#') || place.host == "*" || place.user == "*")
        return Error{Fault::invalid, "a line of a password file cannot name a host or user like that"};
    return {};
}

std::string with_line(std::string_view text, const Place& place, std::string_view password) {
    std::string result;
    result.reserve(text.size() + 2 * password.size());
    bool is_there = false;
    const auto put = [&] {
        if (!is_there) result += line_of(place, password);
        is_there = true;
    };
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const std::optional<Names> names = names_of(line);
        if (names && is_in_front(*names, place)) put();
        if (!names || !is_same(*names, place)) result += line;
    }
    if (!result.empty() && !result.ends_with('\n')) result += '\n';
    put();
    return result;
}

}  // namespace countersign::passfile
