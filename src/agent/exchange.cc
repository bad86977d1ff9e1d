#include "agent/exchange.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"
#include "wire/login.h"

namespace countersign::agent {

namespace {

std::string text_of(const wire::Text& text) {
    return std::string(text.data, text.size);
}

login::Transport transport_of(wire::Transport transport) {
    switch (transport) {
        case wire::Transport::tls:
            return login::Transport::tls;
        case wire::Transport::plain:
            return login::Transport::plain;
        case wire::Transport::unknown:
            break;
    }
    return login::Transport::unknown;
}

login::Membership membership_of(wire::Membership membership) {
    switch (membership) {
        case wire::Membership::yes:
            return login::Membership::member;
        case wire::Membership::no:
            return login::Membership::outsider;
        case wire::Membership::unknown:
            break;
    }
    return login::Membership::unknown;
}

std::string encoded(const wire::AnswerView& answer) {
    std::string bytes(wire::answer_bytes_max, '\0');
    bytes.resize(wire::encode_answer(answer, reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
    return bytes;
}

}  // namespace

std::optional<WireRequest> read_question(std::string_view message) {
    wire::RequestView request;
    if (!wire::decode_request(reinterpret_cast<const uint8_t*>(message.data()), message.size(), &request))
        return std::nullopt;
    WireRequest question;
    question.wire_version = request.wire_version;
    question.attempt.transport = transport_of(request.transport);
    question.attempt.rds_iam = membership_of(request.membership);
    question.attempt.user = text_of(request.user);
    question.attempt.token = login::SentToken({request.token.data, request.token.size});
    question.attempt.source_address = text_of(request.source);
    question.database_name = printable(text_of(request.database), limits::recorded_name_bytes_max);
    question.application_name = printable(text_of(request.application), limits::recorded_name_bytes_max);
    return question;
}

std::uint16_t version_to_answer(std::string_view message) {
    const std::uint16_t asked =
        wire::request_version(reinterpret_cast<const uint8_t*>(message.data()), message.size());
    return asked >= wire::oldest_version && asked <= wire::version ? asked : 0;
}

std::string describe_unreadable(std::string_view message) {
    const std::uint16_t asked =
        wire::request_version(reinterpret_cast<const uint8_t*>(message.data()), message.size());
    if (asked == 0) return "it is no request of a login hook";
    if (version_to_answer(message) != 0)
        return fmt::format("it is a malformed request of wire version {}", asked);
    return fmt::format(
        "it is a request of wire version {}, and this agent understands {} to {}: bring the login hook and "
        "the agent to the same version",
        asked, wire::oldest_version, wire::version);
}

std::string answer_for(const login::Verdict& verdict, const std::string& login_id,
                       std::uint16_t wire_version) {
    if (!verdict.allowed())
        return refusal_for(std::string(login::name_of(verdict.failed())) + ": " + verdict.reason(), login_id,
                           wire_version);
    return encoded({wire::Verdict::allowed, {login_id.data(), login_id.size()}, {}, wire_version});
}

std::string refusal_for(std::string_view reason, const std::string& login_id, std::uint16_t wire_version) {
    const std::string shown = printable(reason, wire::reason_bytes_max);
    return encoded({wire::Verdict::refused,
                    {login_id.data(), login_id.size()},
                    {shown.data(), shown.size()},
                    wire_version});
}

}  // namespace countersign::agent
