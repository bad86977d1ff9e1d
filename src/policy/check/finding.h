// What is wrong with a policy, and where: the findings of IAM Access Analyzer's ValidatePolicy, and of ours
// about databases. Source: IAM Access Analyzer API Reference, "ValidatePolicyFinding"; IAM User Guide,
// "Access Analyzer policy check reference".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/check/json_tree.h"

namespace countersign::policy {

enum class FindingType { error, security_warning, suggestion, warning };

std::string_view name_of(FindingType type);  // ERROR, SECURITY_WARNING, …

// One step from the document's root: into the value of a key or an item of a list, or to the key itself.
struct PathStep {
    enum class Kind { key, value, index };

    Kind kind = Kind::value;
    std::string name = {};  // of a key or value
    std::size_t index = 0;  // of an item

    bool operator==(const PathStep&) const = default;
};

struct FindingPlace {
    std::vector<PathStep> path;
    Extent extent;
};

// A row for each kind of finding. `title` is the last part of the link to AWS's page, and in capitals the
// code.
struct FindingKind {
    FindingType type;
    std::string_view title;    // invalid-action
    std::string_view details;  // fmt's form: {} are what is named
    bool ours = false;         // AWS has none of this kind
};

struct Finding {
    FindingType type = FindingType::error;
    std::string code;     // INVALID_ACTION
    std::string details;  // one or two sentences
    std::string link;
    std::vector<FindingPlace> places;
};

namespace finding_kinds {

inline constexpr FindingKind json_syntax_error{FindingType::error, "json-syntax-error",
                                               "Fix the JSON syntax error at index {} line {} column {}."};
inline constexpr FindingKind data_type_mismatch{FindingType::error, "data-type-mismatch",
                                                "The text does not match the expected JSON data type {}."};
inline constexpr FindingKind invalid_policy_element{FindingType::error, "invalid-policy-element",
                                                    "The policy element {} is not valid."};
inline constexpr FindingKind invalid_version{
    FindingType::error, "invalid-version",
    "The version {} is not valid. Use one of the following versions: 2012-10-17, 2008-10-17."};
inline constexpr FindingKind missing_version{
    FindingType::warning, "missing-version",
    "We recommend that you specify the Version element to help you with debugging permission issues."};
inline constexpr FindingKind missing_statement{FindingType::error, "missing-statement",
                                               "Add a statement to the policy"};
inline constexpr FindingKind missing_effect{
    FindingType::error, "missing-effect",
    "Add an Effect element to the policy statement with a value of Allow or Deny."};
inline constexpr FindingKind invalid_effect{FindingType::error, "invalid-effect",
                                            "The effect {} is not valid. Use Allow or Deny."};
inline constexpr FindingKind missing_action{FindingType::error, "missing-action",
                                            "Add an Action or NotAction element to the policy statement."};
inline constexpr FindingKind missing_resource{
    FindingType::error, "missing-resource", "Add a Resource or NotResource element to the policy statement."};
inline constexpr FindingKind missing_principal{FindingType::error, "missing-principal",
                                               "Add a Principal element to the policy statement."};
inline constexpr FindingKind unsupported_element_combination{
    FindingType::error, "unsupported-element-combination",
    "The policy elements {} and {} can not be used in the same statement. Remove one of these elements."};
inline constexpr FindingKind unsupported_principal{
    FindingType::error, "unsupported-principal",
    "The policy type {} does not support the Principal element. Remove the Principal element."};
inline constexpr FindingKind invalid_principal_format{
    FindingType::error, "invalid-principal-format",
    "The Principal element contents are not valid. Specify a key-value pair in the Principal element."};
inline constexpr FindingKind invalid_principal_key{FindingType::error, "invalid-principal-key",
                                                   "The principal key {} is not valid."};
inline constexpr FindingKind unsupported_wildcard_in_principal{
    FindingType::error, "unsupported-wildcard-in-principal",
    "Wildcards (*, ?) are not supported with the principal key {}. Replace the wildcard with a valid "
    "principal "
    "value."};
inline constexpr FindingKind unsupported_sid{
    FindingType::error, "unsupported-sid",
    "Update the characters in the Sid element to use one of the following character types: [a-z, A-Z, 0-9]"};
inline constexpr FindingKind empty_sid_value{FindingType::suggestion, "empty-sid-value",
                                             "Add a value to the empty string in the Sid element."};
inline constexpr FindingKind unique_sids_required{
    FindingType::error, "unique-sids-required",
    "Duplicate statement IDs are not supported for this policy type. Update the Sid value."};
inline constexpr FindingKind invalid_action{FindingType::error, "invalid-action",
                                            "The action {} does not exist.{}"};
inline constexpr FindingKind invalid_service_in_action{
    FindingType::error, "invalid-service-in-action",
    "The service {} specified in the action does not exist.{}"};
inline constexpr FindingKind wildcard_in_service_name{
    FindingType::suggestion, "wildcard-in-service-name",
    "Avoid using wildcards (*, ?) in the service name because it might grant unintended access to other AWS "
    "services "
    "with similar names."};
inline constexpr FindingKind empty_array_action{
    FindingType::suggestion, "empty-array-action",
    "This statement includes no actions and does not affect the policy. Specify actions."};
inline constexpr FindingKind empty_array_resource{
    FindingType::suggestion, "empty-array-resource",
    "This statement includes no resources and does not affect the policy. Specify resources."};
inline constexpr FindingKind invalid_arn_prefix{FindingType::error, "invalid-arn-prefix",
                                                "Add the required prefix (arn) to the resource ARN."};
inline constexpr FindingKind missing_arn_field{
    FindingType::error, "missing-arn-field",
    "Resource ARNs must include at least 6 fields in the following structure: "
    "arn:partition:service:region:account:resource"};
inline constexpr FindingKind invalid_partition{FindingType::error, "invalid-partition",
                                               "The resource ARN for the service {} does not support the "
                                               "partition {}. Use the supported values: aws, aws-cn, "
                                               "aws-us-gov"};
inline constexpr FindingKind invalid_arn_service_case{
    FindingType::error, "invalid-arn-service-case",
    "Update the service name {} in the resource ARN to use all lowercase letters."};
inline constexpr FindingKind missing_arn_region{FindingType::error, "missing-arn-region",
                                                "Add a Region to the {} resource ARN."};
inline constexpr FindingKind arn_region_not_allowed{
    FindingType::error, "arn-region-not-allowed",
    "The service {} does not support specifying a Region in the resource ARN."};
inline constexpr FindingKind invalid_arn_account{
    FindingType::error, "invalid-arn-account",
    "The resource ARN account ID {} is not valid. Provide a 12-digit account ID."};
inline constexpr FindingKind invalid_arn_resource{
    FindingType::error, "invalid-arn-resource",
    "Resource ARN does not match the expected ARN format. Update the resource portion of the ARN."};
inline constexpr FindingKind invalid_condition_operator{
    FindingType::error, "invalid-condition-operator",
    "The condition operator {} is not valid. Use a valid condition operator."};
inline constexpr FindingKind null_with_if_exists{FindingType::error, "null-with-if-exists",
                                                 "The Null condition operator cannot be used with the "
                                                 "IfExists suffix. Update the operator or the suffix."};
inline constexpr FindingKind null_with_qualifier{
    FindingType::suggestion, "null-with-qualifier",
    "Avoid using the Null condition operator with the ForAllValues or ForAnyValue qualifiers because they "
    "always return "
    "a true or false respectively."};
inline constexpr FindingKind invalid_condition_key_format{
    FindingType::error, "invalid-condition-key-format",
    "The condition key format is not valid. Use the format service:keyname."};
inline constexpr FindingKind duplicate_keys_with_different_case{
    FindingType::error, "duplicate-keys-with-different-case",
    "The condition key {} appears more than once with different capitalization in the same condition block. "
    "Remove the "
    "duplicate condition keys."};
inline constexpr FindingKind empty_object_condition{
    FindingType::suggestion, "empty-object-condition",
    "This condition block is empty and it does not affect the policy. Specify conditions."};
inline constexpr FindingKind type_mismatch_boolean{
    FindingType::warning, "type-mismatch-boolean",
    "Add a valid Boolean value (true or false) for the condition operator {}."};
inline constexpr FindingKind type_mismatch_number{FindingType::warning, "type-mismatch-number",
                                                  "Add a valid numeric value for the condition operator {}."};
inline constexpr FindingKind type_mismatch_date{FindingType::warning, "type-mismatch-date",
                                                "The date condition operator is used with an invalid value. "
                                                "Specify a valid date using YYYY-MM-DD or other ISO 8601 "
                                                "date/time format."};
inline constexpr FindingKind type_mismatch_ip_range{
    FindingType::warning, "type-mismatch-ip-range",
    "The condition operator {} is used with an invalid IP range value. Specify the IP range in standard CIDR "
    "format."};
inline constexpr FindingKind wildcard_without_like_operator{
    FindingType::warning, "wildcard-without-like-operator",
    "Your condition value includes a * or ? character. If you meant to use a wildcard (*, ?), update the "
    "condition "
    "operator to include Like."};
inline constexpr FindingKind allow_with_not_principal{
    FindingType::security_warning, "allow-with-not-principal",
    "Using Allow with NotPrincipal can be overly permissive. We recommend that you use Principal instead."};
inline constexpr FindingKind missing_brace_in_variable{
    FindingType::error, "missing-brace-in-variable",
    "The policy variable is missing a closing curly brace. Add }} after the variable text."};
inline constexpr FindingKind variable_unsupported_in_version{
    FindingType::error, "variable-unsupported-in-version",
    "To include variables in your policy, use the policy version 2012-10-17 or later."};

// Ours: what the databases here tell, and what IAM refuses that no row above says.
inline constexpr FindingKind database_name_in_arn{
    FindingType::error, "database-name-in-arn",
    "{} is the name of a database. ARNs of rds-db have its resource id, which is {}.", true};
inline constexpr FindingKind no_such_database{FindingType::warning, "no-such-database",
                                              "No database in {} of account {} has the resource id {}.{}",
                                              true};
inline constexpr FindingKind no_such_database_user{FindingType::warning, "no-such-database-user",
                                                   "The database {} has no user {}.", true};
inline constexpr FindingKind refused_by_iam{FindingType::error, "refused-by-iam",
                                            "IAM refuses the policy: {}", true};

}  // namespace finding_kinds

}  // namespace countersign::policy
