// Why a request was decided as it was, in one sentence for a person: the statement that decided, or of those
// that would have allowed the one that came closest, and what kept it from doing so.
#pragma once

#include <string>

#include "policy/explain.h"

namespace countersign::policy {

// "statement 2 (OfficeOnly) of user/ada/office would allow it, but its condition IpAddress aws:SourceIp wants
// 10.0.0.0/8 and saw 192.168.1.4". Of a request that the explanation is of.
std::string why(const Explanation& explanation, const Request& request);

}  // namespace countersign::policy
