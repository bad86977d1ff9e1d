#include "identity_center/client_registration.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/record.h"

namespace countersign::identity_center {

namespace {

constexpr std::size_t client_secret_bytes = 32;
constexpr std::string_view id_context = "sso-client";

std::string secret_context(const std::string& id) {
    return "sso-client-secret/" + client_digest(id);
}

Error unknown_client() {
    return Error{Fault::unauthenticated, "Invalid client provided"};
}

// The URI without its port; empty where it is not one of a loopback address.
std::string without_port(std::string_view uri) {
    constexpr std::array hosts = {"http://127.0.0.1", "http://[::1]", "http://localhost"};
    for (const std::string_view host : hosts) {
        if (!uri.starts_with(host)) continue;
        std::string_view rest = uri.substr(host.size());
        if (rest.starts_with(':')) {
            rest.remove_prefix(1);
            const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
            if (!parse_number<std::uint16_t>(rest.substr(0, digits))) return {};
            rest.remove_prefix(digits);
        }
        if (rest.empty() || rest.starts_with('/')) return std::string(host) + std::string(rest);
    }
    return {};
}

}  // namespace

bool may_use(const RegisteredClient& client, std::string_view grant_type) {
    if (client.grant_types.empty()) return grant_type == device_grant || grant_type == refresh_grant;
    return std::ranges::find(client.grant_types, grant_type) != client.grant_types.end();
}

bool is_loopback_uri(std::string_view uri) {
    const bool plain = std::ranges::all_of(uri, [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
    return plain && !without_port(uri).empty();
}

bool may_redirect_to(const RegisteredClient& client, std::string_view uri) {
    if (!is_loopback_uri(uri)) return false;
    return std::ranges::any_of(client.redirect_uris, [&](const std::string& registered) {
        return without_port(registered) == without_port(uri);
    });
}

ClientCredentials register_client(RegisteredClient client, const crypto::SealingKey& sealing,
                                  crypto::Random& random, Instant now) {
    client.expires = now + client_life;
    ClientCredentials made;
    made.id = sealing.seal(Secret(formats::to_record(client)), id_context, random);
    made.secret =
        Secret(sealing.seal(Secret(random.bytes(client_secret_bytes)), secret_context(made.id), random));
    return made;
}

Result<RegisteredClient> read_client(const std::string& id, const crypto::SealingKey& sealing, Instant now) {
    const auto opened = sealing.open(id, id_context);
    if (!opened) return unknown_client();
    auto client = TRY(formats::from_record<RegisteredClient>(std::string(opened->reveal())));
    if (now >= client.expires) return unknown_client();
    return client;
}

Result<RegisteredClient> authenticate_client(const std::string& id, const std::string& secret,
                                             const crypto::SealingKey& sealing, Instant now) {
    if (!sealing.open(secret, secret_context(id))) return unknown_client();
    return read_client(id, sealing, now);
}

std::string client_digest(const std::string& id) {
    return crypto::sha256_hex(id);
}

}  // namespace countersign::identity_center
