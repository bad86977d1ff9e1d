#include "client/rest_call.h"

#include <chrono>

#include "base/text.h"
#include "client/json_members.h"
#include "http/client.h"
#include "sigv4/sign.h"

namespace countersign::client {

namespace {

constexpr auto rest_patience = std::chrono::seconds(30);

std::string host_in(const std::string& url) {
    return url.substr(url.find("//") + 2);
}

Result<formats::json::value> answered(const ApiTarget& target, const http::Request& request) {
    const http::Response response = TRY(http::fetch(target.url, request, rest_patience, target.ca_bundle));
    if (response.status == 200 && response.body.empty()) return formats::json::value(formats::json::object());
    auto answer = formats::parse_json(response.body);
    if (response.status == 200) return answer;
    const std::string* const type = [&]() -> const std::string* {
        for (const auto& [name, value] : response.headers)
            if (lower(name) == "x-amzn-errortype") return &value;
        return nullptr;
    }();
    return Error{Fault::denied,
                 answer ? text_in(*answer, "message") : std::string("no answer that can be read"),
                 type != nullptr ? *type : (answer ? text_in(*answer, "__type") : std::string())};
}

}  // namespace

Result<formats::json::value> post_document(const ApiTarget& target, std::string_view service,
                                           const std::string& path, const formats::json::object& document) {
    http::Request request{"POST", path, {}, formats::json::serialize(document), ""};
    request.headers = {{"Host", host_in(target.url)}, {"Content-Type", "application/json"}};
    sigv4::sign(request, target.credentials, {target.region, std::string(service)}, SystemClock().now());
    return answered(target, request);
}

Result<formats::json::value> call_json(const ApiTarget& target, const JsonService& service,
                                       std::string_view operation, const formats::json::object& document) {
    http::Request request{"POST", "/", {}, formats::json::serialize(document), ""};
    request.headers = {{"Host", host_in(target.url)},
                       {"Content-Type", "application/x-amz-json-1.1"},
                       {"X-Amz-Target", std::string(service.target_prefix) + '.' + std::string(operation)}};
    sigv4::sign(request, target.credentials, {target.region, std::string(service.signing_name)},
                SystemClock().now());
    return answered(target, request);
}

Result<formats::json::value> unsigned_document(const ApiTarget& target, http::Request request) {
    request.headers.emplace_back("Host", host_in(target.url));
    request.headers.emplace_back("Accept", "application/json");
    if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    return answered(target, request);
}

}  // namespace countersign::client
