#include "services/cloudtrail/page_token.h"

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/encoding.h"

namespace countersign::cloudtrail {

namespace {

constexpr std::size_t digest_digits = 32;

std::string digest_of(std::string_view question) {
    return crypto::sha256_hex(question).substr(0, digest_digits);
}

Error invalid_token() {
    return Error{Fault::invalid, "The token is not valid for this request.", "InvalidNextTokenException"};
}

}  // namespace

std::string page_token(const std::vector<Position>& positions, std::string_view question) {
    std::string text = digest_of(question);
    for (const Position& position : positions) text += fmt::format(":{}:{}", position.file, position.before);
    return formats::base64(text);
}

Result<std::vector<Position>> read_page_token(std::string_view token, std::string_view question,
                                              std::size_t logs) {
    const auto text = formats::from_base64(token);
    const std::vector<std::string_view> parts = split(text ? std::string_view(*text) : "", ':');
    if (parts.size() != 1 + 2 * logs || parts.front() != digest_of(question)) return invalid_token();
    std::vector<Position> positions;
    for (std::size_t i = 1; i < parts.size(); i += 2) {
        const auto file = parse_number<std::uint64_t>(parts[i]);
        const auto before = parse_number<std::uint64_t>(parts[i + 1]);
        if (!file || !before) return invalid_token();
        positions.push_back({*file, *before});
    }
    return positions;
}

}  // namespace countersign::cloudtrail
