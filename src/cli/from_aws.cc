#include "cli/from_aws.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "client/api_client.h"
#include "client/credentials/chain.h"
#include "client/host_port.h"
#include "crypto/random.h"
#include "federation/caller_identity.h"
#include "model/arn.h"

namespace countersign::cli {

namespace {

// HOST[:PORT] of a URL.
std::string authority_of(const std::string& url) {
    const std::size_t scheme = url.find("://");
    const std::string rest = scheme == std::string::npos ? url : url.substr(scheme + 3);
    return lower(rest.substr(0, rest.find('/')));
}

Result<client::ApiTarget> server_of(const FromAwsOptions& options, const client::Environment& environment) {
    client::ApiTarget target;
    target.url =
        options.endpoint_url.empty() ? environment("AWS_ENDPOINT_URL").value_or("") : options.endpoint_url;
    target.ca_bundle = environment("AWS_CA_BUNDLE").value_or("");
    const std::string authority = authority_of(target.url);
    if (authority.empty())
        return Error{Fault::invalid,
                     "which server? Say --endpoint-url https://HOST:PORT, or set AWS_ENDPOINT_URL"};
    const bool is_here = client::is_loopback(authority.substr(0, authority.rfind(':')));
    if (!target.url.starts_with("https://") && !is_here)
        return Error{Fault::invalid, target.url + ": only a server of this machine is asked without TLS"};
    return target;
}

Result<std::string> region_of(const FromAwsOptions& options, const client::Environment& environment) {
    std::string region =
        options.aws_region.empty() ? client::find_region(environment, options.profile) : options.aws_region;
    if (region.empty())
        return Error{Fault::invalid,
                     "in which region is AWS's STS to be asked? Say --aws-region, or set AWS_REGION"};
    return region;
}

}  // namespace

Result<pugi::xml_document> role_from_aws(const FromAwsOptions& options,
                                         const client::Environment& environment) {
    if (!model::parse_arn(options.role))
        return Error{Fault::invalid,
                     "--from-aws needs --role with the role's ARN: aws iam get-role shows it"};
    const client::ApiTarget server = TRY(server_of(options, environment));
    const std::string region = TRY(region_of(options, environment));
    const std::string host = options.aws_sts.empty()
                                 ? fmt::format("sts.{}.{}", region, model::dns_suffix_of(region))
                                 : authority_of(options.aws_sts);
    crypto::SystemRandom random;
    const federation::ProofFor proof{
        host, region, options.server_name.empty() ? authority_of(server.url) : options.server_name,
        crypto::random_uuid(random), options.role};
    const client::FoundCredentials found =
        TRY(client::find_credentials({environment, options.profile, "", client::InstanceMetadata::as_sdks,
                                      client::Endpoints::of_the_service}));
    const std::string token =
        federation::to_token(federation::sign_caller_identity(proof, found.credentials, SystemClock().now()));
    return client::ApiClient(server).call(client::Api::sts, "AssumeRoleWithWebIdentity",
                                          {{"RoleArn", options.role},
                                           {"RoleSessionName", options.session_name},
                                           {"DurationSeconds", std::to_string(options.duration)},
                                           {"WebIdentityToken", token}});
}

}  // namespace countersign::cli
