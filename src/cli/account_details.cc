#include "cli/account_details.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/json_members.h"
#include "formats/uri.h"
#include "model/arn.h"

namespace countersign::cli {

namespace json = formats::json;

namespace {

bool is_of_aws(const std::string& arn) {
    return arn.find(":iam::aws:policy/") != std::string::npos;
}

// The plan as it grows.
class Planner {
public:
    explicit Planner(const std::string& account) : account_(account) {}

    Result<ImportPlan> plan(const json::value& details) {
        plan_.source_account = source_of(details);
        if (plan_.source_account.empty())
            return Error{Fault::invalid,
                         "the file is not the output of `aws iam get-account-authorization-details`: it has "
                         "no policy, group, user or role with an ARN"};
        for (const json::value& policy : client::list_in(details, "Policies")) add_policy(policy);
        for (const json::value& group : client::list_in(details, "GroupDetailList")) add_group(group);
        for (const json::value& user : client::list_in(details, "UserDetailList")) add_user(user);
        for (const json::value& role : client::list_in(details, "RoleDetailList")) add_role(role);
        return std::move(plan_);
    }

private:
    static std::string source_of(const json::value& details) {
        for (const char* kind : {"UserDetailList", "RoleDetailList", "GroupDetailList", "Policies"})
            for (const json::value& entity : client::list_in(details, kind)) {
                const auto arn = model::parse_arn(client::text_in(entity, "Arn"));
                if (arn && arn->account != "aws") return arn->account;
            }
        return {};
    }

    void step(std::string action, formats::Parameters parameters, std::string what, bool makes = false) {
        plan_.steps.push_back({std::move(action), std::move(parameters), std::move(what), makes});
    }

    std::string own_arn(std::string arn) const {
        const std::string source = "::" + plan_.source_account + ':';
        const std::size_t at = arn.find(source);
        if (at != std::string::npos) arn.replace(at, source.size(), "::" + account_ + ':');
        return arn;
    }

    // A document as a text of its own: the AWS CLI shows it as an object, the API itself percent-encoded.
    std::string document(const json::value& object, std::string_view name) {
        const json::value* found = client::member_in(object, name);
        if (found == nullptr) return {};
        std::string written = json::serialize(*found);
        if (found->is_string()) {
            written = std::string(found->get_string());
            if (const auto decoded = formats::percent_decode(written); written.starts_with('%') && decoded)
                written = *decoded;
        }
        if (plan_.source_account == account_) return written;
        const std::string source = ':' + plan_.source_account + ':';
        for (std::size_t at = written.find(source); at != std::string::npos; at = written.find(source, at)) {
            written.replace(at, source.size(), ':' + account_ + ':');
            ++plan_.ids_replaced;
        }
        return written;
    }

    static void add_tags(const json::value& entity, formats::Parameters& parameters) {
        int number = 0;
        for (const json::value& tag : client::list_in(entity, "Tags")) {
            const std::string place = fmt::format("Tags.member.{}.", ++number);
            parameters.emplace_back(place + "Key", client::text_in(tag, "Key"));
            parameters.emplace_back(place + "Value", client::text_in(tag, "Value"));
        }
    }

    void add_boundary(const json::value& entity, formats::Parameters& parameters) const {
        const json::value* boundary = client::member_in(entity, "PermissionsBoundary");
        if (boundary == nullptr) return;
        const std::string arn = client::text_in(*boundary, "PermissionsBoundaryArn");
        if (!arn.empty()) parameters.emplace_back("PermissionsBoundary", own_arn(arn));
    }

    // The default version alone: the others decide nothing.
    void add_policy(const json::value& policy) {
        const std::string name = client::text_in(policy, "PolicyName");
        if (is_of_aws(client::text_in(policy, "Arn"))) return;
        const json::array& versions = client::list_in(policy, "PolicyVersionList");
        const auto chosen = std::ranges::find_if(versions, [](const json::value& version) {
            const json::value* is_default = client::member_in(version, "IsDefaultVersion");
            return is_default != nullptr && is_default->is_bool() && is_default->get_bool();
        });
        if (chosen == versions.end()) {
            plan_.left_out.push_back(fmt::format("policy {}: the file has no default version of it", name));
            return;
        }
        formats::Parameters parameters{{"PolicyName", name},
                                       {"Path", client::text_in(policy, "Path")},
                                       {"PolicyDocument", document(*chosen, "Document")}};
        if (const std::string words = client::text_in(policy, "Description"); !words.empty())
            parameters.emplace_back("Description", words);
        add_tags(policy, parameters);
        step("CreatePolicy", std::move(parameters), "policy " + name, true);
        if (versions.size() > 1)
            plan_.left_out.push_back(fmt::format("policy {}: {} older versions", name, versions.size() - 1));
    }

