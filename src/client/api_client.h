// Asks a server's API, signed, as the AWS SDKs do.
#pragma once

#include <cstdint>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "client/aws_config.h"
#include "client/data_dir.h"
#include "formats/query.h"
#include "sigv4/signing.h"

namespace countersign::client {

// A server and the credentials to ask it with; without a key, requests are not signed.
struct ApiTarget {
    std::string url;
    std::string region;
    sigv4::Credentials credentials;  // without a key: calls are not signed
    std::string ca_bundle = {};      // PEM file; empty: the machine's own
};

// As its administrator.
ApiTarget target_of(const RunningServer& server);

// The server of a data directory that was named; else the one of AWS_ENDPOINT_URL, with AWS's credentials;
// else the one of the default data directory.
Result<ApiTarget> find_target(const std::string& data_dir, const Environment& environment);

enum class Api { iam, rds, sts, countersign };

class ApiClient {
public:
    explicit ApiClient(ApiTarget target) : target_(std::move(target)) {}

    // The answer's document. An error carries the API's code and message.
    Result<pugi::xml_document> call(Api api, std::string_view action,
                                    const formats::Parameters& parameters) const;

private:
    ApiTarget target_;
};

struct DatabaseEndpoint {
    enum class Certificate { ours, owners };  // whose authority made the one that clients see there

    std::string host;
    std::uint16_t port = 0;
    Certificate certificate = Certificate::ours;
};

// The endpoint of the cluster with that identifier, else of the instance or attached server, else of the
// pooler with that name or resource id. Fault::not_found names the next step.
Result<DatabaseEndpoint> find_endpoint(const ApiTarget& target, const std::string& identifier);

}  // namespace countersign::client
