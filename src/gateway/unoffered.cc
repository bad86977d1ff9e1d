#include "gateway/unoffered.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/query.h"
#include "gateway/document_answer.h"
#include "gateway/protocol.h"
#include "gateway/xml_answer.h"

namespace countersign::gateway {

namespace {

// How a service's clients read an error.
enum class ErrorForm { query, s3, document, rest_json };

constexpr std::string_view query_code = "InvalidAction";
constexpr std::string_view document_code = "UnknownOperationException";
constexpr std::string_view s3_code = "NotImplemented";
constexpr int refused = 400;          // 404 would be read as "the resource is gone", 5xx tried again
constexpr int not_implemented = 501;  // S3's own; not tried again

constexpr std::array<std::string_view, 4> s3_services = {"s3", "s3express", "s3-outposts",
                                                         "s3-object-lambda"};
constexpr std::array<std::string_view, 2> rest_xml_services = {"route53", "cloudfront"};

// As Query is asked: by a form, or by an Action in the URL.
bool is_form(const http::Request& request) {
    const std::string* type = request.header("content-type");
    return (type != nullptr && type->starts_with("application/x-www-form-urlencoded")) ||
           request.query().find("Action=") != std::string_view::npos;
}

ErrorForm form_for(const http::Request& request, std::string_view service) {
    const Protocol protocol = protocol_of(request);
    if (protocol == Protocol::json || protocol == Protocol::cbor) return ErrorForm::document;
    if (std::ranges::find(s3_services, service) != s3_services.end()) return ErrorForm::s3;
    const bool xml = std::ranges::find(rest_xml_services, service) != rest_xml_services.end();
    return xml || is_form(request) ? ErrorForm::query : ErrorForm::rest_json;
}

std::string in_s3(std::string_view message, std::string_view request_id) {
    XmlAnswer xml;
    xml.open_structure("Error");
    xml.text("Code", s3_code);
    xml.text("Message", message);
    xml.text("RequestId", request_id);
    xml.close();
    return std::move(xml).finish();
}

http::Response in_rest_json(const std::string& message, std::string_view request_id) {
    JsonAnswer document;
    document.text("message", message);
    return {refused,
            {{"Content-Type", "application/json"},
             {"x-amzn-RequestId", std::string(request_id)},
             {"x-amzn-ErrorType", std::string(document_code)}},
            std::move(document).finish()};
}

http::Response in_xml(int status, std::string body, std::string_view request_id) {
    return {status,
            {{"Content-Type", "text/xml"}, {"x-amzn-RequestId", std::string(request_id)}},
            std::move(body)};
}

// KEY/DATE/REGION/SERVICE/aws4_request; signatures for several regions (SigV4A) leave the region out.
std::optional<std::string> service_in(std::string_view credential) {
    const auto parts = split(credential, '/');
    if (parts.size() < 4 || parts.back() != "aws4_request" || parts[parts.size() - 2].empty())
        return std::nullopt;
    return std::string(parts[parts.size() - 2]);
}

}  // namespace

std::optional<std::string> signed_service(const http::Request& request) {
    constexpr std::string_view name = "Credential=";
    if (const std::string* authorization = request.header("authorization")) {
        const std::size_t start = authorization->find(name);
        if (!authorization->starts_with("AWS4-") || start == authorization->npos) return std::nullopt;
        const std::size_t end = std::min(authorization->find_first_of(", ", start), authorization->size());
        return service_in(
            std::string_view(*authorization).substr(start + name.size(), end - start - name.size()));
    }
    const auto query = formats::parse_query(request.query(), formats::Plus::literal);
    const std::string* credential = query ? formats::find(*query, "X-Amz-Credential") : nullptr;
    return credential == nullptr ? std::nullopt : service_in(*credential);
}

http::Response not_offered(const http::Request& request, std::string_view service, std::string_view offered,
                           std::string_view request_id) {
    std::string message = fmt::format(
        "What was asked for of {} is not offered here: this is Countersign, which offers {}. For a shell "
        "that asks it "
        "for those "
        "alone, and AWS for all else: countersign env --services rds,iam,sts",
        printable(service), offered);
    switch (form_for(request, service)) {
        case ErrorForm::s3:
            return in_xml(not_implemented, in_s3(message, request_id), request_id);
        case ErrorForm::rest_json:
            return in_rest_json(message, request_id);
        case ErrorForm::query:
        case ErrorForm::document:
            break;
    }
    const ApiError error{std::string(query_code), refused, std::move(message), std::string(document_code),
                         refused};
    return failure(request, protocol_of(request), error, {}, request_id);
}

}  // namespace countersign::gateway
