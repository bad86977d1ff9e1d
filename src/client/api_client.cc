#include "client/api_client.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <optional>

#include "base/text.h"
#include "client/credentials/chain.h"
#include "formats/uri.h"
#include "http/client.h"
#include "model/region.h"
#include "sigv4/sign.h"

namespace countersign::client {

namespace {

constexpr auto patience = std::chrono::seconds(30);

struct ApiName {
    Api api;
    std::string_view service;
    std::string_view version;
    bool global;
};
constexpr std::array<ApiName, 4> api_names{{{Api::iam, "iam", "2010-05-08", true},
                                            {Api::rds, "rds", "2014-10-31", false},
                                            {Api::sts, "sts", "2011-06-15", true},
                                            {Api::countersign, "countersign", "2026-01-01", true}}};

const ApiName& name_of(Api api) {
    for (const ApiName& name : api_names)
        if (name.api == api) return name;
    return api_names[0];
}

std::string form_of(const ApiName& api, std::string_view action, const formats::Parameters& parameters) {
    std::string form = fmt::format("Action={}&Version={}", action, api.version);
    for (const auto& [name, value] : parameters)
        form += '&' + formats::percent_encode(name) + '=' + formats::percent_encode(value);
    return form;
}

Result<DatabaseEndpoint> endpoint_in(const pugi::xml_document& document, const char* host_path,
                                     const char* port_path) {
    const auto text_at = [&](const char* path) {
        return std::string(document.select_node(path).node().child_value());
    };
    const auto port = parse_number<std::uint16_t>(text_at(port_path));
    if (!port) return Error{Fault::conflict, "the database has no endpoint yet; wait until it is available"};
    return DatabaseEndpoint{text_at(host_path), *port};
}

Result<DatabaseEndpoint> instance_endpoint(const ApiClient& client, const ApiTarget& target,
                                           const pugi::xml_document& instance,
                                           const std::string& identifier) {
    DatabaseEndpoint endpoint =
        TRY(endpoint_in(instance, "//DBInstance/Endpoint/Address", "//DBInstance/Endpoint/Port"));
    const auto attached = client.call(Api::countersign, "DescribeAttachedDBInstance",
                                      {{"DBInstanceIdentifier", identifier}, {"Region", target.region}});
    if (attached) endpoint.certificate = DatabaseEndpoint::Certificate::owners;
    return endpoint;
}

std::optional<DatabaseEndpoint> find_pooler(const ApiClient& client, const ApiTarget& target,
                                            const std::string& identifier) {
    const auto answer = client.call(Api::countersign, "ListPoolers", {{"Region", target.region}});
    if (!answer) return std::nullopt;
    for (const pugi::xpath_node found : answer->select_nodes("//Poolers/member")) {
        const pugi::xml_node pooler = found.node();
        const bool is_meant = lower(identifier) == pooler.child_value("PoolerName") ||
                              identifier == pooler.child_value("ResourceId");
        const auto port = parse_number<std::uint16_t>(pooler.child_value("Port"));
        if (is_meant && port)
            return DatabaseEndpoint{pooler.child_value("Host"), *port, DatabaseEndpoint::Certificate::owners};
    }
    return std::nullopt;
}

}  // namespace

ApiTarget target_of(const RunningServer& server) {
    return ApiTarget{server.url,
                     server.region,
                     {server.access_key_id, Secret(server.secret_access_key), ""},
                     server.ca_bundle};
}

Result<ApiTarget> find_target(const std::string& data_dir, const Environment& environment) {
    const auto url = environment("AWS_ENDPOINT_URL");
    if (data_dir.empty() && url && !url->empty()) {
        ApiTarget target;
        target.url = *url;
        target.credentials = TRY(find_credentials({environment})).credentials;
        target.region = find_region(environment, "");
        if (target.region.empty()) target.region = model::default_region;
        target.ca_bundle = environment("AWS_CA_BUNDLE").value_or("");
        return target;
    }
    const DataDir dir = TRY(locate_data_dir(data_dir));
    return target_of(TRY(find_server(dir)));
}

Result<pugi::xml_document> ApiClient::call(Api api, std::string_view action,
                                           const formats::Parameters& parameters) const {
    const ApiName& name = name_of(api);
    const std::string region = name.global ? "us-east-1" : target_.region;
    http::Request request{"POST", "/", {}, form_of(name, action, parameters), ""};
    request.headers = {{"Host", target_.url.substr(target_.url.find("//") + 2)},
                       {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    if (!target_.credentials.access_key_id.empty())
        sigv4::sign(request, target_.credentials, {region, std::string(name.service)}, SystemClock().now());
    const http::Response response = TRY(http::fetch(target_.url, request, patience, target_.ca_bundle));
    pugi::xml_document document;
    document.load_string(response.body.c_str());
    if (response.status == 200) return document;
    const pugi::xml_node error = document.child("ErrorResponse").child("Error");
    if (!error)
        return Error{Fault::unavailable,
                     fmt::format("{} answered with status {}", target_.url, response.status)};
    return Error{Fault::unavailable, error.child_value("Message"), error.child_value("Code")};
}

Result<DatabaseEndpoint> find_endpoint(const ApiTarget& target, const std::string& identifier) {
    const ApiClient client(target);
    const auto cluster = client.call(Api::rds, "DescribeDBClusters", {{"DBClusterIdentifier", identifier}});
    if (cluster) return endpoint_in(*cluster, "//DBCluster/Endpoint", "//DBCluster/Port");
    if (cluster.error().code != "DBClusterNotFoundFault") return cluster.error();
    const auto instance =
        client.call(Api::rds, "DescribeDBInstances", {{"DBInstanceIdentifier", identifier}});
    if (instance) return instance_endpoint(client, target, *instance, identifier);
    if (instance.error().code != "DBInstanceNotFound") return instance.error();
    if (auto pooler = find_pooler(client, target, identifier)) return *pooler;
    return Error{Fault::not_found,
                 fmt::format("there is no database {} in {}; list them with: countersign aws rds "
                             "describe-db-instances",
                             identifier, target.region)};
}

}  // namespace countersign::client
