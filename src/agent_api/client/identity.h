// Who an agent is to its control plane: the key that was made on this host, the certificate for it, and the
// one authority that it trusts. Files of the state directory, mode 0600.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/channel.h"

namespace countersign::agent_api::client {

struct Identity {
    std::string name;
    std::string control_plane;  // HOST:PORT
    http::Trust trust;
    Instant certified;          // by this host's clock
    Instant until;              // the end of the certificate
    std::string enrolled_with;  // digest_of() the token
};

// Nothing when the directory holds none. Fault::invalid when it holds one that is not whole.
Result<std::optional<Identity>> load_identity(const std::filesystem::path& directory);

// Whole or not at all.
Result<void> save_identity(const std::filesystem::path& directory, const Identity& identity);

// What `countersign agent-token` printed: the secret of one enrolment, and the SHA-256 of the authority's
// certificate, by which the agent knows its control plane.
struct EnrolmentToken {
    std::string secret;
    std::string authority_digest;
};
std::string text_of(const EnrolmentToken& token);
Result<EnrolmentToken> read_enrolment_token(const std::string& text);
// By which a token is known again.
std::string digest_of(const EnrolmentToken& token);

// When the certificate should be renewed: two thirds of its life are left then, to try again.
Instant renewal_time(const Identity& identity);

// Makes a key, and has the control plane certify it. Fault::unauthenticated when the control plane is not the
// one that the token is of.
struct Enrolment {
    std::string control_plane;  // HOST:PORT
    std::string name;           // wished
    EnrolmentToken token;
};
Result<Identity> enrol(const Enrolment& enrolment, Instant now);

// The same identity with another key and certificate.
Result<Identity> certified_anew(Identity identity, Secret key_pem, std::string certificate_pem, Instant now);

std::string url_of(const std::string& control_plane);

}  // namespace countersign::agent_api::client
