// Looks at a policy as IAM Access Analyzer does. Pure but for the questions that its facts ask.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/check/finding.h"

namespace countersign::policy {

enum class CheckedType { identity, resource, trust, guardrail };

// A database whose users a policy can name.
struct KnownDatabase {
    std::string name;
    std::string resource_id;  // cluster-…, db-…, prx-…
    std::string region;
    std::string account;
};

// What is known where the policy will stand; what is empty is not known, and nothing is said of it.
struct CheckFacts {
    // The actions of a service, without its prefix; none: every action is taken.
    std::function<std::vector<std::string>(std::string_view service)> actions = {};
    std::string account = {};  // whose databases these are; empty: they are not known
    std::vector<KnownDatabase> databases = {};
    // Whether it is known that the database has no such user.
    std::function<bool(const KnownDatabase& database, const std::string& user)> lacks_user = {};
};

// In the order of the document. An empty list: nothing is wrong.
std::vector<Finding> check_policy(std::string_view text, CheckedType type, const CheckFacts& facts);

}  // namespace countersign::policy
