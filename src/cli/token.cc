#include "cli/token.h"

#include "cli/api_client.h"
#include "cli/data_dir.h"
#include "sigv4/token.h"

namespace countersign::cli {

namespace {

Result<sigv4::Credentials> signing_credentials(const TokenOptions& options, const Environment& environment) {
    auto found = find_credentials(environment, options.profile);
    if (found || options.data_dir.empty() || !options.profile.empty()) return found;
    const DataDir dir = TRY(locate_data_dir(options.data_dir));
    return target_of(TRY(find_server(dir))).credentials;
}

}  // namespace

Result<std::string> database_token(const TokenOptions& options, const Environment& environment, Instant now) {
    const sigv4::Credentials credentials = TRY(signing_credentials(options, environment));
    const std::string region =
        options.region.empty() ? find_region(environment, options.profile) : options.region;
    if (region.empty())
        return Error{
            Fault::invalid,
            "You must specify a region. You can also configure your region by running \"aws configure\"."};
    return sigv4::make_token({options.hostname, options.port, region, options.username}, credentials, now);
}

}  // namespace countersign::cli
