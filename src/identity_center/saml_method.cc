#include "identity_center/saml_method.h"

#include "identity_center/client_registration.h"

namespace countersign::identity_center {

Result<void> check_saml_provider(const federation::Metadata& provider) {
    const std::string& url = provider.sign_on_url;
    if (url.empty())
        return Error{Fault::unavailable,
                     "The provider's metadata has no SingleSignOnService for HTTP-Redirect"};
    const bool is_plain = url.find_first_of("\r\n \"<>#") == std::string::npos;
    if (!is_plain || (!url.starts_with("https://") && !is_loopback_uri(url)))
        return Error{Fault::unavailable,
                     "The SingleSignOnService of the provider's metadata is not an https:// address"};
    if (provider.wants_signed_requests)
        return Error{Fault::unavailable,
                     "The provider answers only requests that are signed (WantAuthnRequestsSigned)"};
    return {};
}

}  // namespace countersign::identity_center
