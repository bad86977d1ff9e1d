#include "gateway/protocol.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/limits.h"
#include "base/text.h"
#include "formats/json.h"
#include "gateway/cbor_reader.h"
#include "gateway/document_answer.h"
#include "gateway/document_parameters.h"
#include "gateway/xml_answer.h"

namespace countersign::gateway {

namespace {

constexpr std::string_view xml_type = "text/xml";
constexpr std::string_view json_type = "application/json";
constexpr std::string_view cbor_type = "application/cbor";
constexpr std::string_view cbor_protocol = "rpc-v2-cbor";
constexpr std::string_view oauth_service = "sso-oauth";

// The operations that are asked for by method and path. Source: the public service models, `http`.
struct RestOperation {
    std::string_view method;
    std::string_view path;
    std::string_view name;
    std::string_view service;      // its signing name
    std::string_view header = {};  // in which one member of the input is sent, under this name
    bool is_signed = false;
    std::string_view query = {};  // what tells it from another at the same path
};
constexpr std::string_view bearer = "x-amz-sso_bearer_token";
constexpr std::array<RestOperation, 9> rest_operations{{
    {"POST", "/policy/validation", "ValidatePolicy", "access-analyzer", {}, true},
    {"POST", "/client/register", "RegisterClient", oauth_service},
    {"POST", "/device_authorization", "StartDeviceAuthorization", oauth_service},
    {"POST", "/token", "CreateTokenWithIAM", oauth_service, {}, true, "aws_iam=t"},
    {"POST", "/token", "CreateToken", oauth_service},
    {"GET", "/assignment/accounts", "ListAccounts", "awsssoportal", bearer},
    {"GET", "/assignment/roles", "ListAccountRoles", "awsssoportal", bearer},
    {"GET", "/federation/credentials", "GetRoleCredentials", "awsssoportal", bearer},
    {"POST", "/logout", "Logout", "awsssoportal", bearer},
}};

const RestOperation* rest_operation(const http::Request& request) {
    const auto found = std::ranges::find_if(rest_operations, [&](const RestOperation& row) {
        return row.method == request.method && row.path == request.path() &&
               (row.query.empty() || row.query == request.query());
    });
    return found == rest_operations.end() ? nullptr : &*found;
}

Error no_such_path() {
    return Error{Fault::not_found, "There is nothing at this path.", "MalformedQueryString"};
}

Result<RequestHead> head_of_query(const http::Request& request) {
    if (request.path() != "/" && !request.path().empty()) return no_such_path();
    if (request.method != "GET" && request.method != "POST")
        return Error{Fault::invalid, "Only GET and POST are understood.", "MalformedQueryString"};
    RequestHead head;
    // In the URL a plus is a plus, as in its signature; only in a form body it is a blank.
    head.parameters = TRY(formats::parse_query(request.query(), formats::Plus::literal));
    if (request.method == "POST") {
        formats::Parameters body = TRY(formats::parse_query(request.body, formats::Plus::blank));
        if (head.parameters.size() + body.size() > limits::parameters_max)
            return Error{Fault::invalid, "The request has too many parameters.", "MalformedQueryString"};
        std::ranges::move(body, std::back_inserter(head.parameters));
    }
    const bool once = std::ranges::count(head.parameters, "Action", &formats::Parameter::first) == 1;
    if (once) head.action = *formats::find(head.parameters, "Action");
    if (const std::string* version = formats::find(head.parameters, "Version")) head.version = *version;
    return head;
}

// X-Amz-Target: PREFIX.Operation
Result<RequestHead> head_of_json(const http::Request& request) {
    if ((request.path() != "/" && !request.path().empty()) || request.method != "POST") return no_such_path();
    const std::string& target = *request.header("x-amz-target");
    const std::size_t dot = target.rfind('.');
    RequestHead head;
    head.protocol = Protocol::json;
    if (dot == std::string::npos) return head;
    head.target = target.substr(0, dot);
    head.action = target.substr(dot + 1);
    return head;
}

// POST /service/PREFIX/operation/Operation
Result<RequestHead> head_of_cbor(const http::Request& request) {
    const std::vector<std::string_view> parts = split(request.path(), '/');
    if (parts.size() != 5 || parts[1] != "service" || parts[3] != "operation" || request.method != "POST")
        return no_such_path();
    RequestHead head;
    head.protocol = Protocol::cbor;
    head.target = std::string(parts[2]);
    head.action = std::string(parts[4]);
    return head;
}

Result<RequestHead> head_of_rest(const http::Request& request) {
    RequestHead head;
    head.protocol = Protocol::rest_json;
    const RestOperation& operation = *rest_operation(request);
    head.action = operation.name;
    head.service = operation.service;
    if (operation.service != oauth_service)
        head.parameters = TRY(formats::parse_query(request.query(), formats::Plus::literal));
    if (operation.header.empty()) return head;
    // What belongs into a header is never taken from the URL, which others see.
    std::erase_if(head.parameters,
                  [&](const formats::Parameter& one) { return one.first == operation.header; });
    if (const std::string* value = request.header(operation.header))
        head.parameters.emplace_back(operation.header, *value);
    return head;
}

std::string content_type(const http::Request& request, Protocol protocol) {
    if (protocol == Protocol::query) return std::string(xml_type);
    if (protocol == Protocol::query_in_json || protocol == Protocol::rest_json) return std::string(json_type);
    if (protocol == Protocol::cbor) return std::string(cbor_type);
    const std::string* sent = request.header("content-type");
    return sent != nullptr && *sent == "application/x-amz-json-1.0" ? *sent : "application/x-amz-json-1.1";
}

http::Response response(const http::Request& request, Protocol protocol, int status, std::string body,
                        std::string_view request_id) {
    http::Response answer{
        status,
        {{"Content-Type", content_type(request, protocol)}, {"x-amzn-RequestId", std::string(request_id)}},
        std::move(body)};
    if (protocol == Protocol::cbor) answer.headers.emplace_back("smithy-protocol", cbor_protocol);
    return answer;
}

std::string error_in_xml(const ApiError& error, std::string_view xmlns, std::string_view request_id) {
    XmlAnswer xml;
    xml.open_structure("ErrorResponse", xmlns);
    xml.open_structure("Error");
    xml.text("Type", error.type());
    xml.text("Code", error.code);
    xml.text("Message", error.message);
    xml.close();
    xml.text("RequestId", request_id);
    xml.close();
    return std::move(xml).finish();
}

std::string error_in_ec2(const ApiError& error, std::string_view request_id) {
    XmlAnswer xml;
    xml.open_structure("Response");
    xml.open_structure("Errors");
    xml.open_structure("Error");
    xml.text("Code", error.code);
    xml.text("Message", error.message);
    xml.close();
    xml.close();
    xml.text("RequestID", request_id);
    xml.close();
    return std::move(xml).finish();
}

std::string error_in_json(const ApiError& error, std::string_view request_id) {
    JsonAnswer json;
    json.open_structure("Error");
    json.text("Code", error.code);
    json.text("Message", error.message);
    json.text("Type", error.type());
    json.close();
    json.text("RequestId", request_id);
    return std::move(json).finish();
}

// Of the forms in which Query is answered, the one that the header names first.
bool prefers_json(const http::Request& request) {
    const std::string* accept = request.header("accept");
    if (accept == nullptr) return false;
    for (const std::string_view range : split(*accept, ',')) {
        const std::string type = lower(trimmed(range.substr(0, range.find(';'))));
        if (type == json_type) return true;
        if (type == xml_type || type == "application/xml" || type == "*/*") return false;
    }
    return false;
}

template <class Document>
std::string error_in_document(const ApiError& error) {
    Document document;
    document.text("__type", error.shape);
    document.text("message", error.message);
    return std::move(document).finish();
}

// AuthorizationPendingException → authorization_pending, as RFC 6749, 5.2 has it.
std::string oauth_code(std::string_view shape) {
    constexpr std::string_view ending = "Exception";
    if (shape.ends_with(ending)) shape.remove_suffix(ending.size());
    std::string code;
    for (const char c : shape) {
        if (c >= 'A' && c <= 'Z' && !code.empty()) code += '_';
        code += c;
    }
    return lower(code);
}

// The code stands in a header, and HTTP's status counts.
http::Response failure_by_rest(const http::Request& request, const ApiError& error, const ServiceModel& model,
                               std::string_view request_id) {
    JsonAnswer document;
    document.text("message", error.message);
    if (model.signing_name == oauth_service) {
        document.text("error", oauth_code(error.shape));
        document.text("error_description", error.message);
    }
    http::Response answer =
        response(request, Protocol::rest_json, error.status, std::move(document).finish(), request_id);
    answer.headers.emplace_back("x-amzn-ErrorType", error.shape);
    return answer;
}

}  // namespace

Protocol protocol_of(const http::Request& request) {
    const Protocol query = prefers_json(request) ? Protocol::query_in_json : Protocol::query;
    if (const std::string* named = request.header("smithy-protocol"); named != nullptr)
        return *named == cbor_protocol ? Protocol::cbor : query;
    if (request.header("x-amz-target") != nullptr) return Protocol::json;
    return rest_operation(request) != nullptr ? Protocol::rest_json : query;
}

bool is_ec2(const ServiceModel& model) {
    return model.signing_name == "ec2";
}

bool is_unsigned_rest(const http::Request& request) {
    const RestOperation* const operation = rest_operation(request);
    return operation != nullptr && !operation->is_signed;
}

Result<RequestHead> request_head(const http::Request& request) {
    switch (protocol_of(request)) {
        case Protocol::json:
            return head_of_json(request);
        case Protocol::cbor:
            return head_of_cbor(request);
        case Protocol::rest_json:
            return head_of_rest(request);
        case Protocol::query:
        case Protocol::query_in_json:
            break;
    }
    return head_of_query(request);
}

Result<formats::Parameters> parameters_of(const http::Request& request, RequestHead head) {
    if (head.protocol == Protocol::query) return std::move(head.parameters);
    if (head.protocol == Protocol::json) return parameters_of_json(request.body);
    if (head.protocol == Protocol::rest_json) {
        formats::Parameters parameters = TRY(parameters_of_json(request.body));
        std::ranges::move(head.parameters, std::back_inserter(parameters));
        return parameters;
    }
    if (request.body.empty()) return formats::Parameters{};
    const formats::json::value document = TRY(parse_cbor(request.body));
    return parameters_of_document(document);
}

Result<formats::Parameters> parameters_of_json(std::string_view text) {
    if (text.empty()) return formats::Parameters{};
    const auto document = formats::parse_json(text);
    if (!document) return Error{Fault::invalid, "The request is not valid JSON.", "SerializationException"};
    return parameters_of_document(*document);
}

struct Answer::Body {
    XmlAnswer xml = {};
    std::unique_ptr<DocumentAnswer> document = {};  // none: the answer is in XML
    bool is_query = false;                          // with what Query has around the members
    bool with_result = false;
    bool is_ec2 = false;
};

Answer::Answer(Protocol protocol, const ServiceModel& model, std::string_view result_element,
               std::string_view action)
    : body_(std::make_unique<Body>()) {
    if (protocol == Protocol::json || protocol == Protocol::query_in_json || protocol == Protocol::rest_json)
        body_->document = std::make_unique<JsonAnswer>();
    if (protocol == Protocol::cbor) body_->document = std::make_unique<CborAnswer>();
    body_->is_query = protocol == Protocol::query || protocol == Protocol::query_in_json;
    body_->is_ec2 = is_ec2(model);
    if (!body_->is_query) return;
    body_->with_result = !result_element.empty();
    const std::string response = std::string(action) + "Response";
    if (body_->document == nullptr)
        body_->xml.open_structure(response, model.xml_namespace);
    else
        body_->document->open_structure(response);
    if (body_->with_result) writer().open_structure(result_element);
}

Answer::~Answer() = default;

AnswerWriter& Answer::writer() {
    if (body_->document == nullptr) return body_->xml;
    return *body_->document;
}

std::string Answer::finish(std::string_view request_id) && {
    if (body_->is_query && body_->is_ec2) {
        writer().text("requestId", request_id);
        writer().close();
    } else if (body_->is_query) {
        if (body_->with_result) writer().close();
        writer().open_structure("ResponseMetadata");
        writer().text("RequestId", request_id);
        writer().close();
        writer().close();
    }
    return body_->document == nullptr ? std::move(body_->xml).finish() : std::move(*body_->document).finish();
}

http::Response success(const http::Request& request, Protocol protocol, std::string body,
                       std::string_view request_id) {
    return response(request, protocol, 200, std::move(body), request_id);
}

http::Response failure(const http::Request& request, Protocol protocol, const ApiError& error,
                       const ServiceModel& model, std::string_view request_id) {
    if (protocol == Protocol::query && is_ec2(model))
        return response(request, protocol, error.status, error_in_ec2(error, request_id), request_id);
    if (protocol == Protocol::query)
        return response(request, protocol, error.status, error_in_xml(error, model.xml_namespace, request_id),
                        request_id);
    if (protocol == Protocol::query_in_json)
        return response(request, protocol, error.status, error_in_json(error, request_id), request_id);
    if (protocol == Protocol::rest_json) return failure_by_rest(request, error, model, request_id);
    std::string body = protocol == Protocol::json ? error_in_document<JsonAnswer>(error)
                                                  : error_in_document<CborAnswer>(error);
    http::Response answer = response(request, protocol, error.document_status, std::move(body), request_id);
    // Clients of a service that used to speak Query are shown the codes that they know.
    if (request.header("x-amzn-query-mode") != nullptr && !model.xml_namespace.empty())
        answer.headers.emplace_back("x-amzn-query-error", error.code + ';' + std::string(error.type()));
    return answer;
}

}  // namespace countersign::gateway
