#include "proxy/startup.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"

namespace countersign::proxy {

namespace {

constexpr std::uint32_t cancel_code = 80'877'102;
constexpr std::uint32_t tls_code = 80'877'103;
constexpr std::uint32_t gss_code = 80'877'104;
constexpr std::uint32_t protocol_major = 3;
constexpr unsigned major_bits = 16;
constexpr std::size_t head_bytes = 8;              // length and code
constexpr std::size_t cancel_key_bytes_min = 8;    // process id and key of protocol 3.0
constexpr std::size_t cancel_key_bytes_max = 260;  // of 3.2

Error invalid(std::string message) {
    return Error{Fault::invalid, std::move(message)};
}

std::uint32_t number_at(std::string_view bytes, std::size_t place) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < length_bytes; ++i)
        number = number << 8U | static_cast<unsigned char>(bytes[place + i]);
    return number;
}

void append_number(std::string& bytes, std::size_t number) {
    for (unsigned shift = 32; shift > 0; shift -= 8)
        bytes += static_cast<char>(number >> (shift - 8U) & 0xFFU);
}

// The text up to the next NUL, which is taken off with it. Nothing where there is none.
std::optional<std::string> take_text(std::string_view& bytes) {
    const std::size_t end = bytes.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
    return text;
}

Result<Startup> parse_session(std::string_view bytes) {
    Startup startup{StartupKind::session};
    while (bytes.size() > 1) {
        std::optional<std::string> name = take_text(bytes);
        std::optional<std::string> value = name && !name->empty() ? take_text(bytes) : std::nullopt;
        if (!value) return invalid("the startup packet has a parameter without an end");
        startup.parameters.emplace_back(*std::move(name), *std::move(value));
    }
    if (bytes != std::string_view("\0", 1)) return invalid("the startup packet has no end");
    return startup;
}

}  // namespace

Result<std::size_t> startup_length(std::string_view first_bytes) {
    const std::size_t length = first_bytes.size() < length_bytes ? 0 : number_at(first_bytes, 0);
    if (length < head_bytes || length > limits::startup_bytes_max)
        return invalid("the startup packet has a length that none has");
    return length;
}

Result<Startup> parse_startup(std::string_view message) {
    const std::size_t length = TRY(startup_length(message));
    if (length != message.size()) return invalid("the startup packet is not as long as it says");
    const std::uint32_t code = number_at(message, length_bytes);
    const std::string_view rest = message.substr(head_bytes);
    if (code == tls_code || code == gss_code) {
        if (!rest.empty()) return invalid("the request for encryption is too long");
        return Startup{StartupKind::encryption};
    }
    if (code == cancel_code) {
        if (rest.size() < cancel_key_bytes_min || rest.size() > cancel_key_bytes_max)
            return invalid("the request to cancel has a key of a length that none has");
        return Startup{StartupKind::cancel, {}, std::string(rest)};
    }
    if (code >> major_bits != protocol_major)
        return invalid(
            fmt::format("protocol {}.{} is not supported; the proxy speaks PostgreSQL's protocol 3",
                        code >> major_bits, code & 0xFFFFU));
    return parse_session(rest);
}

std::string error_response(const Refusal& refusal) {
    std::string body;
    const auto add = [&](char field, std::string_view text) {
        if (text.empty()) return;
        body += field;
        body += text;
        body += '\0';
    };
    add('S', "FATAL");
    add('V', "FATAL");
    add('C', refusal.sqlstate);
    add('M', refusal.message);
    add('H', refusal.hint);
    body += '\0';
    std::string message = "E";
    append_number(message, body.size() + length_bytes);
    return message + body;
}

std::optional<Refusal> user_refusal(const Startup& startup, std::string_view user) {
    std::optional<std::string_view> asked;
    for (const auto& [name, value] : startup.parameters)
        if (name == "user") asked = value;  // the last one counts, as to PostgreSQL
    if (!asked || asked->empty())
        return Refusal{"28000", "no PostgreSQL user name specified in startup packet"};
    if (*asked == user) return std::nullopt;
    return Refusal{"28000",
                   fmt::format("this proxy is for the user \"{}\" alone, not for \"{}\"", user, *asked),
                   fmt::format("Connect as \"{}\", or start a proxy for the other user.", user)};
}

std::string tls_request() {
    std::string message;
    append_number(message, head_bytes);
    append_number(message, tls_code);
    return message;
}

std::string password_message(std::string_view password) {
    std::string message = "p";
    append_number(message, length_bytes + password.size() + 1);
    message += password;
    message += '\0';
    return message;
}

Result<std::optional<ServerMessage>> ServerMessages::next() {
    if (waiting_.size() < 1 + length_bytes) return std::optional<ServerMessage>();
    const std::size_t length = number_at(waiting_, 1);
    if (length < length_bytes || length > limits::startup_answer_bytes_max)
        return invalid("the server sent a message of a length that none has before a session");
    if (waiting_.size() < 1 + length) return std::optional<ServerMessage>();
    ServerMessage message{waiting_[0], waiting_.substr(0, 1 + length)};
    waiting_.erase(0, 1 + length);
    return std::optional(std::move(message));
}

std::optional<std::uint32_t> authentication_asked(const ServerMessage& message) {
    const std::string_view body = message.body();
    if (body.size() < length_bytes) return std::nullopt;
    return number_at(body, 0);
}

}  // namespace countersign::proxy
