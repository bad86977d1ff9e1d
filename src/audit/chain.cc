#include "audit/chain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/record.h"

namespace countersign::audit {

namespace {

constexpr std::string_view before_seq = "{\"seq\":";
constexpr std::string_view before_hash = ",\"previous\":\"";
constexpr std::string_view after_hash = "\",";
constexpr std::size_t hash_digits = 64;

bool is_hash(std::string_view text) {
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() == hash_digits && std::ranges::all_of(text, is_hex);
}

}  // namespace

std::string chained_line(const LoginEntry& entry, const ChainHead& last) {
    std::string line =
        fmt::format("{}{}{}{}{}", before_seq, last.seq + 1, before_hash, last.hash, after_hash);
    return line.append(formats::to_record(entry), 1);
}

std::optional<ChainPosition> position_of(std::string_view line) {
    if (!line.starts_with(before_seq)) return std::nullopt;
    line.remove_prefix(before_seq.size());
    const std::string_view digits = line.substr(0, line.find(','));
    const auto seq = parse_number<std::uint64_t>(digits);
    if (!seq || *seq == 0) return std::nullopt;
    line.remove_prefix(digits.size());
    if (!line.starts_with(before_hash)) return std::nullopt;
    line.remove_prefix(before_hash.size());
    const std::string_view previous = line.substr(0, hash_digits);
    if (!is_hash(previous) || !line.substr(hash_digits).starts_with(after_hash)) return std::nullopt;
    return ChainPosition{*seq, std::string(previous)};
}

std::optional<LoginEntry> entry_in(std::string_view line) {
    Result<LoginEntry> entry = is_utf8(line) ? formats::from_record<LoginEntry>(line)
                                             : formats::from_record<LoginEntry>(visible_json(line));
    if (!entry || entry->decision == Decision::unknown) return std::nullopt;
    return recordable(*std::move(entry));
}

std::string to_text(const ChainHead& head) {
    return fmt::format("{:020} {}\n", head.seq, head.hash);
}

std::optional<ChainHead> parse_head(std::string_view text) {
    text = trimmed(text);
    const std::size_t gap = text.find_first_of(" :");
    if (gap == std::string_view::npos) return std::nullopt;
    const auto seq = parse_number<std::uint64_t>(text.substr(0, gap));
    if (!seq || !is_hash(text.substr(gap + 1))) return std::nullopt;
    return ChainHead{*seq, std::string(text.substr(gap + 1))};
}

}  // namespace countersign::audit
