// What the login hook asks and is told: between the bytes of wire/login.h and the verdict's values. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "login/verdict.h"

namespace countersign::agent {

struct WireRequest {
    login::Attempt attempt;     // its token points into the message
    std::string database_name;  // these two are the client's own words
    std::string application_name;
    std::uint16_t wire_version = 0;
};

// Nothing when the message is no request of a version that is understood.
std::optional<WireRequest> read_question(std::string_view message);

// What is wrong with a message that is none: a sentence.
std::string describe_unreadable(std::string_view message);
// The version in which it can be answered; 0 for none.
std::uint16_t version_to_answer(std::string_view message);

std::string answer_for(const login::Verdict& verdict, const std::string& login_id,
                       std::uint16_t wire_version);

// A refusal for a reason that is no check's; empty for a version in which nothing can be said.
std::string refusal_for(std::string_view reason, const std::string& login_id, std::uint16_t wire_version);

}  // namespace countersign::agent
