#include "model/access_key_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "model/ids.h"

namespace countersign::model {

namespace {

constexpr std::string_view session_prefix = "ASIA";
constexpr std::size_t prefix_size = 4;
constexpr std::size_t id_digits = 16;    // base32, five bits each
constexpr std::size_t digits_read = 10;  // 50 bits: the mark, the account and nine of the random ones
constexpr int bits_below_account = 9;    // of those 50
constexpr int account_bits = 40;         // 10^12 is less
constexpr std::uint64_t accounts_end = 1'000'000'000'000;
constexpr std::uint64_t mark = 1ULL << (account_bits + bits_below_account);

}  // namespace

std::string new_session_key_id(std::string_view account, crypto::Random& random) {
    const std::uint64_t number = parse_number<std::uint64_t>(account).value_or(0) % accounts_end;
    std::uint64_t noise = 0;
    for (const char byte : random.bytes(2)) noise = noise << 8 | static_cast<unsigned char>(byte);
    std::uint64_t bits = mark | number << bits_below_account | (noise & ((1U << bits_below_account) - 1));
    std::string leading(digits_read, 'A');
    for (auto digit = leading.rbegin(); digit != leading.rend(); ++digit, bits >>= 5)
        *digit = base32_alphabet[bits & 31];
    return std::string(session_prefix) + leading +
           crypto::random_text(random, base32_alphabet, id_digits - digits_read);
}

std::optional<std::string> account_of_key_id(std::string_view access_key_id) {
    const bool known = access_key_id.starts_with("AKIA") || access_key_id.starts_with(session_prefix);
    if (!known || access_key_id.size() != prefix_size + id_digits) return std::nullopt;
    std::uint64_t bits = 0;
    for (std::size_t i = prefix_size; i < access_key_id.size(); ++i) {
        const std::size_t value = base32_alphabet.find(access_key_id[i]);
        if (value == std::string_view::npos) return std::nullopt;
        if (i < prefix_size + digits_read) bits = bits << 5 | value;
    }
    if ((bits & mark) == 0) return std::nullopt;
    const std::uint64_t number = (bits & (mark - 1)) >> bits_below_account;
    if (number >= accounts_end) return std::nullopt;
    return fmt::format("{:012}", number);
}

}  // namespace countersign::model
