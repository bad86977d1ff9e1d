// Asks an operation of AWS's protocols with JSON: of REST by its path, of awsJson by its name.
#pragma once

#include <string>
#include <string_view>

#include "client/api_client.h"
#include "formats/json.h"
#include "http/message.h"

namespace countersign::client {

// The answer's document. An error carries the API's code and message; Fault::unavailable where nobody
// answers.
Result<formats::json::value> post_document(const ApiTarget& target, std::string_view service,
                                           const std::string& path, const formats::json::object& document);

// A service that speaks awsJson 1.1.
struct JsonService {
    std::string_view signing_name;
    std::string_view target_prefix;
};
Result<formats::json::value> call_json(const ApiTarget& target, const JsonService& service,
                                       std::string_view operation, const formats::json::object& document);

// What nobody signs: whoever asks proves it by what is in the document or the headers.
Result<formats::json::value> unsigned_document(const ApiTarget& target, http::Request request);

}  // namespace countersign::client
