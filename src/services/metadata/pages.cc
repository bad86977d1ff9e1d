#include "services/metadata/pages.h"

#include <fmt/format.h>

#include "crypto/digest.h"
#include "formats/iso_time.h"
#include "formats/json.h"
#include "services/metadata/loopback.h"

namespace countersign::metadata {

namespace {

namespace json = formats::json;

constexpr std::string_view token_path = "/latest/api/token";
constexpr std::string_view life_header = "x-aws-ec2-metadata-token-ttl-seconds";
constexpr std::string_view token_header = "x-aws-ec2-metadata-token";
constexpr std::string_view credentials_path = "/latest/meta-data/iam/security-credentials";

http::Response text_page(int status, std::string text) {
    return {status, {{"Content-Type", "text/plain"}, {"Cache-Control", "no-store"}}, std::move(text)};
}

http::Response json_page(int status, const json::object& object) {
    return {status,
            {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
            json::serialize(object)};
}

// As the agent of ECS says it.
http::Response container_error(int status, std::string_view code, const std::string& message) {
    return json_page(status, {{"code", code}, {"message", message}, {"HTTPErrorCode", status}});
}

json::object to_api(const RoleCredentials& credentials) {
    return {{"AccessKeyId", credentials.access_key_id},
            {"SecretAccessKey", credentials.secret_access_key.reveal()},
            {"Token", credentials.session_token},
            {"Expiration", formats::second_time(credentials.expires)}};
}

bool reads(const http::Request& request) {
    return request.method == "GET" || request.method == "HEAD";
}

std::string_view without_end_slash(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return path;
}

}  // namespace

http::Response Pages::answer(const http::Request& request, Instant now) const {
    const std::string* const host = request.header("host");
    if (host == nullptr || !names_no_domain(*host))
        return text_page(403, "403 - Forbidden: ask by this machine's address, not by a name\n");
    if (request.header("x-forwarded-for") != nullptr)
        return text_page(403, "403 - Forbidden: not through a proxy\n");
    if (request.path() == container_path) return container(request, now);
    if (request.path() == token_path) return new_token(request, now);
    return instance(request, now);
}

http::Response Pages::container(const http::Request& request, Instant now) const {
    if (!reads(request)) return container_error(405, "MethodNotAllowed", "Only GET is answered here.");
    const std::string* const shown_token = request.header("authorization");
    if (shown_token == nullptr || !crypto::same_secret(*shown_token, machine_.container_token.reveal()))
        return container_error(
            401, "Unauthorized",
            "The Authorization header is not the token that AWS_CONTAINER_AUTHORIZATION_TOKEN "
            "or AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE gives.");
    const Result<RoleCredentials> credentials = machine_.as_container(now);
    if (!credentials) {
        const Error& error = credentials.error();
        if (error.fault == Fault::not_found) return container_error(404, "NoSuchEntity", error.message);
        if (error.fault == Fault::denied) return container_error(403, "AccessDenied", error.message);
        return container_error(500, "InternalServerError", "The credentials cannot be made now.");
    }
    json::object answer = to_api(*credentials);
    answer["RoleArn"] = credentials->role_arn;
    return json_page(200, answer);
}

http::Response Pages::new_token(const http::Request& request, Instant now) const {
    if (request.method != "PUT") return text_page(405, "405 - Method Not Allowed: PUT gets a token\n");
    const std::string* const wanted = request.header(life_header);
    const auto life = wanted == nullptr ? std::nullopt : parse_token_life(*wanted);
    if (!life) return text_page(400, fmt::format("400 - Bad Request: {} must be 1 to 21600\n", life_header));
    http::Response response = text_page(200, tokens_.issue(now, *life));
    response.headers.emplace_back("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", std::to_string(life->count()));
    return response;
}

http::Response Pages::instance(const http::Request& request, Instant now) const {
    if (!reads(request)) return text_page(405, "405 - Method Not Allowed\n");
    const std::string* const token = request.header(token_header);
    if (token == nullptr || !tokens_.is_good(*token, now))
        return text_page(401, fmt::format("401 - Unauthorized: PUT {} first, and send what it answers as {}; "
                                          "version 1 of the service is off\n",
                                          token_path, token_header));
    const std::string_view path = without_end_slash(request.path());
    if (path == credentials_path) return text_page(200, machine_.role_name);
    if (path == std::string(credentials_path) + '/' + machine_.role_name) return instance_credentials(now);
    if (path == "/latest/meta-data/instance-id") return text_page(200, machine_.instance_id);
    if (path == "/latest/meta-data/placement/region") return text_page(200, machine_.region);
    if (path == "/latest/meta-data/placement/availability-zone") return text_page(200, machine_.region + 'a');
    if (path == "/latest/dynamic/instance-identity/document")
        return text_page(200, json::serialize(json::object{{"version", "2017-09-30"},
                                                           {"accountId", machine_.account},
                                                           {"region", machine_.region},
                                                           {"availabilityZone", machine_.region + 'a'},
                                                           {"instanceId", machine_.instance_id}}));
    return text_page(404, "404 - Not Found\n");
}

// A role that cannot be had is told with status 200 and a Code, as EC2 does; SDKs show it.
http::Response Pages::instance_credentials(Instant now) const {
    const Result<RoleCredentials> credentials = machine_.as_instance(now);
    json::object answer{{"LastUpdated", formats::second_time(credentials ? credentials->issued : now)}};
    if (credentials) {
        answer["Code"] = "Success";
        answer["Type"] = "AWS-HMAC";
        for (auto& [name, value] : to_api(*credentials)) answer[name] = value;
        return text_page(200, json::serialize(answer));
    }
    const Error& error = credentials.error();
    if (error.fault != Fault::not_found && error.fault != Fault::denied)
        return text_page(500, "500 - Internal Server Error\n");
    answer["Code"] =
        error.fault == Fault::denied ? "AssumeRoleUnauthorizedAccess" : "InstanceProfileNotFound";
    answer["Message"] = error.message;
    return text_page(200, json::serialize(answer));
}

}  // namespace countersign::metadata
