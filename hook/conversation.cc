#include "conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace countersign::hook {
namespace {

// The text that was answered, owned by the caller; null when there is none.
char* converse(const pam_conv& conversation, int style, const char* text) {
    if (conversation.conv == nullptr) return nullptr;
    const pam_message message = {style, text};
    const pam_message* messages[] = {&message};
    pam_response* responses = nullptr;
    const int code = conversation.conv(1, messages, &responses, conversation.appdata_ptr);
    if (responses == nullptr) return nullptr;
    char* answer = responses->resp;
    free(responses);
    if (code == PAM_SUCCESS) return answer;
    wipe_and_free(answer);
    return nullptr;
}

}  // namespace

char* ask_for_token(const pam_conv& conversation) {
    return converse(conversation, PAM_PROMPT_ECHO_OFF, "Password: ");
}

void wipe_and_free(char* token) {
    if (token != nullptr) explicit_bzero(token, strlen(token));
    free(token);
}

void complain(const pam_conv& conversation, const char* sentence) {
    char line[complaint_bytes_max + sizeof "countersign: "];
    snprintf(line, sizeof line, "countersign: %s", sentence);
    for (char* at = line; *at != '\0'; ++at) {
        if (*at < ' ' || *at > '~') *at = '?';
    }
    wipe_and_free(converse(conversation, PAM_ERROR_MSG, line));
}

}  // namespace countersign::hook
