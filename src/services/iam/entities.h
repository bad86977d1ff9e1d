// Users, groups, roles and policies as the operations find them, with IAM's error texts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/operation.h"
#include "generated/iam.h"
#include "model/aws_managed_policies.h"
#include "model/iam.h"
#include "services/iam/policy_uses.h"
#include "store/records.h"

namespace countersign::iam {

// NoSuchEntity when there is none.
Result<store::Stored<model::User>> find_user(store::Store& store, const std::string& account,
                                             const std::string& name);
Result<store::Stored<model::Group>> find_group(store::Store& store, const std::string& account,
                                               const std::string& name);
Result<store::Stored<model::Role>> find_role(store::Store& store, const std::string& account,
                                             const std::string& name);
Result<store::Stored<model::ManagedPolicy>> find_policy(store::Store& store, const std::string& account,
                                                        const std::string& arn);

// The user that a request means: the one it names, else the caller itself. Empty: the root user. An error
// when the caller is neither.
Result<std::string> user_meant(const gateway::Call& call, const std::optional<std::string>& named);

// The ARN to authorise an operation on a user on: the stored one's, with its path, where the user exists.
std::vector<std::string> user_resource(store::Store& store, const gateway::Call& call,
                                       const std::optional<std::string>& named);

// The same of groups and roles.
std::vector<std::string> group_resource(store::Store& store, const gateway::Call& call,
                                        const std::string& name);
std::vector<std::string> role_resource(store::Store& store, const gateway::Call& call,
                                       const std::string& name);

// Adds to a transaction what keeps a policy in being that somebody is about to be given: it is written again
// as it is, so that it cannot be deleted between the look and the write. AWS's own need nothing.
// NoSuchEntity when there is none.
Result<void> hold_policy(store::Store& store, const std::string& account, const std::string& arn,
                         store::Transaction& change);
// The same of a policy that is to be somebody's permissions boundary.
Result<void> hold_boundary(store::Store& store, const std::string& account, const std::string& arn,
                           store::Transaction& change);

// Nothing for an empty ARN.
std::optional<api::AttachedPermissionsBoundary> shown_boundary(const std::string& arn);

// A policy that may be read: the account's own, or one of those that every account has, whose versions are
// without their documents. `account` is whose it is: "aws" for the latter.
struct ReadablePolicy {
    std::string account;
    model::ManagedPolicy policy;
};
Result<ReadablePolicy> read_policy(store::Store& store, const std::string& account, const std::string& arn);
ReadablePolicy readable(const model::AwsManagedPolicy& policy);
// Its versions with their documents.
Result<std::vector<model::PolicyVersion>> versions_of(const ReadablePolicy& readable);

// The path that something is made with, or moved to; what belongs to services has paths of its own.
Result<std::string> path_of(const std::optional<std::string>& given, const std::string& otherwise = "/");

// UnmodifiableEntity for a role that belongs to a service.
Result<void> check_modifiable(const model::Role& role);
// UnmodifiableEntity for a role that IAM Identity Center keeps, of which not even tags are anybody else's.
Result<void> check_not_reserved(const model::Role& role);

// The groups that a user is in, in the order in which it came into them.
Result<std::vector<store::Stored<model::Group>>> groups_of(store::Store& store, const std::string& account,
                                                           const model::User& user);

// A policy document that may be written, or MalformedPolicyDocument or LimitExceeded.
Result<void> check_document(const std::string& document);

// Characters of a document as IAM's quotas count them: white space is free.
std::size_t counted_size(const std::string& document);

// DeleteConflict: what must be done before an entity can be deleted.
Error must_first(std::string_view what);

api::User to_api(const std::string& account, const model::User& user);
// Lists leave tags and boundary out.
api::User shown_in_list(const std::string& account, const model::User& user);
api::Group to_api(const std::string& account, const model::Group& group);
// What every answer about a group, or about a managed policy, has.
template <class Answer>
void put_group(Answer& answer, const std::string& account, const model::Group& group) {
    answer.Path = group.path;
    answer.GroupName = group.name;
    answer.GroupId = group.id;
    answer.Arn = group_arn(account, group);
    answer.CreateDate = group.created;
}
template <class Answer>
void put_policy(Answer& answer, const ReadablePolicy& readable, const PolicyUse& use) {
    const model::ManagedPolicy& policy = readable.policy;
    answer.PolicyName = policy.name;
    answer.PolicyId = policy.id;
    answer.Arn = policy_arn(readable.account, policy);
    answer.Path = policy.path;
    answer.DefaultVersionId = policy.default_version;
    answer.AttachmentCount = use.attachments;
    answer.PermissionsBoundaryUsageCount = use.boundaries;
    answer.IsAttachable = true;
    if (!policy.description.empty()) answer.Description = policy.description;
    answer.CreateDate = policy.created;
    answer.UpdateDate = policy.updated;
}

api::Policy to_api(const ReadablePolicy& policy, const PolicyUse& use);

}  // namespace countersign::iam
