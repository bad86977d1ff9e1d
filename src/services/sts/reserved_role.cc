#include "services/sts/reserved_role.h"

#include "formats/iso_time.h"
#include "model/arn.h"
#include "services/sts/issue.h"
#include "services/sts/role_session.h"

namespace countersign::sts {

namespace {

constexpr std::string_view assume_right = "sts:AssumeRole";

policy::Context trust_context(const ReservedRole& wanted, const TrustedRole& role, Instant now) {
    policy::Context context = wanted.context;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    context["aws:currenttime"] = {formats::second_time(now)};
    context["aws:epochtime"] = {std::to_string(seconds.time_since_epoch().count())};
    context["sts:rolesessionname"] = {wanted.session_name};
    add_role_keys(role, context);
    return context;
}

}  // namespace

Result<MachineSession> begin_reserved_session(const Deps& deps, const ReservedRole& wanted, Instant now) {
    const Error none{Fault::denied, "No access", "AccessDenied"};
    const auto role = TRY(
        find_trusted_role(deps.store, model::iam_arn(wanted.account, "role" + wanted.path + wanted.name)));
    if (!role) return none;
    const policy::Request request{wanted.service,
                                  "",
                                  std::string(assume_right),
                                  role->arn,
                                  role->account,
                                  trust_context(wanted, *role, now)};
    if (!consents(*role, request)) return none;
    access::Session session;
    session.name = wanted.session_name;
    session.context = wanted.context;
    session.mfa_time = wanted.mfa_time;
    act_as(*role, session);
    const api::Credentials made = issue(deps, session, now, wanted.duration);
    return MachineSession{
        role->arn,          role->record.id, *made.AccessKeyId, Secret(*made.SecretAccessKey),
        *made.SessionToken, session.issued,  session.expires};
}

}  // namespace countersign::sts
