// A cluster's identity in PostgreSQL's global/pg_control: the system identifier and the nonce that makes up
// SCRAM exchanges for unknown users. A copy of a template must not share them with its siblings. Pure, but
// for give_identity().
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::databases::local {

inline constexpr std::size_t nonce_bytes = 32;  // MOCK_AUTH_NONCE_LEN

struct Identity {
    std::uint64_t system_identifier = 0;
    std::string nonce;
};

// As initdb makes it: seconds and microseconds of now, and random bits where it has its process id.
Identity make_identity(std::int64_t microseconds_since_1970, std::string_view random_bytes);

std::uint32_t crc32c(std::string_view bytes);  // Castagnoli, as PostgreSQL's pg_crc32c

// The contents of pg_control with another identity. The place of the checksum differs between major versions
// and is found by the checksum itself; Fault::invalid when it is nowhere.
Result<std::string> with_identity(std::string control, const Identity& identity);

// Gives a cluster that is cleanly shut down another identity, with WAL to match (pg_resetwal), and checks
// what pg_controldata then says.
Result<void> give_identity(const std::filesystem::path& bin, const std::filesystem::path& data,
                           const Identity& identity);

}  // namespace countersign::databases::local
