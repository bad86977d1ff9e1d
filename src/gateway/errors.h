// From an Error to what AWS's clients expect: code, HTTP status, whose fault it was.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "gateway/service_model.h"

namespace countersign::gateway {

struct ApiError {
    std::string code;
    int status = 500;
    std::string message;
    std::string shape = {};            // in JSON and CBOR
    int document_status = 400;         // there
    std::string encoded_message = {};  // of a refusal by policy, for DecodeAuthorizationMessage; empty: none

    std::string_view type() const { return status >= 500 ? "Receiver" : "Sender"; }
};

// `models` are the errors that the service's public model lists. A code that neither they nor the table of
// common errors know, and an error without a code, take what their fault says. Internal errors do not show
// their message.
ApiError api_error(const Error& error, std::span<const ErrorModel> models);

// The same as EC2 says it, which has codes of its own for what all services refuse.
ApiError in_ec2_words(ApiError error);

}  // namespace countersign::gateway
