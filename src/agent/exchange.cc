#include "agent/exchange.h"

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

std::optional<Question> read_question(std::string_view message) {
    wire::RequestView request;
    if (!wire::decode_request(reinterpret_cast<const uint8_t*>(message.data()), message.size(), &request))
        return std::nullopt;
    Question question;
    question.attempt.transport = transport_of(request.transport);
    question.attempt.rds_iam = membership_of(request.membership);
    question.attempt.user = text_of(request.user);
    question.attempt.token = login::SentToken({request.token.data, request.token.size});
    question.attempt.source_address = text_of(request.source);
    question.database_name = printable(text_of(request.database), limits::recorded_name_bytes_max);
    question.application_name = printable(text_of(request.application), limits::recorded_name_bytes_max);
    return question;
}

std::string answer_for(const login::Verdict& verdict, const std::string& login_id) {
    if (!verdict.allowed())
        return refusal_for(std::string(login::name_of(verdict.failed())) + ": " + verdict.reason(), login_id);
    return encoded({wire::Verdict::allowed, {login_id.data(), login_id.size()}, {}});
}

std::string refusal_for(std::string_view reason, const std::string& login_id) {
    const std::string shown = printable(reason, wire::reason_bytes_max);
    return encoded(
        {wire::Verdict::refused, {login_id.data(), login_id.size()}, {shown.data(), shown.size()}});
}

}  // namespace countersign::agent
