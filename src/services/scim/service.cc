#include "services/scim/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/iso_time.h"
#include "formats/uri.h"
#include "identity_center/instances.h"
#include "identity_center/provisioning_tokens.h"
#include "identity_center/start_url.h"
#include "services/scim/discovery.h"
#include "services/scim/limits.h"
#include "services/scim/operations.h"

namespace countersign::scim {

namespace {

namespace ic = identity_center;

constexpr std::string_view root = "/scim/";
constexpr std::string_view version = "v2";
constexpr std::string_view error_schema = "urn:ietf:params:scim:api:messages:2.0:Error";

struct Route {
    std::string_view method;
    std::string_view collection;
    bool with_id;
    std::string_view operation;
    Result<Answer> (*answer)(const Call&);
};

constexpr std::array routes{
    Route{"POST", "Users", false, "CreateUser", create_user},
    Route{"GET", "Users", false, "ListUsers", list_users},
    Route{"GET", "Users", true, "GetUser", get_user},
    Route{"PUT", "Users", true, "PutUser", put_user},
    Route{"PATCH", "Users", true, "PatchUser", patch_user},
    Route{"DELETE", "Users", true, "DeleteUser", delete_user},
    Route{"POST", "Groups", false, "CreateGroup", create_group},
    Route{"GET", "Groups", false, "ListGroups", list_groups},
    Route{"GET", "Groups", true, "GetGroup", get_group},
    Route{"PUT", "Groups", true, "PutGroup", put_group},
    Route{"PATCH", "Groups", true, "PatchGroup", patch_group},
    Route{"DELETE", "Groups", true, "DeleteGroup", delete_group},
};

std::optional<Address> address_of(std::string_view path) {
    std::vector<std::string_view> parts = split(path.substr(root.size()), '/');
    if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
    constexpr std::size_t parts_max = 4;
    if (parts.size() < 3 || parts.size() > parts_max || parts[1] != version) return std::nullopt;
    Address address{std::string(parts[0]), std::string(parts[2]), {}};
    if (parts.size() < parts_max) return address;
    auto id = formats::percent_decode(parts[3]);
    if (!id) return std::nullopt;
    address.id = *std::move(id);
    return address;
}

std::string header_text(const http::Request& request, std::string_view name) {
    const std::string* const value = request.header(name);
    return value != nullptr ? *value : std::string();
}

// Empty: the request shows none.
std::string bearer_token(const http::Request& request) {
    constexpr std::string_view scheme = "bearer ";
    const std::string authorization = header_text(request, "authorization");
    if (lower(authorization.substr(0, scheme.size())) != scheme) return {};
    return std::string(trimmed(std::string_view(authorization).substr(scheme.size())));
}

int status_of(Fault fault) {
    switch (fault) {
        case Fault::invalid:
            return 400;
        case Fault::unauthenticated:
            return 401;
        case Fault::denied:
            return 403;
        case Fault::not_found:
            return 404;
        case Fault::exists:
        case Fault::conflict:
            return 409;
        case Fault::throttled:
            return 429;
        case Fault::unsupported:
        case Fault::unavailable:
        case Fault::compacted:
        case Fault::internal:
            break;
    }
    return 500;
}

// Of the API's codes those that RFC 7644, section 3.12, has a word for.
std::string scim_type_of(const Error& error) {
    if (error.fault == Fault::exists) return "uniqueness";
    if (error.fault != Fault::invalid) return {};
    const bool known = error.code.starts_with("invalid") || error.code == "noTarget";
    return known ? error.code : "invalidValue";
}

// As CloudTrail shows it.
std::string aws_code_of(int status) {
    switch (status) {
        case 404:
            return "ResourceNotFoundException";
        case 409:
            return "ConflictException";
        case 429:
            return "ThrottlingException";
        case 500:
            return "InternalServerException";
        default:
            return "ValidationException";
    }
}

http::Response response(int status, const std::optional<json::object>& body) {
    http::Response given{status, {{"Cache-Control", "no-store"}}, {}};
    if (!body) return given;
    given.headers.emplace_back("Content-Type", "application/scim+json");
    given.body = json::serialize(*body);
    return given;
}

http::Response refusal(int status, const Error& error, const std::string& request_id, Instant now) {
    const bool ours = status == 500;
    json::object body{{"schemas", json::array{error_schema}},
                      {"status", std::to_string(status)},
                      {"detail", ours ? "Something failed on the server; its log says what." : error.message},
                      {"exceptionRequestId", request_id},
                      {"timeStamp", formats::extended_time(now)}};
    if (const std::string type = scim_type_of(error); !type.empty()) body["scimType"] = type;
    return response(status, body);
}

// Names, and of values what decides and says nothing of a person.
json::value without_values(const json::value& value) {
    constexpr std::array shown_members = {"schemas", "op", "path", "active", "id"};
    if (value.is_string()) return "HIDDEN_DUE_TO_SECURITY_REASONS";
    if (value.is_array()) {
        json::array list;
        for (const json::value& one : value.get_array()) list.push_back(without_values(one));
        return list;
    }
    if (!value.is_object()) return value;
    json::object object;
    for (const auto& [name, member] : value.get_object())
        object[name] = std::ranges::find(shown_members, lower(std::string_view(name))) != shown_members.end()
                           ? member
                           : without_values(member);
    return object;
}

std::string input_of(const Address& address, const std::string& request_body) {
    json::object input{{"tenantId", address.identity_store}};
    if (!address.id.empty()) input[address.collection == "Users" ? "userId" : "groupId"] = address.id;
    if (auto body = formats::parse_json(request_body)) input["httpBody"] = without_values(*body);
    return json::serialize(input);
}

// Nothing where the address is none of these.
std::optional<json::object> found_out(const Address& address, const std::string& base) {
    const bool whole = address.id.empty();
    if (address.collection == "ServiceProviderConfig" && whole) return service_provider_config(base);
    if (address.collection == "ResourceTypes")
        return whole ? resource_types(base) : resource_type(base, address.id);
    if (address.collection == "Schemas") return whole ? schemas(base) : schema(base, address.id);
    return std::nullopt;
}

const Route* route_of(const Address& address, std::string_view method) {
    const auto found = std::ranges::find_if(routes, [&](const Route& route) {
        return route.method == method && route.collection == address.collection &&
               route.with_id == !address.id.empty();
    });
    return found == routes.end() ? nullptr : &*found;
}

}  // namespace

// Who asks, of which directory, and where the answer lies.
struct Service::Asked {
    Address address;
    std::string account;
    std::string token_id;
    std::string request_id;
    Instant now;
    std::string base;
};

bool Service::takes(const http::Request& request) {
    return request.path().starts_with(root);
}

Result<Service::Asked> Service::identify(const http::Request& request, Asked asked) const {
    const auto address = address_of(request.path());
    const std::string token = bearer_token(request);
    const Error unknown{Fault::unauthenticated, "The bearer token is missing or not valid for this address."};
    if (token.empty()) return unknown;
    const std::vector<std::string_view> parts = split(request.path().substr(root.size()), '/');
    const std::string identity_store(parts.front());
    if (!ic::is_identity_store_id(identity_store)) return unknown;
    const auto proven = ic::find_provisioning_token(deps_.store, identity_store, token, asked.now);
    if (!proven) return proven.error().fault == Fault::unauthenticated ? unknown : proven.error();
    const auto instance = TRY(ic::find_by_identity_store(deps_.store, identity_store));
    if (!instance) return unknown;
    if (!address) return Error{Fault::not_found, "There is nothing at this address."};
    asked.address = *address;
    asked.account = instance->record.account;
    asked.token_id = proven->id;
    asked.base = fmt::format("{}{}{}/{}", deps_.url(), root, identity_store, version);
    return asked;
}

http::Response Service::answer(const http::Request& request) const {
    Asked begun{{}, {}, {}, crypto::random_uuid(deps_.random), deps_.clock.now(), {}};
    const std::string request_id = begun.request_id;
    const Instant now = begun.now;
    auto asked = identify(request, std::move(begun));
    http::Response given = asked ? perform(request, *asked)
                                 : refusal(status_of(asked.error().fault), asked.error(), request_id, now);
    if (given.status == 401) given.headers.emplace_back("WWW-Authenticate", "Bearer");
    given.headers.emplace_back("x-amzn-RequestId", request_id);
    return given;
}

http::Response Service::perform(const http::Request& request, const Asked& asked) const {
    if (request.method == "GET")
        if (const auto found = found_out(asked.address, asked.base)) return response(200, found);
    const auto refused = [&](int status, const Error& error) {
        return refusal(status, error, asked.request_id, asked.now);
    };
    const Route* const route = route_of(asked.address, request.method);
    if (route == nullptr) return refused(404, {Fault::not_found, "There is nothing at this address."});
    if (request.body.size() > limits::body_bytes_max)
        return refused(413, {Fault::unsupported, "A request has at most 256 KiB."});
    auto parameters = formats::parse_query(request.query(), formats::Plus::blank);
    if (!parameters) return refused(400, invalid_syntax(parameters.error().message));
    const Call call{{deps_.store, deps_.random, asked.address.identity_store, asked.now},
                    asked.base,
                    asked.address.id,
                    *std::move(parameters),
                    request.body};
    const Result<Answer> answered = route->answer(call);
    const int status = answered ? answered->status : status_of(answered.error().fault);
    CallEvent event{asked.request_id,
                    asked.now,
                    asked.account,
                    asked.address.identity_store,
                    asked.token_id,
                    route->operation,
                    request.peer,
                    header_text(request, "user-agent"),
                    input_of(asked.address, request.body),
                    {},
                    {}};
    if (!answered) {
        event.error_code = aws_code_of(status);
        event.error_message = status == 500 ? std::string() : answered.error().message;
    }
    deps_.record(event);
    if (status == 500) deps_.log.error("scim.failed", {{"reason", answered.error().message}});
    if (!answered) return refused(status, answered.error());
    http::Response given = response(status, answered->body);
    if (!answered->location.empty()) given.headers.emplace_back("Location", answered->location);
    return given;
}

}  // namespace countersign::scim
