#include "cli/api_client.h"

#include <fmt/format.h>

#include <chrono>
#include <pugixml.hpp>

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/iso_time.h"
#include "formats/uri.h"
#include "http/client.h"
#include "sigv4/signing.h"

namespace countersign::cli {

namespace {

constexpr auto patience = std::chrono::seconds(30);

// A signed call of one RDS operation; the answer's body.
Result<std::string> call(const RunningServer& server, const std::string& region, const std::string& form,
                         Instant now) {
    const sigv4::Scope scope{formats::basic_date(now), region, "rds"};
    const std::string date = formats::basic_time(now);
    http::Request request{"POST", "/", {}, form + "&Version=2014-10-31", ""};
    request.headers = {{"Host", server.url.substr(server.url.find("//") + 2)},
                       {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                       {"X-Amz-Date", date}};
    const sigv4::SignableRequest signable{"POST",
                                          "/",
                                          {},
                                          request.headers,
                                          {"content-type", "host", "x-amz-date"},
                                          crypto::sha256_hex(request.body)};
    const std::string to_sign = sigv4::string_to_sign(date, scope, sigv4::canonical_request(signable));
    const Secret key = sigv4::derive_key(Secret(server.secret_access_key), scope);
    request.headers.emplace_back(
        "Authorization",
        fmt::format("{} Credential={}/{}, SignedHeaders=content-type;host;x-amz-date, Signature={}",
                    sigv4::algorithm, server.access_key_id, scope.text(), sigv4::signature_of(key, to_sign)));
    const http::Response response = TRY(http::fetch(server.url, request, patience));
    if (response.status == 200) return response.body;
    pugi::xml_document document;
    document.load_string(response.body.c_str());
    const pugi::xml_node error = document.child("ErrorResponse").child("Error");
    return Error{Fault::unavailable, error.child_value("Message"), error.child_value("Code")};
}

Result<DatabaseEndpoint> endpoint_in(const std::string& answer, const char* host_path,
                                     const char* port_path) {
    pugi::xml_document document;
    document.load_string(answer.c_str());
    const auto text_at = [&](const char* path) {
        return std::string(document.select_node(path).node().child_value());
    };
    const auto port = parse_number<std::uint16_t>(text_at(port_path));
    if (!port) return Error{Fault::conflict, "the database has no endpoint yet; wait until it is available"};
    return DatabaseEndpoint{text_at(host_path), *port};
}

}  // namespace

Result<DatabaseEndpoint> find_endpoint(const RunningServer& server, const std::string& region,
                                       const std::string& identifier, Instant now) {
    const std::string name = formats::percent_encode(identifier);
    const auto cluster = call(server, region, "Action=DescribeDBClusters&DBClusterIdentifier=" + name, now);
    if (cluster) return endpoint_in(*cluster, "//DBCluster/Endpoint", "//DBCluster/Port");
    if (cluster.error().code != "DBClusterNotFoundFault") return cluster.error();
    const auto instance =
        call(server, region, "Action=DescribeDBInstances&DBInstanceIdentifier=" + name, now);
    if (instance)
        return endpoint_in(*instance, "//DBInstance/Endpoint/Address", "//DBInstance/Endpoint/Port");
    if (instance.error().code != "DBInstanceNotFound") return instance.error();
    return Error{Fault::not_found,
                 fmt::format("there is no database {} in {}; list them with: countersign aws rds "
                             "describe-db-instances",
                             identifier, region)};
}

}  // namespace countersign::cli
