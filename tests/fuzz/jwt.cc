// JSON Web Tokens and key sets: whatever comes must be refused or read, and only a signed token verified.
#include <cstdlib>

#include "federation/jwt.h"

namespace {

// The key of RFC 7515, appendix A.3, whose example token has long expired and has no subject.
constexpr std::string_view published =
    R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    static const auto keys = federation::KeySet::parse(published);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto origin = federation::unverified_origin(text);
    const federation::Expected expected{origin ? origin->claimed_issuer : "https://idp.example.com",
                                        {"sts.amazonaws.com"},
                                        Instant(std::chrono::seconds(1'767'225'600))};
    if (!keys || federation::verify_jwt(text, *keys, expected)) std::abort();
    if (origin && !federation::unverified_token(text)) std::abort();
    const auto set = federation::KeySet::parse(text);
    if (set && set->size() > 2 * federation::jwks_keys_max) std::abort();
    return 0;
}
