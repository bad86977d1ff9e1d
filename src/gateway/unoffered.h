// The answer to who asks for a service of AWS that is not offered here: in the form that the service's own
// clients read, with a code that none of them tries again. Nothing is authenticated for it, and nothing told
// that is not the same for everybody. Pure. Source: Smithy, "AWS protocols"; EC2 and S3 API References,
// "Error responses".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace countersign::gateway {

// The service that a request was signed for, if it was; what was signed is not looked at.
std::optional<std::string> signed_service(const http::Request& request);

// `offered` is a list for people: "rds, iam and sts".
http::Response not_offered(const http::Request& request, std::string_view service, std::string_view offered,
                           std::string_view request_id);

}  // namespace countersign::gateway
