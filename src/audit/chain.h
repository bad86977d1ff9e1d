// The chain of the audit's lines: each carries its number and the SHA-256 of the line before, so that one
// that was removed, changed, inserted or moved shows. Pure.
//
//     {"seq":2,"previous":"64 hex digits of line 1",…the members of LoginEntry…}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/entry.h"

namespace countersign::audit {

// A line's place: its number, from 1 on, and its SHA-256. The initial value stands before the first line.
struct ChainHead {
    std::uint64_t seq = 0;
    std::string hash = std::string(64, '0');
    friend bool operator==(const ChainHead&, const ChainHead&) = default;
};

// What a line says of its own place.
struct ChainPosition {
    std::uint64_t seq = 0;
    std::string previous;
};

// The line that follows `last`, without its line end.
std::string chained_line(const LoginEntry& entry, const ChainHead& last);

// Nothing when it is no line of a chain.
std::optional<ChainPosition> position_of(std::string_view line);

// What the line records, fit to be shown; nothing when it cannot be read. Bytes that are not UTF-8, as audits
// of earlier versions have them, do not make a line unreadable.
std::optional<LoginEntry> entry_in(std::string_view line);

// "SEQ HASH", as the head file has it: the same number of bytes at all times. SEQ:HASH is read too.
std::string to_text(const ChainHead& head);
std::optional<ChainHead> parse_head(std::string_view text);

}  // namespace countersign::audit
