#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "client/credentials/documents.h"
#include "client/credentials/endpoints.h"
#include "client/credentials/sources.h"
#include "http/client.h"

namespace countersign::client {

namespace {

constexpr std::string_view role_page = "/latest/meta-data/iam/security-credentials/";
constexpr std::size_t instance_error_bytes_max = 1024;

struct Metadata {
    std::string url;
    std::chrono::seconds patience;
    unsigned attempts;
    std::string token = {};
};

unsigned number_or_one(const std::string& text) {
    constexpr unsigned number_max = 100;
    return std::clamp(parse_number<unsigned>(text).value_or(1), 1U, number_max);
}

Result<std::string> default_url(const Search& search) {
    const std::string mode =
        lower(search.setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode"));
    if (mode.empty() || mode == "ipv4") return std::string("http://169.254.169.254");
    if (mode == "ipv6") return std::string("http://[fd00:ec2::254]");
    return Error{Fault::invalid,
                 fmt::format("Invalid EC2 Instance Metadata endpoint mode: {}. Valid endpoint modes "
                             "(case-insensitive): ipv4, ipv6.",
                             mode)};
}

// The body of an answer of 200; an error tells why there is none.
Result<std::string> ask_instance(const Metadata& metadata, const http::Request& request) {
    Error last;
    for (unsigned attempt = 0; attempt < metadata.attempts; ++attempt) {
        auto answer = http::fetch(metadata.url, request, metadata.patience, {}, http::Proxy::none);
        if (answer && answer->status == 200) return std::move(answer->body);
        if (!answer)
            last = answer.error();
        else
            last = Error{Fault::unavailable, fmt::format("{}{} answered with status {}", metadata.url,
                                                         request.target, answer->status)};
        if (answer && answer->status < 500) break;
    }
    return last;
}

Result<std::string> get_page(const Metadata& metadata, const std::string& page) {
    return ask_instance(metadata, {"GET", page, {{"x-aws-ec2-metadata-token", metadata.token}}, "", ""});
}

Result<FoundCredentials> instance_credentials(Metadata& metadata) {
    metadata.token = TRY(
        ask_instance(metadata, {"PUT",
                                "/latest/api/token",
                                {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}, {"Content-Length", "0"}},
                                "",
                                ""}));
    metadata.token = trimmed(metadata.token);
    const std::string roles = TRY(get_page(metadata, std::string(role_page)));
    const std::string role(trimmed(roles));
    if (role.empty()) return Error{Fault::unavailable, metadata.url + " has no role"};
    const std::string text = TRY(get_page(metadata, std::string(role_page) + role));
    FoundCredentials found = TRY(parse_metadata_answer(text));
    found.detail = fmt::format("{} at {}", printable(role, instance_error_bytes_max), metadata.url);
    return found;
}

}  // namespace

Result<SourceAnswer> from_instance(const Search& search) {
    if (lower(search.variable("AWS_EC2_METADATA_DISABLED")) == "true")
        return nothing("AWS_EC2_METADATA_DISABLED is true");
    std::string url = search.setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    if (url.empty() && search.request.instance == InstanceMetadata::named)
        return nothing(
            "AWS_EC2_METADATA_SERVICE_ENDPOINT is not set, and a server's administrator is nearer than an "
            "instance");
    if (url.empty()) url = TRY(default_url(search));
    Metadata metadata{
        url.substr(0, url.find_last_not_of('/') + 1),
        std::chrono::seconds(
            number_or_one(search.setting("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout"))),
        number_or_one(search.setting("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts"))};
    auto found = instance_credentials(metadata);
    if (!found) return nothing(printable(found.error().message, instance_error_bytes_max));
    if (*found->expiration <= search.now) return nothing("its credentials have expired already");
    return SourceAnswer{*std::move(found)};
}

}  // namespace countersign::client
