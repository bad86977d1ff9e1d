// What `aws iam get-account-authorization-details` prints, as the calls of IAM's API that make the same.
// Pure. Source: IAM API Reference, GetAccountAuthorizationDetails.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/query.h"

namespace countersign::cli {

// One call, and what it makes, for people: "user ada", "policy P of role R".
struct ImportStep {
    std::string action;
    formats::Parameters parameters;
    std::string what;
    bool makes = false;  // an entity: that it exists already is no failure
};

struct ImportPlan {
    std::vector<ImportStep> steps;      // in an order in which what is referred to comes first
    std::vector<std::string> left_out;  // what no call can make, and why
    std::string source_account;         // of the ARNs in the file
    std::size_t ids_replaced = 0;       // how often the source account's id was replaced in documents
};

// `account` takes the place of the source account's id in every ARN of the documents. The steps end with
// those of roles: a trust policy may name any of the others.
Result<ImportPlan> plan_import(std::string_view text, const std::string& account);

}  // namespace countersign::cli
