#include "cli/login_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/credentials/chain.h"
#include "client/host_port.h"

namespace countersign::cli {

namespace {

// Identifiers of databases and names of poolers have no colon.
std::optional<client::DatabaseEndpoint> literal_endpoint(const std::string& database) {
    if (database.find(':') == std::string::npos) return std::nullopt;
    const auto where = client::read_host_port(database, "");
    if (!where || where->port == 0) return std::nullopt;
    return client::DatabaseEndpoint{where->host, where->port, client::DatabaseEndpoint::Certificate::owners};
}

}  // namespace

DatabaseToken sign(const Signable& signable, Instant now, std::chrono::seconds lifetime) {
    DatabaseToken token;
    token.text = Secret(sigv4::make_token(signable.target, signable.credentials, now, lifetime));
    token.good_until = std::min(now + lifetime, signable.until.value_or(now + lifetime));
    return token;
}

LoginSource::LoginSource(std::string data_dir, ConnectionRequest request)
    : data_dir_(std::move(data_dir)),
      request_(std::move(request)),
      literal_(literal_endpoint(request_.database)) {}

Result<Signable> LoginSource::find() {
    Signer signer = TRY(find_signer());
    std::string region = TRY(find_region(signer));
    const client::DatabaseEndpoint endpoint = TRY(find_endpoint(signer, region));
    return Signable{{endpoint.host, endpoint.port, std::move(region), request_.user},
                    std::move(signer.found.credentials),
                    signer.found.expiration};
}

Result<std::string> LoginSource::authority() const {
    if (literal_ && request_.sslrootcert.empty())
        return Error{
            Fault::invalid,
            fmt::format("who vouches for {}? Name the file of its authority, --sslrootcert FILE, or say "
                        "--sslrootcert system",
                        request_.database)};
    if (!known_ && !literal_) return Error{Fault::internal, "the database has not been looked for"};
    std::string bundle;
    if (!is_remote()) bundle = TRY(client::locate_data_dir(data_dir_)).bundle().string();
    return authority_of(bundle, request_, literal_ ? *literal_ : *known_);
}

bool LoginSource::is_remote() const {
    return data_dir_.empty() && (literal_ || !client::value_of(environment_, "AWS_ENDPOINT_URL").empty());
}

Result<LoginSource::Signer> LoginSource::find_signer() const {
    if (is_remote()) {
        Signer signer;
        signer.found = TRY(client::find_credentials({environment_, request_.profile}));
        signer.target.url = client::value_of(environment_, "AWS_ENDPOINT_URL");
        signer.target.ca_bundle = client::value_of(environment_, "AWS_CA_BUNDLE");
        signer.target.credentials = signer.found.credentials;
        return signer;
    }
    const client::DataDir dir = TRY(client::locate_data_dir(data_dir_));
    const auto server = client::find_server(dir);
    auto found = client::find_credentials(
        {environment_, request_.profile, dir.root.string(), client::InstanceMetadata::named});
    if (!found && (!request_.profile.empty() || !client::found_nowhere(found.error()))) return found.error();
    const bool is_known = literal_ || known_;
    if (!server && !(found && is_known)) return server.error();
    Signer signer;
    if (server) signer.target = client::target_of(*server);
    signer.is_caller = static_cast<bool>(found);
    if (found)
        signer.found = *std::move(found);
    else
        signer.found.credentials = signer.target.credentials;
    return signer;
}

Result<std::string> LoginSource::find_region(const Signer& signer) const {
    std::string region =
        request_.region.empty() ? client::find_region(environment_, request_.profile) : request_.region;
    if (region.empty()) region = signer.target.region;
    if (!region.empty()) return region;
    return Error{
        Fault::invalid,
        "You must specify a region. You can also configure your region by running \"aws configure\"."};
}

Result<client::DatabaseEndpoint> LoginSource::find_endpoint(const Signer& signer, const std::string& region) {
    if (literal_) return *literal_;
    client::ApiTarget target = signer.target;
    target.region = region;
    auto found = target.url.empty()
                     ? Result<client::DatabaseEndpoint>(Error{Fault::unavailable, "the server is away"})
                     : find_endpoint_for(std::move(target), request_.database,
                                         signer.is_caller ? &signer.found.credentials : nullptr);
    if (found) known_ = *found;
    const bool is_gone = !found && found.error().fault == Fault::not_found;
    return !found && known_ && !is_gone ? Result<client::DatabaseEndpoint>(*known_) : found;
}

}  // namespace countersign::cli
