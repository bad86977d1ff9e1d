#include "services/sts/service_session.h"

#include <fmt/format.h>

#include "formats/iso_time.h"
#include "services/sts/issue.h"
#include "services/sts/role_session.h"

namespace countersign::sts {

namespace {

constexpr std::chrono::seconds service_session_life = std::chrono::hours(1);
constexpr std::string_view assume_by_service = "sts:AssumeRole";

}  // namespace

Result<MachineSession> begin_service_session(const Deps& deps, const ServiceRole& wanted, Instant now) {
    const Error none{
        Fault::denied,
        fmt::format("Role {} is invalid or cannot be assumed by {}", wanted.role_arn, wanted.service),
        "AccessDenied"};
    const auto role = TRY(find_trusted_role(deps.store, wanted.role_arn));
    if (!role || role->account != wanted.account) return none;
    policy::Context context;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    context["aws:currenttime"] = {formats::second_time(now)};
    context["aws:epochtime"] = {std::to_string(seconds.time_since_epoch().count())};
    context["aws:sourceaccount"] = {wanted.account};
    context["sts:rolesessionname"] = {wanted.session_name};
    add_role_keys(*role, context);
    // A service belongs to no account, so that trust in an account is none in it.
    const policy::Request request{
        wanted.service, "", std::string(assume_by_service), role->arn, role->account, std::move(context)};
    if (!consents(*role, request)) return none;
    access::Session session;
    session.name = wanted.session_name;
    act_as(*role, session);
    const api::Credentials made = issue(deps, session, now, service_session_life);
    return MachineSession{
        role->arn,          role->record.id, *made.AccessKeyId, Secret(*made.SecretAccessKey),
        *made.SessionToken, session.issued,  session.expires};
}

}  // namespace countersign::sts
