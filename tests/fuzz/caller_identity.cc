// Signed GetCallerIdentity requests as strangers hand them over, and the answers of an STS: whatever comes is
// refused, or has no byte with which a header or a host could say something else.
#include <cstdlib>

#include "federation/base64url.h"
#include "federation/caller_identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign::federation;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto proof = parse_caller_identity_token("countersign-aws-v1." + base64url(text));
    if (proof)
        for (const auto& [name, value] : caller_identity_request(*proof).headers)
            for (const char c : value)
                if (c < ' ' || c == '\x7f' || (name == "host" && (c == '/' || c == '@'))) std::abort();
    const auto identity = read_caller_identity({200, {}, text});
    if (identity && (identity->account.empty() || identity->subject.empty())) std::abort();
    return 0;
}
