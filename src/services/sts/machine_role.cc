#include "services/sts/machine_role.h"

#include <fmt/format.h>

#include "base/text.h"
#include "formats/iso_time.h"
#include "model/arn.h"
#include "model/keys.h"
#include "services/sts/issue.h"
#include "services/sts/role_session.h"
#include "store/records.h"

namespace countersign::sts {

namespace {

constexpr std::chrono::seconds session_life = std::chrono::hours(6);  // AWS's
constexpr std::chrono::seconds renewal = std::chrono::hours(1);       // SDKs ask again 15 minutes before
constexpr std::string_view assume_role_right = "sts:AssumeRole";

Result<TrustedRole> find_role(store::Store& store, const MachineRole& wanted) {
    std::string arn = wanted.role;
    if (!arn.starts_with("arn:")) {
        const auto stored =
            TRY(store::load<model::Role>(store, model::keys::role(wanted.account, wanted.role)));
        if (stored) arn = model::iam_arn(wanted.account, "role" + stored->record.path + wanted.role);
    }
    auto found = TRY(find_trusted_role(store, arn));
    if (found && found->account == wanted.account) return *std::move(found);
    return Error{Fault::not_found,
                 fmt::format("There is no role {} with a trust policy in account {}; make it with: aws iam "
                             "create-role",
                             wanted.role, wanted.account)};
}

policy::Context trust_context(const MachineRole& wanted, const TrustedRole& role, Instant now) {
    policy::Context context = wanted.context;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    context["aws:currenttime"] = {formats::second_time(now)};
    context["aws:epochtime"] = {std::to_string(seconds.time_since_epoch().count())};
    context["aws:sourceaccount"] = {wanted.account};
    context["sts:rolesessionname"] = {wanted.session_name};
    add_role_keys(role, context);
    return context;
}

Result<void> check_trust(const MachineRole& wanted, const TrustedRole& role, Instant now) {
    // A service belongs to no account, so that trust in an account is none in it.
    const policy::Request request{wanted.service, "",           std::string(assume_role_right),
                                  role.arn,       role.account, trust_context(wanted, role, now)};
    if (consents(role, request)) return {};
    return Error{Fault::denied,
                 fmt::format("The trust policy of role {} does not let {} perform {}; its "
                             "Principal must have {{\"Service\": \"{}\"}}",
                             role.record.name, wanted.service, assume_role_right, wanted.service)};
}

}  // namespace

Result<MachineSession> MachineSessions::begin(const TrustedRole& role, Instant now) const {
    access::Session session;
    session.name = wanted_.session_name;
    session.context = wanted_.context;
    act_as(role, session);
    const api::Credentials made = issue(deps_, session, now, session_life);
    return MachineSession{
        role.arn,           role.record.id, *made.AccessKeyId, Secret(*made.SecretAccessKey),
        *made.SessionToken, session.issued, session.expires};
}

Result<MachineSession> MachineSessions::current(Instant now) {
    const TrustedRole role = TRY(find_role(deps_.store, wanted_));
    TRY(check_trust(wanted_, role, now));
    const MutexLock lock(mutex_);
    const bool is_good = held_ && held_->role_id == role.record.id && now + renewal < held_->expires;
    if (is_good) return *held_;
    held_ = TRY(begin(role, now));
    if (begun_) begun_(*held_);
    return *held_;
}

}  // namespace countersign::sts
