// The policies that every account has: arn:PARTITION:iam::aws:policy/…, with AWS's documents. Read when the
// first of them is asked for: from the file that use_managed_policies() names, else from the one inside the
// program.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/iam.h"
#include "model/managed_policy_file.h"

namespace countersign::model {

// Takes the policies from this file instead of the program's own. Once, before anything asks for one.
// Fault::invalid if it is none, Fault::not_found if it cannot be read.
Result<void> use_managed_policies(const std::string& file);

// All, in the order of their ARNs.
std::span<const AwsManagedPolicy> aws_managed_policies();

// Whether an ARN is that of a policy of AWS's, be there such a policy or not.
bool is_of_aws(std::string_view policy_arn);

// nullptr when the ARN is none of them.
const AwsManagedPolicy* find_aws_managed_policy(std::string_view arn);

// The documents of some of its versions, in the same order, with the ARNs of this process' partition.
Result<std::vector<std::string>> aws_managed_documents(const AwsManagedPolicy& policy,
                                                       std::span<const AwsManagedPolicy::Version> versions);

// The document of its default version as it counts here. What AWS means by everything but some actions has
// none of Countersign's own actions (countersign:…) in it, and who may read all that is AWS's may read what
// is Countersign's.
Result<std::string> evaluated_document(const AwsManagedPolicy& policy);

// The guardrail that restricts nothing; each account begins with it, as each begins with AWS's FullAWSAccess.
inline constexpr std::string_view full_aws_access_name = "FullAWSAccess";
inline constexpr std::string_view full_aws_access =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
inline Guardrail unrestricted(Instant now) {
    return {std::string(full_aws_access_name), std::string(full_aws_access), now};
}

}  // namespace countersign::model
