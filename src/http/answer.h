// An answer as the bytes of HTTP/1.1. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "http/message.h"

namespace countersign::http {

struct AnswerForm {
    bool head = false;   // the request was HEAD: the head of the answer only
    bool close = false;  // the connection ends after this answer
    Instant now;
};

// False for a status outside 200-599, and for a header that would end early or begin another one.
bool is_sendable(const Response& response);

// The answer with Date, Server, Content-Length and Connection, which the response cannot override.
std::string answer_bytes(const Response& response, const AnswerForm& form);

// Sun, 06 Nov 1994 08:49:37 GMT, as RFC 9110 section 5.6.7 has it.
std::string http_date(Instant instant);

}  // namespace countersign::http
