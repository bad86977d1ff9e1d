// The address at which an instance's people begin: https://HOST:PORT/start/d-… Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

namespace countersign::identity_center {

inline constexpr std::string_view start_path = "/start/";
// Where providers send people back to. Each way to sign in has a place of its own below these, so that an
// answer of one provider is never taken for another's: the identity store, a slash and the way's name.
inline constexpr std::string_view openid_path = "/console/signin/oidc/";
inline constexpr std::string_view saml_path = "/console/signin/saml/";

inline std::string start_url(std::string_view server_url, std::string_view identity_store) {
    return std::string(server_url) + std::string(start_path) + std::string(identity_store);
}

// Whether a text has the form of an identity store's id: d- and ten hexadecimal digits.
inline bool is_identity_store_id(std::string_view id) {
    constexpr std::size_t digits = 10;
    return id.size() == digits + 2 && id.starts_with("d-") &&
           id.substr(2).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The identity store that a start URL names, by whichever of this server's names it was written; what is
// behind it (#/, ?…) is passed over, as programs and people leave it there. Nothing for any other text.
inline std::optional<std::string> identity_store_in(std::string_view url) {
    const std::size_t at = url.find(start_path);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view rest = url.substr(at + start_path.size());
    rest = rest.substr(0, rest.find_first_of("/?#"));
    if (!is_identity_store_id(rest)) return std::nullopt;
    return std::string(rest);
}

// https://HOST:PORT/start, which stands for the instance of the account that the server was made with.
inline bool is_usual_start(std::string_view url) {
    if (url.ends_with('/')) url.remove_suffix(1);
    return url.ends_with("/start");
}

}  // namespace countersign::identity_center
