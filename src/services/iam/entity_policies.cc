// Operations that give users, groups and roles their policies: inline ones, and attached managed ones. The
// three kinds carry them alike; what differs between them stands in OfUser, OfGroup and OfRole.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <type_traits>

#include "formats/uri.h"
#include "services/iam/change.h"
#include "services/iam/condition_keys.h"
#include "services/iam/entities.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"

namespace countersign::iam {

namespace ops = api::ops;
using gateway::Call;
using gateway::Nothing;

namespace {

struct OfUser {
    using Attach = ops::AttachUserPolicy;
    using Delete = ops::DeleteUserPolicy;
    using Detach = ops::DetachUserPolicy;
    using Get = ops::GetUserPolicy;
    using ListAttached = ops::ListAttachedUserPolicies;
    using List = ops::ListUserPolicies;
    using Put = ops::PutUserPolicy;
    static constexpr std::string_view kind = "user";
    static constexpr std::string_view quota = "PoliciesPerUser";
    static constexpr std::size_t attached_max = 10;
    static constexpr std::size_t inline_size_max = 2048;  // of all inline policies of a user together
    static constexpr auto name = [](auto& message) -> auto& { return message.UserName; };
    static constexpr bool has_tags_and_boundary = true;
    static constexpr auto find = find_user;
    template <class Op>
    static gateway::Operation on(const Deps& deps, Function<Op> function) {
        return on_user<Op>(deps, function);
    }
};

struct OfGroup {
    using Attach = ops::AttachGroupPolicy;
    using Delete = ops::DeleteGroupPolicy;
    using Detach = ops::DetachGroupPolicy;
    using Get = ops::GetGroupPolicy;
    using ListAttached = ops::ListAttachedGroupPolicies;
    using List = ops::ListGroupPolicies;
    using Put = ops::PutGroupPolicy;
    static constexpr std::string_view kind = "group";
    static constexpr std::string_view quota = "PoliciesPerGroup";
    static constexpr std::size_t attached_max = 10;
    static constexpr std::size_t inline_size_max = 5120;
    static constexpr auto name = [](auto& message) -> auto& { return message.GroupName; };
    static constexpr bool has_tags_and_boundary = false;
    static constexpr auto find = find_group;
    template <class Op>
    static gateway::Operation on(const Deps& deps, Function<Op> function) {
        return on_group<Op>(deps, function);
    }
};

struct OfRole {
    using Attach = ops::AttachRolePolicy;
    using Delete = ops::DeleteRolePolicy;
    using Detach = ops::DetachRolePolicy;
    using Get = ops::GetRolePolicy;
    using ListAttached = ops::ListAttachedRolePolicies;
    using List = ops::ListRolePolicies;
    using Put = ops::PutRolePolicy;
    static constexpr std::string_view kind = "role";
    static constexpr std::string_view quota = "PoliciesPerRole";
    static constexpr std::size_t attached_max = 20;
    static constexpr std::size_t inline_size_max = 10'240;
    static constexpr auto name = [](auto& message) -> auto& { return message.RoleName; };
    static constexpr bool has_tags_and_boundary = true;
    static constexpr auto find = find_role;
    template <class Op>
    static gateway::Operation on(const Deps& deps, Function<Op> function) {
        return on_role<Op>(deps, function);
    }
};

template <class Of, class Change>
Result<Nothing> change_policies(const Deps& deps, const Call& call, const std::string& name, Change change) {
    return change_record<Of::find>(
        deps, call, name, [&](auto& entity, store::Transaction& transaction) -> Result<void> {
            if constexpr (std::is_same_v<std::decay_t<decltype(entity)>, model::Role>)
                TRY(check_modifiable(entity));
            return change(entity, transaction);
        });
}

template <class Of>
Error no_inline_policy(const std::string& policy) {
    return Error{Fault::not_found,
                 fmt::format("The {} policy with name {} cannot be found.", Of::kind, policy),
                 "NoSuchEntity"};
}

std::size_t inline_size(const model::InlinePolicies& policies) {
    std::size_t size = 0;
    for (const auto& [name, document] : policies) size += counted_size(document);
    return size;
}

template <class Of>
Result<Nothing> put_inline(const Deps& deps, const Call& call, const typename Of::Put::Input& input) {
    TRY(check_document(*input.PolicyDocument));
    const auto put = [&](auto& entity, store::Transaction&) -> Result<void> {
        entity.inline_policies[*input.PolicyName] = *input.PolicyDocument;
        if (inline_size(entity.inline_policies) <= Of::inline_size_max) return {};
        return Error{Fault::conflict,
                     fmt::format("Maximum policy size of {} bytes exceeded for {} {}", Of::inline_size_max,
                                 Of::kind, entity.name),
                     "LimitExceeded"};
    };
    return change_policies<Of>(deps, call, *Of::name(input), put);
}

template <class Of>
Result<typename Of::Get::Output> get_inline(const Deps& deps, const Call& call,
                                            const typename Of::Get::Input& input) {
    const auto stored = TRY(Of::find(deps.store, call.account(), *Of::name(input)));
    const auto found = stored.record.inline_policies.find(*input.PolicyName);
    if (found == stored.record.inline_policies.end()) return no_inline_policy<Of>(*input.PolicyName);
    typename Of::Get::Output answer;
    Of::name(answer) = stored.record.name;
    answer.PolicyName = found->first;
    answer.PolicyDocument = formats::percent_encode(found->second);
    return answer;
}

template <class Of>
Result<typename Of::List::Output> list_inline(const Deps& deps, const Call& call,
                                              const typename Of::List::Input& input) {
    const auto stored = TRY(Of::find(deps.store, call.account(), *Of::name(input)));
    std::vector<std::string> names;
    for (const auto& [name, document] : stored.record.inline_policies) names.push_back(name);
    const auto shown_page = TRY(page(std::move(names), std::identity(), input.Marker, input.MaxItems));
    typename Of::List::Output answer;
    answer.PolicyNames = shown_page.items;
    put_page(answer, shown_page);
    return answer;
}

template <class Of>
Result<Nothing> delete_inline(const Deps& deps, const Call& call, const typename Of::Delete::Input& input) {
    const auto remove = [&](auto& entity, store::Transaction&) -> Result<void> {
        if (entity.inline_policies.erase(*input.PolicyName) == 0)
            return no_inline_policy<Of>(*input.PolicyName);
        return {};
    };
    return change_policies<Of>(deps, call, *Of::name(input), remove);
}

template <class Of>
Result<Nothing> attach(const Deps& deps, const Call& call, const typename Of::Attach::Input& input) {
    const auto add = [&](auto& entity, store::Transaction& change) -> Result<void> {
        TRY(hold_policy(deps.store, call.account(), *input.PolicyArn, change));
        model::AttachedPolicies& attached = entity.attached_policies;
        if (std::ranges::count(attached, *input.PolicyArn) > 0) return {};
        if (attached.size() >= Of::attached_max)
            return Error{Fault::conflict,
                         fmt::format("Cannot exceed quota for {}: {}", Of::quota, Of::attached_max),
                         "LimitExceeded"};
        attached.push_back(*input.PolicyArn);
        return {};
    };
    return change_policies<Of>(deps, call, *Of::name(input), add);
}

template <class Of>
Result<Nothing> detach(const Deps& deps, const Call& call, const typename Of::Detach::Input& input) {
    const auto remove = [&](auto& entity, store::Transaction&) -> Result<void> {
        if (std::erase(entity.attached_policies, *input.PolicyArn) == 0)
            return Error{Fault::not_found, fmt::format("Policy {} was not found.", *input.PolicyArn),
                         "NoSuchEntity"};
        return {};
    };
    return change_policies<Of>(deps, call, *Of::name(input), remove);
}

template <class Of>
Result<typename Of::ListAttached::Output> list_attached(const Deps& deps, const Call& call,
                                                        const typename Of::ListAttached::Input& input) {
    const auto stored = TRY(Of::find(deps.store, call.account(), *Of::name(input)));
    const std::string prefix = ":policy" + input.PathPrefix.value_or("/");
    model::AttachedPolicies arns = stored.record.attached_policies;
    std::erase_if(arns, [&](const std::string& arn) { return arn.find(prefix) == std::string::npos; });
    const auto shown_page = TRY(page(std::move(arns), std::identity(), input.Marker, input.MaxItems));
    typename Of::ListAttached::Output answer;
    for (const std::string& arn : shown_page.items) {
        api::AttachedPolicy& last = answer.AttachedPolicies.emplace_back();
        last.PolicyName = arn.substr(arn.rfind('/') + 1);
        last.PolicyArn = arn;
    }
    put_page(answer, shown_page);
    return answer;
}

template <class Of, class Op>
gateway::Operation reading(const Deps& deps, Function<Op> function) {
    gateway::Operation operation = Of::template on<Op>(deps, function);
    if constexpr (!Of::has_tags_and_boundary) return operation;
    return with_keys<Op>(
        std::move(operation),
        [&store = deps.store](const Call& call, const typename Op::Input& input, policy::Context& context) {
            const auto stored = Of::find(store, call.account(), *Of::name(input));
            if constexpr (Of::has_tags_and_boundary)
                if (stored) put_resource_tags(stored->record.tags, context);
        });
}

// What changes somebody's policies may be allowed on the condition that the entity has a certain boundary, or
// for certain managed policies only.
template <class Of, class Op>
gateway::Operation changing(const Deps& deps, Function<Op> function) {
    return with_keys<Op>(
        reading<Of, Op>(deps, function),
        [&store = deps.store](const Call& call, const typename Op::Input& input, policy::Context& context) {
            if constexpr (requires { input.PolicyArn; }) context["iam:policyarn"] = {*input.PolicyArn};
            const auto stored = Of::find(store, call.account(), *Of::name(input));
            if constexpr (Of::has_tags_and_boundary)
                if (stored) put_boundary_key(stored->record.permissions_boundary, context);
        });
}

template <class Of>
void add_rows(const Deps& deps, Rows& rows) {
    rows.push_back(changing<Of, typename Of::Attach>(deps, attach<Of>));
    rows.push_back(changing<Of, typename Of::Delete>(deps, delete_inline<Of>));
    rows.push_back(changing<Of, typename Of::Detach>(deps, detach<Of>));
    rows.push_back(reading<Of, typename Of::Get>(deps, get_inline<Of>));
    rows.push_back(reading<Of, typename Of::ListAttached>(deps, list_attached<Of>));
    rows.push_back(reading<Of, typename Of::List>(deps, list_inline<Of>));
    rows.push_back(changing<Of, typename Of::Put>(deps, put_inline<Of>));
}

}  // namespace

Rows entity_policy_operations(const Deps& deps) {
    Rows rows;
    add_rows<OfUser>(deps, rows);
    add_rows<OfGroup>(deps, rows);
    add_rows<OfRole>(deps, rows);
    return rows;
}

}  // namespace countersign::iam
