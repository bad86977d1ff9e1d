#include "gateway/errors.h"

#include <algorithm>
#include <array>

namespace countersign::gateway {

namespace {

// Errors that every service shares. Source: RDS and CloudTrail API References, "Common Errors"; IAM User
// Guide, "Troubleshoot Signature Version 4 signing".
constexpr std::array common{
    ErrorModel{"AccessDenied", 403, false, "AccessDeniedException"},
    ErrorModel{"ExpiredToken", 403, false, "ExpiredTokenException"},
    // Of the access portal, whose model lacks it.
    ErrorModel{"ForbiddenException", 403, false, "ForbiddenException"},
    ErrorModel{"IncompleteSignature", 400, false, "IncompleteSignatureException"},
    ErrorModel{"InternalFailure", 500, false, "InternalFailure"},
    ErrorModel{"InvalidAction", 400, false, "UnknownOperationException"},
    ErrorModel{"InvalidClientTokenId", 403, false, "UnrecognizedClientException"},
    ErrorModel{"InvalidParameterCombination", 400, false, "InvalidParameterCombinationException"},
    ErrorModel{"InvalidParameterValue", 400, false, "InvalidParameterValueException"},
    ErrorModel{"InvalidQueryParameter", 400, false, "ValidationException"},
    ErrorModel{"MalformedQueryString", 404, false, "UnknownOperationException"},
    ErrorModel{"MissingAction", 400, false, "UnknownOperationException"},
    ErrorModel{"MissingAuthenticationToken", 403, false, "MissingAuthenticationTokenException"},
    ErrorModel{"MissingParameter", 400, false, "ValidationException"},
    ErrorModel{"NoSuchVersion", 400, false, "UnknownOperationException"},
    ErrorModel{"RequestEntityTooLarge", 413, false, "RequestEntityTooLargeException"},
    ErrorModel{"RequestExpired", 400, false, "RequestExpired"},
    ErrorModel{"SerializationException", 400, false, "SerializationException"},
    ErrorModel{"ServiceUnavailable", 503, false, "ServiceUnavailableException"},
    ErrorModel{"SignatureDoesNotMatch", 403, false, "InvalidSignatureException"},
    ErrorModel{"Throttling", 400, false, "ThrottlingException"},
    ErrorModel{"UnknownOperationException", 400, false, "UnknownOperationException"},
    ErrorModel{"ValidationError", 400, false, "ValidationException"},
};

ErrorModel of_fault(Fault fault) {
    switch (fault) {
        case Fault::invalid:
            return {"ValidationError", 400, false, "ValidationException"};
        case Fault::not_found:
            return {"ValidationError", 404, false, "ValidationException"};
        case Fault::exists:
        case Fault::conflict:
            return {"ValidationError", 409, false, "ValidationException"};
        case Fault::denied:
            return {"AccessDenied", 403, false, "AccessDeniedException"};
        case Fault::unauthenticated:
            return {"InvalidClientTokenId", 403, false, "UnrecognizedClientException"};
        case Fault::unsupported:
            return {"InvalidParameterCombination", 400, false, "InvalidParameterCombinationException"};
        case Fault::throttled:
            return {"Throttling", 400, false, "ThrottlingException"};
        case Fault::unavailable:
            return {"ServiceUnavailable", 503, false, "ServiceUnavailableException"};
        case Fault::compacted:
        case Fault::internal:
            return {"InternalFailure", 500, false, "InternalFailure"};
    }
    return {"InternalFailure", 500, false, "InternalFailure"};
}

// Source: Amazon EC2 Developer Guide, "Error codes for the Amazon EC2 API".
struct Ec2Code {
    std::string_view common;
    std::string_view code;
    int status;
};
constexpr std::array ec2_codes{
    Ec2Code{"AccessDenied", "UnauthorizedOperation", 403},
    Ec2Code{"IncompleteSignature", "AuthFailure", 401},
    Ec2Code{"InternalFailure", "InternalError", 500},
    Ec2Code{"InvalidClientTokenId", "AuthFailure", 401},
    Ec2Code{"InvalidQueryParameter", "UnknownParameter", 400},
    Ec2Code{"MissingAuthenticationToken", "AuthFailure", 401},
    Ec2Code{"ServiceUnavailable", "Unavailable", 503},
    Ec2Code{"SignatureDoesNotMatch", "AuthFailure", 401},
    Ec2Code{"Throttling", "RequestLimitExceeded", 503},
    Ec2Code{"ValidationError", "InvalidParameterValue", 400},
};

const ErrorModel* find(std::span<const ErrorModel> table, std::string_view code) {
    const auto found = std::ranges::find(table, code, &ErrorModel::code);
    return found == table.end() ? nullptr : &*found;
}

}  // namespace

ApiError api_error(const Error& error, std::span<const ErrorModel> models) {
    const ErrorModel* known = find(models, error.code);
    if (known == nullptr) known = find(common, error.code);
    const ErrorModel model = known != nullptr ? *known : of_fault(error.fault);
    const bool hidden = model.status >= 500;
    constexpr std::string_view sorry =
        "The request processing has failed because of an unknown error, exception or failure.";
    return ApiError{std::string(model.code),
                    model.status,
                    hidden ? std::string(sorry) : error.message,
                    std::string(model.shape.empty() ? model.code : model.shape),
                    hidden ? model.status : 400,
                    {}};
}

ApiError in_ec2_words(ApiError error) {
    const auto row = std::ranges::find(ec2_codes, error.code, &Ec2Code::common);
    if (row == ec2_codes.end()) return error;
    error.code = row->code;
    error.status = row->status;
    if (row->code == "UnauthorizedOperation") {
        error.message = "You are not authorized to perform this operation. " + error.message;
        if (!error.encoded_message.empty())
            error.message += " Encoded authorization failure message: " + error.encoded_message;
    }
    return error;
}

}  // namespace countersign::gateway
