// Calls about managed policies: their versions, whom they are attached to and whom they bound.
#include <fmt/format.h>

#include "sim/operations.h"

namespace countersign::sim {

namespace {

const std::vector<std::string> managed_names = {"readers", "writers"};
constexpr std::size_t versions_max = 5;

std::string arn_of(const std::string& policy) {
    return fmt::format("arn:aws:iam::{}:policy/{}", account, policy);
}

std::string name_of(int version) {
    return fmt::format("v{}", version);
}

bool has_version(const Model& model, const std::string& policy, int version) {
    const auto found = model.managed.find(policy);
    return found != model.managed.end() && found->second.versions.contains(version);
}

}  // namespace

Operation Operations::of_managed_policies() {
    const std::string name = any_user();
    const std::string policy = chance_.pick(managed_names);
    const auto found = model_.managed.find(policy);
    if (found == model_.managed.end() && !chance_.one_in(5)) return create_managed(policy);
    const int newest = found == model_.managed.end() ? 0 : found->second.made;
    const int version = 1 + static_cast<int>(chance_.below(static_cast<std::size_t>(newest) + 1));
    switch (chance_.below(11)) {
        case 0:
            return delete_managed(policy);
        case 1:
        case 2:
            return add_version(policy);
        case 3:
        case 4:
            return delete_version(policy, version);
        case 5:
        case 6:
            return choose_version(policy, version);
        case 7:
            return detach(name, policy);
        case 8:
            return put_boundary(name, policy);
        case 9:
            return delete_boundary(name);
        default:
            return attach(name, policy);
    }
}

Operation Operations::create_managed(const std::string& policy) {
    const Grant grant = any_grant();
    return {"iam",
            "CreatePolicy",
            {{"PolicyName", policy}, {"PolicyDocument", grant.document()}},
            [this, policy] { return !model_.managed.contains(policy); },
            [this, policy, grant](const Done&) {
                model_.managed[policy] = {{{1, grant}}, 1, 1};
            }};
}

Operation Operations::delete_managed(const std::string& policy) {
    const auto legal = [this, policy] {
        const auto found = model_.managed.find(policy);
        return found != model_.managed.end() && found->second.versions.size() == 1 &&
               !model_.is_in_use(policy);
    };
    return {"iam", "DeletePolicy", {{"PolicyArn", arn_of(policy)}}, legal, [this, policy](const Done&) {
                model_.managed.erase(policy);
            }};
}

Operation Operations::add_version(const std::string& policy) {
    const Grant grant = any_grant();
    const bool in_force = !chance_.one_in(3);
    const auto legal = [this, policy] {
        const auto found = model_.managed.find(policy);
        return found != model_.managed.end() && found->second.versions.size() < versions_max;
    };
    const auto happen = [this, policy, grant, in_force](const Done&) {
        ManagedPolicy& changed = model_.managed[policy];
        changed.versions[++changed.made] = grant;
        if (in_force) changed.in_force = changed.made;
    };
    return {"iam",
            "CreatePolicyVersion",
            {{"PolicyArn", arn_of(policy)},
             {"PolicyDocument", grant.document()},
             {"SetAsDefault", in_force ? "true" : "false"}},
            legal,
            happen};
}

Operation Operations::delete_version(const std::string& policy, int version) {
    const auto legal = [this, policy, version] {
        return has_version(model_, policy, version) && model_.managed[policy].in_force != version;
    };
    return {"iam",
            "DeletePolicyVersion",
            {{"PolicyArn", arn_of(policy)}, {"VersionId", name_of(version)}},
            legal,
            [this, policy, version](const Done&) { model_.managed[policy].versions.erase(version); }};
}

Operation Operations::choose_version(const std::string& policy, int version) {
    return {"iam",
            "SetDefaultPolicyVersion",
            {{"PolicyArn", arn_of(policy)}, {"VersionId", name_of(version)}},
            [this, policy, version] { return has_version(model_, policy, version); },
            [this, policy, version](const Done&) { model_.managed[policy].in_force = version; }};
}

Operation Operations::attach(const std::string& name, const std::string& policy) {
    return {"iam",
            "AttachUserPolicy",
            {{"UserName", name}, {"PolicyArn", arn_of(policy)}},
            [this, name, policy] { return model_.users.contains(name) && model_.managed.contains(policy); },
            [this, name, policy](const Done&) { model_.users[name].attached.insert(policy); }};
}

Operation Operations::detach(const std::string& name, const std::string& policy) {
    return {"iam",
            "DetachUserPolicy",
            {{"UserName", name}, {"PolicyArn", arn_of(policy)}},
            [this, name, policy] {
                return model_.users.contains(name) && model_.users[name].attached.contains(policy);
            },
            [this, name, policy](const Done&) { model_.users[name].attached.erase(policy); }};
}

Operation Operations::put_boundary(const std::string& name, const std::string& policy) {
    return {"iam",
            "PutUserPermissionsBoundary",
            {{"UserName", name}, {"PermissionsBoundary", arn_of(policy)}},
            [this, name, policy] { return model_.users.contains(name) && model_.managed.contains(policy); },
            [this, name, policy](const Done&) { model_.users[name].boundary = policy; }};
}

Operation Operations::delete_boundary(const std::string& name) {
    return {"iam",
            "DeleteUserPermissionsBoundary",
            {{"UserName", name}},
            [this, name] { return model_.users.contains(name); },
            [this, name](const Done&) { model_.users[name].boundary.clear(); }};
}

}  // namespace countersign::sim
