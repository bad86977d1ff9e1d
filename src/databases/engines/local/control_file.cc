#include "databases/engines/local/control_file.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "base/files.h"
#include "base/process.h"
#include "formats/encoding.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t control_bytes_max = std::size_t{64} * 1024;
// sizeof(ControlFileData) is near 300 in every version since 10, and a multiple of 4 up to its checksum.
constexpr std::size_t checksum_first = 128;
constexpr std::size_t checksum_last = 504;
constexpr std::size_t version_at = 8;  // pg_control_version
constexpr auto initdb_patience = std::chrono::seconds(30);

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
        table[byte] = crc;
    }
    return table;
}();

// Of the nonce, which ends where the checksum begins; from PostgreSQL 18 on a bool stands before it, and the
// padding that this needs behind it.
std::size_t nonce_at(std::string_view control, std::size_t checksum_at) {
    constexpr std::uint32_t version_18 = 1800;
    constexpr std::size_t padding_18 = 3;
    std::uint32_t version = 0;
    std::memcpy(&version, control.data() + version_at, sizeof version);
    return checksum_at - nonce_bytes - (version >= version_18 ? padding_18 : 0);
}

}  // namespace

Identity make_identity(std::int64_t microseconds_since_1970, std::string_view random_bytes) {
    const auto seconds = static_cast<std::uint64_t>(microseconds_since_1970 / 1'000'000);
    const auto microseconds = static_cast<std::uint64_t>(microseconds_since_1970 % 1'000'000);
    std::uint64_t low = 0;
    std::memcpy(&low, random_bytes.data(), sizeof low);
    return {(seconds << 32) | (microseconds << 12) | (low & 0xFFF),
            std::string(random_bytes.substr(sizeof low, nonce_bytes))};
}

std::uint32_t crc32c(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char byte : bytes)
        crc = (crc >> 8) ^ crc_table[(crc ^ static_cast<unsigned char>(byte)) & 0xFF];
    return crc ^ 0xFFFFFFFFU;
}

Result<std::string> with_identity(std::string control, const Identity& identity) {
    if (identity.nonce.size() != nonce_bytes) return Error{Fault::internal, "a nonce has 32 bytes"};
    for (std::size_t at = checksum_first; at <= checksum_last && at + 4 <= control.size(); at += 4) {
        std::uint32_t stored = 0;
        std::memcpy(&stored, control.data() + at, sizeof stored);
        if (stored != crc32c(std::string_view(control).substr(0, at))) continue;
        std::memcpy(control.data(), &identity.system_identifier, sizeof identity.system_identifier);
        control.replace(nonce_at(control, at), nonce_bytes, identity.nonce);
        const std::uint32_t fresh = crc32c(std::string_view(control).substr(0, at));
        std::memcpy(control.data() + at, &fresh, sizeof fresh);
        return control;
    }
    return Error{Fault::invalid, "pg_control has no valid checksum"};
}

Result<void> give_identity(const std::filesystem::path& bin, const std::filesystem::path& data,
                           const Identity& identity) {
    const Path file = data / "global" / "pg_control";
    std::string control = TRY(read_file(file, control_bytes_max));
    const std::string changed = TRY(with_identity(std::move(control), identity));
    TRY(replace_file(file, changed, Durability::none));
    TRY(run({.program = bin / "pg_resetwal", .arguments = {data.string()}}, initdb_patience));
    const std::string facts =
        TRY(run({.program = bin / "pg_controldata", .arguments = {data.string()}}, initdb_patience));
    const bool identified = facts.find(fmt::format(" {}\n", identity.system_identifier)) != std::string::npos;
    const bool nonced = facts.find(formats::hex(identity.nonce)) != std::string::npos;
    if (identified && nonced) return {};
    return Error{Fault::internal, "pg_control did not take the new identity"};
}

}  // namespace countersign::databases::local
