// What a client sends before it has a session, and what it is told there. Pure. Source: PostgreSQL's
// documentation, "Message Formats"; its limits are those of backend_startup.c and libpq.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace countersign::proxy {

enum class StartupKind {
    encryption,  // SSLRequest or GSSENCRequest
    cancel,      // CancelRequest
    session,     // StartupMessage
};

struct Startup {
    StartupKind kind = StartupKind::encryption;
    std::vector<std::pair<std::string, std::string>> parameters = {};  // of a session, as sent
    std::string cancel_key = {};  // process id and key, as BackendKeyData has them
};

// Every message begins with its length, in so many bytes.
inline constexpr std::size_t length_bytes = 4;

// How long the whole message is. Fault::invalid: longer than PostgreSQL takes, or too short.
Result<std::size_t> startup_length(std::string_view first_bytes);

// Of a whole message. Fault::invalid with a sentence that says what is wrong.
Result<Startup> parse_startup(std::string_view message);

// What a client is told, as a FATAL error of PostgreSQL's.
struct Refusal {
    std::string_view sqlstate;  // PostgreSQL's documentation, "PostgreSQL Error Codes"
    std::string message;
    std::string hint = {};
};
std::string error_response(const Refusal& refusal);

// Nothing when the session is that user's.
std::optional<Refusal> user_refusal(const Startup& startup, std::string_view user);

std::string tls_request();
std::string password_message(std::string_view password);

// A message of the server's; `bytes` is all of it.
struct ServerMessage {
    char kind = 0;
    std::string bytes;

    std::string_view body() const { return std::string_view(bytes).substr(1 + length_bytes); }
};

// Takes a server's messages off a stream, before the session is up.
class ServerMessages {
public:
    void add(std::string_view bytes) { waiting_ += bytes; }
    // Nothing until all of it is there. Fault::invalid: it says a length that no such message has.
    Result<std::optional<ServerMessage>> next();
    // What came after the last message.
    std::string take_rest() { return std::exchange(waiting_, {}); }

private:
    std::string waiting_;
};

// Which authentication a message of kind R asks for; nothing for one that is too short.
std::optional<std::uint32_t> authentication_asked(const ServerMessage& message);
inline constexpr std::uint32_t authentication_ok = 0;
inline constexpr std::uint32_t authentication_cleartext = 3;

}  // namespace countersign::proxy
