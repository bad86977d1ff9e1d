// Asks an operation of AWS's REST protocol with JSON, signed.
#pragma once

#include <string>
#include <string_view>

#include "client/api_client.h"
#include "formats/json.h"

namespace countersign::client {

// The answer's document. An error carries the API's code and message; Fault::unavailable where nobody
// answers.
Result<formats::json::value> post_document(const ApiTarget& target, std::string_view service,
                                           const std::string& path, const formats::json::object& document);

}  // namespace countersign::client
