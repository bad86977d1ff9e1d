#include "login.h"

#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "conversation.h"
#include "exchange.h"

namespace countersign::hook {
namespace {

wire::Text text(const char* from) {
    return {from, from == nullptr ? 0 : strlen(from)};
}

bool is_fit(const Caller& caller) {
    const wire::Text user = text(caller.user);
    const wire::Text service = text(caller.service);
    return user.size > 0 && user.size <= wire::user_bytes_max && service.size > 0 &&
           service.size <= wire::service_bytes_max && text(caller.source).size <= wire::source_bytes_max;
}

int unavailable(const Caller& caller, const char* why) {
    complain(*caller.conversation, why);
    return PAM_AUTHINFO_UNAVAIL;
}

int refuse(const Caller& caller, const char* why) {
    complain(*caller.conversation, why);
    return PAM_PERM_DENIED;
}

int conclude(const Caller& caller, const Answer& answer) {
    char line[complaint_bytes_max];
    if (answer.failure == Failure::unreachable) {
        snprintf(line, sizeof line, "%s (error %d)", describe(answer.failure), answer.system_error);
        return unavailable(caller, line);
    }
    if (answer.failure != Failure::none) return unavailable(caller, describe(answer.failure));
    if (answer.view.verdict == wire::Verdict::allowed) return PAM_SUCCESS;
    const wire::Text& reason = answer.view.reason;
    const wire::Text& id = answer.view.login_id;
    snprintf(line, sizeof line, "%.*s [login %.*s]", static_cast<int>(reason.size), reason.data,
             static_cast<int>(id.size), id.data);
    return refuse(caller, line);
}

int judge(const Caller& caller, const ConnectionFacts& facts, const char* token) {
    StartupWords words;
    startup_words(caller.user, &words);
    const wire::RequestView request = {facts.transport,
                                       facts.membership,
                                       text(caller.user),
                                       text(caller.source),
                                       text(caller.service),
                                       {words.database, words.database_bytes},
                                       {words.application, words.application_bytes},
                                       text(token)};
    if (request.token.size == 0) return refuse(caller, "token: is empty");
    if (request.token.size > wire::token_bytes_max)
        return refuse(caller, "token: is longer than 65535 bytes");
    Answer answer;
    exchange(caller.socket, request, &answer);
    return conclude(caller, answer);
}

static_assert(wire::token_bytes_max == 65535, "judge() says so");

}  // namespace

int authenticate(const Caller& caller) {
    if (caller.conversation == nullptr) return PAM_CONV_ERR;
    if (caller.socket == nullptr) return unavailable(caller, "agent: no socket is configured");
    if (!is_socket_path(caller.socket)) return unavailable(caller, "agent: the socket's path is not usable");
    if (!is_fit(caller))
        return refuse(caller, "connection: the user, address or service is missing or too long");
    ConnectionFacts facts = connection_facts(caller.user);
    if (caller.pooler_has_tls && !is_backend()) facts.transport = wire::Transport::tls;
    char* const token = ask_for_token(*caller.conversation);
    if (token == nullptr) return PAM_CONV_ERR;
    const int code = judge(caller, facts, token);
    wipe_and_free(token);
    return code;
}

}  // namespace countersign::hook
