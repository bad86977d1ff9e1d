#include "gateway/paging.h"

#include "crypto/digest.h"
#include "formats/encoding.h"

namespace countersign::gateway {

namespace {

constexpr std::size_t digest_digits = 32;

std::string begin_of_token(std::string_view question) {
    return crypto::sha256_hex(question).substr(0, digest_digits) + ':';
}

}  // namespace

std::string marker_of(std::string_view place) {
    return formats::base64(place);
}

Result<std::string> place_of(std::string_view marker, std::string_view error_code) {
    auto place = formats::from_base64(marker);
    if (!place) return Error{Fault::invalid, "Invalid Marker.", std::string(error_code)};
    return *std::move(place);
}

std::string page_token(std::string_view place, std::string_view question) {
    return formats::base64(begin_of_token(question).append(place));
}

std::optional<std::string> place_in(std::string_view token, std::string_view question) {
    const auto text = formats::from_base64(token);
    const std::string begin = begin_of_token(question);
    if (!text || !text->starts_with(begin)) return std::nullopt;
    return text->substr(begin.size());
}

}  // namespace countersign::gateway
