// The policies that every account has: arn:aws:iam::aws:policy/…. Names and ARNs are AWS's; the documents are
// our own and speak of the services that are served here.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/iam.h"

namespace countersign::model {

struct AwsManagedPolicy {
    std::string_view arn;
    std::string_view name;
    std::string_view path;
    std::string_view id;  // ANPA…, fixed
    std::string_view description;
    std::string_view document;
};

std::span<const AwsManagedPolicy> aws_managed_policies();

// nullptr when the ARN is none of them.
const AwsManagedPolicy* find_aws_managed_policy(std::string_view arn);

// The guardrail that restricts nothing; each account begins with it, as each begins with AWS's FullAWSAccess.
inline constexpr std::string_view full_aws_access_name = "FullAWSAccess";
inline constexpr std::string_view full_aws_access =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
inline Guardrail unrestricted(Instant now) {
    return {std::string(full_aws_access_name), std::string(full_aws_access), now};
}

}  // namespace countersign::model
