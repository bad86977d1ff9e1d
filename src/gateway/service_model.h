// What the generated API code (scripts/generate_api.py) says of a service: its names on the wire and its
// errors. Values only; constants for the whole life of the program.
#pragma once

#include <string_view>

namespace countersign::gateway {

struct ServiceModel {
    std::string_view api_version;         // 2014-10-31
    std::string_view xml_namespace;       // of every answer in XML; empty: the Query protocol is not spoken
    std::string_view signing_name;        // the service in a credential scope
    std::string_view target_prefix = {};  // the service in awsJson and RPC v2; empty: neither is spoken
};

struct ErrorModel {
    std::string_view code;  // as on the wire: DBInstanceNotFound, not the shape's DBInstanceNotFoundFault
    int status = 500;
    bool sender_fault = false;    // <Type>Sender</Type>, otherwise Receiver
    std::string_view shape = {};  // what JSON and CBOR say instead: DBInstanceNotFoundFault
};

// The input or output of an operation that has none.
struct Nothing {};

}  // namespace countersign::gateway