    // The policies of a user, group or role; `kind` is User, Group or Role.
    void add_permissions(const std::string& kind, const std::string& name, const json::value& entity,
                         const json::array& inline_policies) {
        const formats::Parameter holder{kind + "Name", name};
        for (const json::value& policy : inline_policies)
            step("Put" + kind + "Policy",
                 {holder,
                  {"PolicyName", client::text_in(policy, "PolicyName")},
                  {"PolicyDocument", document(policy, "PolicyDocument")}},
                 fmt::format("policy {} of {} {}", client::text_in(policy, "PolicyName"), kind, name));
        for (const json::value& policy : client::list_in(entity, "AttachedManagedPolicies")) {
            const std::string arn = own_arn(client::text_in(policy, "PolicyArn"));
            step("Attach" + kind + "Policy", {holder, {"PolicyArn", arn}},
                 fmt::format("{} on {} {}", arn, kind, name));
        }
    }

    void add_group(const json::value& group) {
        const std::string name = client::text_in(group, "GroupName");
        step("CreateGroup", {{"GroupName", name}, {"Path", client::text_in(group, "Path")}}, "group " + name,
             true);
        add_permissions("Group", name, group, client::list_in(group, "GroupPolicyList"));
    }

    void add_user(const json::value& user) {
        const std::string name = client::text_in(user, "UserName");
        formats::Parameters parameters{{"UserName", name}, {"Path", client::text_in(user, "Path")}};
        add_boundary(user, parameters);
        add_tags(user, parameters);
        step("CreateUser", std::move(parameters), "user " + name, true);
        add_permissions("User", name, user, client::list_in(user, "UserPolicyList"));
        for (const json::value& group : client::list_in(user, "GroupList")) {
            if (!group.is_string()) continue;
            const std::string group_name(group.get_string());
            step("AddUserToGroup", {{"GroupName", group_name}, {"UserName", name}},
                 fmt::format("user {} in group {}", name, group_name));
        }
    }

    void add_role(const json::value& role) {
        const std::string name = client::text_in(role, "RoleName");
        const std::string path = client::text_in(role, "Path");
        if (path.starts_with("/aws-service-role/") || path.starts_with("/aws-reserved/")) {
            plan_.left_out.push_back(
                fmt::format("role {}: AWS makes and keeps roles of path {}", name, path));
            return;
        }
        formats::Parameters parameters{
            {"RoleName", name},
            {"Path", path},
            {"AssumeRolePolicyDocument", document(role, "AssumeRolePolicyDocument")}};
        add_boundary(role, parameters);
        add_tags(role, parameters);
        step("CreateRole", std::move(parameters), "role " + name, true);
        add_permissions("Role", name, role, client::list_in(role, "RolePolicyList"));
        for (const json::value& profile : client::list_in(role, "InstanceProfileList")) {
            const std::string profile_name = client::text_in(profile, "InstanceProfileName");
            step("CreateInstanceProfile",
                 {{"InstanceProfileName", profile_name}, {"Path", client::text_in(profile, "Path")}},
                 "instance profile " + profile_name, true);
            step("AddRoleToInstanceProfile", {{"InstanceProfileName", profile_name}, {"RoleName", name}},
                 fmt::format("role {} in instance profile {}", name, profile_name));
        }
    }

    const std::string account_;
    ImportPlan plan_;
};

}  // namespace

Result<ImportPlan> plan_import(std::string_view text_given, const std::string& account) {
    const json::value details = TRY(formats::parse_json(text_given));
    return Planner(account).plan(details);
}

}  // namespace countersign::cli
