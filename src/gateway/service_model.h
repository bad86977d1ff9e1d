// What the generated API code (scripts/generate_api.py) says of a service: its names on the wire and its
// errors. Values only; constants for the whole life of the program.
#pragma once

#include <string_view>

namespace countersign::gateway {

struct ServiceModel {
    std::string_view api_version;    // 2014-10-31
    std::string_view xml_namespace;  // of every answer
    std::string_view signing_name;   // the service in a credential scope
};

struct ErrorModel {
    std::string_view code;  // as on the wire: DBInstanceNotFound, not the shape's DBInstanceNotFoundFault
    int status = 500;
    bool sender_fault = false;  // <Type>Sender</Type>, otherwise Receiver
};

// The input or output of an operation that has none.
struct Nothing {};

}  // namespace countersign::gateway
