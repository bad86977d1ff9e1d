#include "sigv4/sign.h"

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/iso_time.h"

namespace countersign::sigv4 {

void sign(http::Request& request, const Credentials& credentials, const SigningScope& signing, Instant now) {
    const std::string date = formats::basic_time(now);
    const Scope scope{formats::basic_date(now), signing.region, signing.service};
    std::vector<std::string> names{"host", "x-amz-date"};
    if (request.header("content-type") != nullptr) names.insert(names.begin(), "content-type");
    request.headers.emplace_back("X-Amz-Date", date);
    if (!credentials.session_token.empty()) {
        request.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);
        names.emplace_back("x-amz-security-token");
    }
    if (request.header("x-amz-target") != nullptr) names.emplace_back("x-amz-target");
    const SignableRequest signable{request.method,  request.target, {},
                                   request.headers, names,          crypto::sha256_hex(request.body)};
    const std::string text = string_to_sign(date, scope, canonical_request(signable));
    const Secret key = derive_key(credentials.secret_access_key, scope);
    request.headers.emplace_back(
        "Authorization",
        fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", algorithm,
                    credentials.access_key_id, scope.text(), joined(names, ";"), signature_of(key, text)));
}

}  // namespace countersign::sigv4
