#include "cli/token.h"

#include "sigv4/token.h"

namespace countersign::cli {

Result<std::string> database_token(const TokenOptions& options, const Environment& environment, Instant now) {
    const sigv4::Credentials credentials = TRY(find_credentials(environment, options.profile));
    const std::string region =
        options.region.empty() ? find_region(environment, options.profile) : options.region;
    if (region.empty())
        return Error{
            Fault::invalid,
            "You must specify a region. You can also configure your region by running \"aws configure\"."};
    return sigv4::make_token({options.hostname, options.port, region, options.username}, credentials, now);
}

}  // namespace countersign::cli
