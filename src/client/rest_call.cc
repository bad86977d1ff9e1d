#include "client/rest_call.h"

#include <chrono>

#include "client/json_members.h"
#include "http/client.h"
#include "sigv4/sign.h"

namespace countersign::client {

namespace {

constexpr auto rest_patience = std::chrono::seconds(30);

}  // namespace

Result<formats::json::value> post_document(const ApiTarget& target, std::string_view service,
                                           const std::string& path, const formats::json::object& document) {
    http::Request request{"POST", path, {}, formats::json::serialize(document), ""};
    request.headers = {{"Host", target.url.substr(target.url.find("//") + 2)},
                       {"Content-Type", "application/json"}};
    sigv4::sign(request, target.credentials, {target.region, std::string(service)}, SystemClock().now());
    const http::Response response = TRY(http::fetch(target.url, request, rest_patience, target.ca_bundle));
    auto answer = formats::parse_json(response.body);
    if (response.status == 200) return answer;
    return Error{Fault::denied,
                 answer ? text_in(*answer, "message") : std::string("no answer that can be read")};
}

}  // namespace countersign::client
