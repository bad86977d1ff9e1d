#include "services/identitystore/service.h"

#include "gateway/rows.h"
#include "generated/identitystore.h"
#include "model/arn.h"
#include "services/identitystore/operations.h"

namespace countersign::identitystore {

namespace {

namespace ops = api::ops;

// The identity store that a request names, and what in it. Source: Service Authorization Reference, "Actions,
// resources, and condition keys for AWS Identity Store".
template <class Op, class... Part>
gateway::Operation on(const Deps& deps, std::type_identity_t<gateway::Function<Op, Deps>> function,
                      Part... parts) {
    auto resources = [parts...](const Call& call, const typename Op::Input& input) {
        const std::string& named = *input.IdentityStoreId;
        std::vector<std::string> arns = {model::global_arn(
            "identitystore", call.account(), "identitystore/" + named.substr(named.rfind('/') + 1))};
        (arns.push_back(parts(input)), ...);
        return arns;
    };
    return gateway::row<Op>(deps, resources, function);
}

const auto every_user = [](const auto&) { return member_arn("user", "*"); };
const auto every_group = [](const auto&) { return member_arn("group", "*"); };
const auto every_membership = [](const auto&) { return member_arn("membership", "*"); };
const auto its_user = [](const auto& input) { return member_arn("user", id_in(*input.UserId)); };
const auto its_group = [](const auto& input) { return member_arn("group", id_in(*input.GroupId)); };
const auto its_membership = [](const auto& input) {
    return member_arn("membership", id_in(*input.MembershipId));
};
const auto its_member = [](const auto& input) {
    return member_arn("user", id_in(input.MemberId->UserId.value_or("*")));
};

}  // namespace

gateway::Service service(const Deps& deps) {
    return gateway::Service{
        api::model,
        gateway::Locality::anywhere,
        api::errors,
        {
            on<ops::CreateGroup>(deps, create_group),
            on<ops::CreateGroupMembership>(deps, create_membership, its_group, its_member),
            on<ops::CreateUser>(deps, create_user),
            on<ops::DeleteGroup>(deps, delete_group, its_group),
            on<ops::DeleteGroupMembership>(deps, delete_membership, its_membership),
            on<ops::DeleteUser>(deps, delete_user, its_user),
            on<ops::DescribeGroup>(deps, describe_group, its_group),
            on<ops::DescribeGroupMembership>(deps, describe_membership, its_membership),
            on<ops::DescribeUser>(deps, describe_user, its_user),
            on<ops::GetGroupId>(deps, get_group_id, every_group),
            on<ops::GetGroupMembershipId>(deps, get_membership_id, every_membership, its_group),
            on<ops::GetUserId>(deps, get_user_id, every_user),
            on<ops::IsMemberInGroups>(deps, is_member_in_groups, every_membership, its_member),
            on<ops::ListGroupMemberships>(deps, list_memberships, every_membership, its_group),
            on<ops::ListGroupMembershipsForMember>(deps, list_memberships_of_member, every_membership,
                                                   its_member),
            on<ops::ListGroups>(deps, list_groups, every_group),
            on<ops::ListUsers>(deps, list_users, every_user),
            on<ops::UpdateGroup>(deps, update_group, its_group),
            on<ops::UpdateUser>(deps, update_user, its_user),
        }};
}

}  // namespace countersign::identitystore
