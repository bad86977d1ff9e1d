// Users and policies as the operations find them, with IAM's error texts.
#pragma once

#include <string>

#include "base/result.h"
#include "gateway/operation.h"
#include "generated/iam.h"
#include "model/iam.h"
#include "store/records.h"

namespace countersign::iam {

std::string user_arn(const std::string& account, const model::User& user);
std::string policy_arn(const std::string& account, const model::ManagedPolicy& policy);

// NoSuchEntity when there is none.
Result<store::Stored<model::User>> find_user(store::Store& store, const std::string& account,
                                             const std::string& name);
Result<store::Stored<model::ManagedPolicy>> find_policy(store::Store& store, const std::string& account,
                                                        const std::string& arn);

// The user that a request means: the one it names, else the caller itself. Empty: the root user. An error
// when the caller is neither.
Result<std::string> user_meant(const gateway::Call& call, const std::optional<std::string>& named);

// The ARN to authorise an operation on a user on: the stored one's, with its path, where the user exists.
std::vector<std::string> user_resource(store::Store& store, const gateway::Call& call,
                                       const std::optional<std::string>& named);

// How many users a managed policy is attached to.
Result<std::int64_t> attachment_count(store::Store& store, const std::string& account,
                                      const std::string& arn);

// A policy document that may be written, or MalformedPolicyDocument or LimitExceeded.
Result<void> check_document(const std::string& document);

// Characters of a document as IAM's quotas count them: white space is free.
std::size_t counted_size(const std::string& document);

api::User shown(const std::string& account, const model::User& user);
api::Policy shown(const std::string& account, const model::ManagedPolicy& policy, std::int64_t attachments);

}  // namespace countersign::iam
