#include "gateway/errors.h"

#include <algorithm>
#include <array>

namespace countersign::gateway {

namespace {

// Errors that every service shares. Source: RDS API Reference, "Common Errors"; IAM User Guide, "Troubleshoot
// Signature Version 4 signing".
constexpr std::array common{
    ErrorModel{"AccessDenied", 403},
    ErrorModel{"ExpiredToken", 403},
    ErrorModel{"IncompleteSignature", 400},
    ErrorModel{"InternalFailure", 500},
    ErrorModel{"InvalidAction", 400},
    ErrorModel{"InvalidClientTokenId", 403},
    ErrorModel{"InvalidParameterCombination", 400},
    ErrorModel{"InvalidParameterValue", 400},
    ErrorModel{"InvalidQueryParameter", 400},
    ErrorModel{"MalformedQueryString", 404},
    ErrorModel{"MissingAction", 400},
    ErrorModel{"MissingAuthenticationToken", 403},
    ErrorModel{"MissingParameter", 400},
    ErrorModel{"NoSuchVersion", 400},
    ErrorModel{"RequestEntityTooLarge", 413},
    ErrorModel{"RequestExpired", 400},
    ErrorModel{"ServiceUnavailable", 503},
    ErrorModel{"SignatureDoesNotMatch", 403},
    ErrorModel{"Throttling", 400},
    ErrorModel{"ValidationError", 400},
};

ErrorModel of_fault(Fault fault) {
    switch (fault) {
        case Fault::invalid:
            return {"ValidationError", 400};
        case Fault::not_found:
            return {"ValidationError", 404};
        case Fault::exists:
        case Fault::conflict:
            return {"ValidationError", 409};
        case Fault::denied:
            return {"AccessDenied", 403};
        case Fault::unauthenticated:
            return {"InvalidClientTokenId", 403};
        case Fault::unsupported:
            return {"InvalidParameterCombination", 400};
        case Fault::throttled:
            return {"Throttling", 400};
        case Fault::unavailable:
            return {"ServiceUnavailable", 503};
        case Fault::compacted:
        case Fault::internal:
            return {"InternalFailure", 500};
    }
    return {"InternalFailure", 500};
}

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
    return ApiError{std::string(model.code), model.status, hidden ? std::string(sorry) : error.message};
}

}  // namespace countersign::gateway
