// The protocols that AWS's clients speak: Query (a form in; XML out, or JSON where the Accept header prefers
// it), awsJson 1.0 and 1.1, Smithy's RPC v2 with CBOR, and REST with JSON for some operations. Whatever is
// sent becomes the parameters that a QueryReader reads; whatever is answered goes through an AnswerWriter.
// Pure. Source: Smithy, "AWS protocols"; what botocore sends.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "formats/query.h"
#include "gateway/answer_writer.h"
#include "gateway/errors.h"
#include "gateway/service_model.h"
#include "http/message.h"

namespace countersign::gateway {

enum class Protocol { query, query_in_json, json, cbor, rest_json };

// Whether it is the service whose Query protocol differs: its answers have no element around the result and
// the request's id among the members, and its errors and their codes are its own.
bool is_ec2(const ServiceModel& model);

// What a request asks for.
struct RequestHead {
    Protocol protocol = Protocol::query;  // never query_in_json, which is a matter of the answer
    std::optional<std::string> action;    // none when it names none, or several
    std::optional<std::string> version;   // Query alone
    std::string service;                  // REST: the service, by its signing name
    std::string target;                   // JSON, CBOR: the service, as ServiceModel::target_prefix has it
    formats::Parameters parameters;  // Query, and REST's of the URL: the body of others is read once it is
                                     // known who sent it
};
Result<RequestHead> request_head(const http::Request& request);

// Whether it is for an operation by method and path that nobody signs.
bool is_unsigned_rest(const http::Request& request);

// The parameters of a request of any protocol.
Result<formats::Parameters> parameters_of(const http::Request& request, RequestHead head);
// Those of a JSON object; none of an empty text.
Result<formats::Parameters> parameters_of_json(std::string_view text);

// One answer being written: what the operation writes, and all that the protocol has around it.
class Answer {
public:
    Answer(Protocol protocol, const ServiceModel& model, std::string_view result_element,
           std::string_view action);
    ~Answer();
    AnswerWriter& writer();
    std::string finish(std::string_view request_id) &&;

private:
    struct Body;
    std::unique_ptr<Body> body_;
};

http::Response success(const http::Request& request, Protocol protocol, std::string body,
                       std::string_view request_id);
http::Response failure(const http::Request& request, Protocol protocol, const ApiError& error,
                       const ServiceModel& model, std::string_view request_id);

// The protocol of a request of which nothing else is known.
Protocol protocol_of(const http::Request& request);

}  // namespace countersign::gateway
