// What the way in asks and is told: between the bytes of wire/login.h and the verdict's values. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "login/verdict.h"

namespace countersign::agent {

struct Question {
    login::Attempt attempt;     // its token points into the message
    std::string database_name;  // these two are the client's own words
    std::string application_name;
};

// Nothing when the message is no request.
std::optional<Question> read_question(std::string_view message);

std::string answer_for(const login::Verdict& verdict, const std::string& login_id);

// A refusal for a reason that is no check's.
std::string refusal_for(std::string_view reason, const std::string& login_id);

}  // namespace countersign::agent
