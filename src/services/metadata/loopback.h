// Who may be meant by an address: this machine alone, or at least no name that somebody else's DNS answers.
#pragma once

#include <string>

namespace countersign::metadata {

// 127.0.0.0/8, ::1 or "localhost".
bool is_loopback(const std::string& host);

// Whether a Host header is an address or "localhost", with or without a port. A web page that lets its own
// name point to this machine (DNS rebinding) sends another.
bool names_no_domain(const std::string& host_header);

}  // namespace countersign::metadata
