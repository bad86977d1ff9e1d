// What an extension's script has PostgreSQL do while it runs as a superuser. Values; no I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::databases::local {

// The statements of a script, without comments and psql's own lines, with one blank where there were several
// outside of quotes. Nothing for a script whose quotes are not closed or have escapes that only some read.
std::optional<std::vector<std::string>> statements_of(std::string_view script);

// Every statement makes, drops or grants something and none runs what others may have made: no query, no DO.
// So whatever a user has put into the schema beforehand is not executed. No name of the user's choice becomes
// part of it. What is not known to be harmless is not.
bool executes_nothing(std::string_view script);

// How many functions it has that run as their owner, the superuser; nothing where that cannot be told.
std::optional<std::size_t> definers_in(std::string_view script);
// It has some, or that cannot be told.
bool makes_definers(std::string_view script);

}  // namespace countersign::databases::local
