// The lines of a password file, as libpq reads them: hostname:port:database:username:password, with ':' and
// '\' escaped by '\'; the first line that matches decides. Pure. Source: PostgreSQL's documentation, "The
// Password File"; passwordFromFile() of fe-connect.c.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::passfile {

inline constexpr std::string_view any_database = "*";

// What a line is for.
struct Place {
    std::string host;
    std::uint16_t port = 0;
    std::string database;  // or any_database
    std::string user;

    friend bool operator==(const Place&, const Place&) = default;
};

// Fault::invalid for names that no line can hold.
Result<void> check_place(const Place& place);

// The text with one line for that place, before every other that libpq would take for it. A line of the same
// place is replaced; every other byte stays as it is. The place must have been checked, and the password be
// of one line.
std::string with_line(std::string_view text, const Place& place, std::string_view password);

}  // namespace countersign::passfile
