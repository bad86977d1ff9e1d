// A policy document, strict and lenient: what the strict reading takes, the lenient one must take too.
#include <cstdlib>
#include <string_view>

#include "policy/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto strict = policy::parse(text);
    const auto lenient = policy::parse_lenient(text);
    if (strict && !lenient) std::abort();
    if (!lenient) return 0;
    policy::PolicySet policies;
    policies.identity.push_back({"fuzz", *lenient});
    const policy::Request request{"arn:aws:iam::123456789012:user/jane",
                                  "123456789012",
                                  "rds-db:connect",
                                  "arn:aws:rds-db:us-east-1:123456789012:dbuser:db-X/jane",
                                  "123456789012",
                                  {}};
    static_cast<void>(policy::evaluate(policies, request).allowed());
    return 0;
}
