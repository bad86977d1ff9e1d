#include "cli/token.h"

#include "client/api_client.h"
#include "client/credentials/chain.h"
#include "client/data_dir.h"
#include "sigv4/token.h"

namespace countersign::cli {

namespace {

Result<sigv4::Credentials> signing_credentials(const TokenOptions& options,
                                               const client::Environment& environment) {
    const bool has_administrator = !options.data_dir.empty() && options.profile.empty();
    auto found = client::find_credentials(
        {environment, options.profile, options.data_dir,
         has_administrator ? client::InstanceMetadata::named : client::InstanceMetadata::as_sdks});
    if (found) return std::move(found->credentials);
    if (!has_administrator || !client::found_nowhere(found.error())) return std::move(found).error();
    const client::DataDir dir = TRY(client::locate_data_dir(options.data_dir));
    return client::target_of(TRY(client::find_server(dir))).credentials;
}

}  // namespace

Result<std::string> database_token(const TokenOptions& options, const client::Environment& environment,
                                   Instant now) {
    const sigv4::Credentials credentials = TRY(signing_credentials(options, environment));
    const std::string region =
        options.region.empty() ? client::find_region(environment, options.profile) : options.region;
    if (region.empty())
        return Error{
            Fault::invalid,
            "You must specify a region. You can also configure your region by running \"aws configure\"."};
    return sigv4::make_token({options.hostname, options.port, region, options.username}, credentials, now);
}

}  // namespace countersign::cli
