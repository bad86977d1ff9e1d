#include "services/admin/explain_login.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "agent/login_records.h"
#include "base/text.h"
#include "databases/on_demand.h"
#include "formats/record.h"
#include "model/arn.h"
#include "services/admin/arns.h"
#include "services/admin/audit_lookup.h"
#include "services/admin/database_lookup.h"

namespace countersign::admin {

using gateway::Call;
using login::Check;

namespace {

using ExplainInput = api::ExplainLoginRequest;
using Answer = api::ExplainLoginResponse;

Error invalid(std::string message) {
    return Error{Fault::invalid, std::move(message), "InvalidInput"};
}

// What the database says of a user.
struct MembershipFound {
    databases::Membership role = databases::Membership::unknown;
    std::vector<databases::MembershipGrant> grants;

    // What ends the membership.
    std::string revoke() const {
        std::vector<std::string> statements;
        for (const databases::MembershipGrant& grant : grants)
            statements.push_back(login::revoke_statement(grant.role, grant.member, grant.grantor));
        return joined(statements, "; ");
    }
    // Other roles than rds_iam that lead there.
    std::string through() const {
        std::set<std::string> roles;
        for (const databases::MembershipGrant& grant : grants)
            if (grant.role != "rds_iam") roles.insert("'" + printable(grant.role) + "'");
        return joined({roles.begin(), roles.end()}, " and ");
    }
};

MembershipFound ask_membership(const Deps& deps, const model::Server& server, const std::string& user) {
    MembershipFound found;
    if (deps.engine == nullptr) return found;
    found.role = deps.engine->membership(server, user);
    if (found.role == databases::Membership::member) found.grants = deps.engine->grants(server, user);
    return found;
}

// A question about a login that has not happened here.
struct Question {
    AskedDatabase database;
    login::Attempt attempt;
    Instant at;
    MembershipFound member = {};
};

std::string account_of(const std::string& arn) {
    const auto parsed = model::parse_arn(arn);
    return parsed ? parsed->account : std::string();
}

// Of a principal of another account only what refused it is told, and none of its policies.
void hide_policies(login::Explanation& explanation) {
    explanation.trail.clear();
    const auto policy =
        std::ranges::find(explanation.steps, login::name_of(Check::policy), &login::Step::check);
    if (policy == explanation.steps.end() || policy->outcome != login::Outcome::failed) return;
    const auto first = std::ranges::find(explanation.steps, login::Outcome::failed, &login::Step::outcome);
    const bool refuses = first == policy;
    policy->detail = refuses ? explanation.reason : "the policies of its own account do not count here";
    policy->hint = "log in as a role of the account that the database belongs to";
    if (refuses) explanation.hint = policy->hint;
}

// Whether a token was refused before anybody asked who signed it.
bool is_refused_unsigned(const login::Explanation& explanation) {
    for (const login::Step& step : explanation.steps) {
        if (step.check == login::name_of(Check::signature)) return false;
        if (step.outcome == login::Outcome::failed) return true;
    }
    return false;
}

// As if it had not been asked who signed.
void hide_principal(login::Explanation& explanation) {
    explanation.principal_arn.clear();
    explanation.trail.clear();
    for (login::Step& step : explanation.steps)
        if (step.check == login::name_of(Check::signature) || step.check == login::name_of(Check::policy))
            step = {step.check, login::Outcome::not_reached};
}

// Fails where the caller has no right to hear of whoever signed, and there is nothing else to tell.
Result<void> check_right(const Call& call, login::Explanation& explanation) {
    if (explanation.principal_arn.empty()) return {};
    if (account_of(explanation.principal_arn) != call.account()) {
        hide_policies(explanation);
        return {};
    }
    Result<void> right =
        gateway::authorize_all(call, "countersign:ExplainLogin", {explanation.principal_arn});
    if (right || !is_refused_unsigned(explanation)) return right;
    hide_principal(explanation);
    return {};
}

Answer answer_of(const login::Explanation& explanation, const MembershipFound& member) {
    Answer answer;
    answer.Allowed = explanation.allowed;
    answer.Mend = explanation.hint;
    answer.PrincipalArn = explanation.principal_arn;
    answer.Trail = explanation.trail;
    if (!member.through().empty()) answer.Revoke = member.revoke();
    for (const login::Step& step : explanation.steps) {
        api::Check& check = answer.Checks.emplace_back();
        check.Name = step.check;
        check.Outcome = std::string(login::name_of(step.outcome));
        check.Detail = step.detail;
        if (!step.hint.empty()) check.Mend = step.hint;
    }
    return answer;
}

std::string resource_of(const login::Server& server, const std::string& user) {
    return model::dbuser_arn(server.region, server.account, server.resource_id, user);
}

// Of a login that hints at the user's membership; the database may be another by now, or gone.
MembershipFound membership_then(const Deps& deps, const Call& call, const audit::LoginEntry& entry) {
    if (entry.reason_code != login::row_of(login::RefusalCode::token_is_password).name) return {};
    const auto database = find_database(deps, call, entry.region, entry.database);
    if (!database || database->record.resource_id != entry.resource_id) return {};
    return ask_membership(deps, database->record, entry.user);
}

Result<Answer> explain_recorded(const Deps& deps, const Call& call, const std::string& login_id) {
    audit::LoginEntry entry = TRY(find_login(deps.data_directory / "login.log", call.account(), login_id));
    const MembershipFound member = membership_then(deps, call, entry);
    login::Explanation explanation = explain(entry, member.revoke());
    TRY(check_right(call, explanation));
    Answer answer = answer_of(explanation, member);
    answer.ResourceArn = model::dbuser_arn(entry.region, entry.account, entry.resource_id, entry.user);
    entry.trail.clear();
    if (!explanation.principal_arn.empty() && account_of(explanation.principal_arn) != call.account())
        entry.policy.clear();
    answer.Login = formats::to_record(entry);
    return answer;
}

Result<Question> read_question(const Deps& deps, const Call& call, const ExplainInput& input) {
    if (!input.DBIdentifier) return invalid("DBIdentifier is missing.");
    Question question;
    question.database = TRY(find_database(deps, call, region_of(call, input.Region), *input.DBIdentifier));
    question.attempt.transport = input.Tls.value_or(true) ? login::Transport::tls : login::Transport::plain;
    question.attempt.user = input.DBUser.value_or("");
    question.attempt.source_address = input.SourceIp.value_or("");
    question.at = input.Time.value_or(call.now);
    return question;
}

// A user that is not there yet, in a database that has such made at their first login.
bool is_made_on_demand(const Question& question) {
    const auto& tags = question.database.server.tags;
    return question.member.role == databases::Membership::absent &&
           std::ranges::count(tags, databases::on_demand_tag, [](const auto& tag) { return tag.first; }) > 0;
}

// Asks the database for the user; what it cannot tell is assumed, and said to be.
void look_up_role(const Deps& deps, Question& question) {
    question.member = ask_membership(deps, question.database.record, question.attempt.user);
    const databases::Membership role = question.member.role;
    const bool may_be = role == databases::Membership::unknown || role == databases::Membership::member ||
                        is_made_on_demand(question);
    question.attempt.rds_iam = may_be ? login::Membership::member : login::Membership::outsider;
}

login::Step* role_step(login::Explanation& explanation) {
    const auto step = std::ranges::find(explanation.steps, login::name_of(Check::role), &login::Step::check);
    return step == explanation.steps.end() ? nullptr : &*step;
}

void say_through_whom(login::Explanation& explanation, const Question& question) {
    login::Step* step = role_step(explanation);
    const std::string through = question.member.through();
    if (step == nullptr || step->outcome != login::Outcome::passed || through.empty()) return;
    step->detail = fmt::format("'{}' is a member of rds_iam through {}; `{}` ends that",
                               printable(question.attempt.user), through, question.member.revoke());
}

void say_what_is_assumed(login::Explanation& explanation, const ExplainInput& input,
                         const Question& question) {
    const databases::Membership role = question.member.role;
    if (!input.Tls) login::assume(explanation, Check::transport, "assumed: the client connects with TLS");
    login::assume(explanation, Check::throttle, "assumed: it comes at a quiet moment");
    login::assume(explanation, Check::token_replay,
                  "assumed: the token has not been used, where that matters");
    if (role == databases::Membership::unknown)
        login::assume(explanation, Check::role,
                      fmt::format("assumed: '{}' is a member of rds_iam; the database was not asked",
                                  printable(*input.DBUser)));
    if (is_made_on_demand(question))
        login::assume(explanation, Check::role,
                      fmt::format("assumed: '{}' can be made; it is not there yet, and is at its first login",
                                  printable(*input.DBUser)));
    if (role != databases::Membership::absent) return;
    login::Step* step = role_step(explanation);
    if (step == nullptr || step->outcome != login::Outcome::failed) return;
    step->detail = fmt::format("there is no database user '{}'", printable(*input.DBUser));
    step->hint = fmt::format("CREATE USER {0}; GRANT rds_iam TO {0}", login::role_name(*input.DBUser));
    const auto first = std::ranges::find(explanation.steps, login::Outcome::failed, &login::Step::outcome);
    if (&*first == step) explanation.hint = step->hint;
}

Result<Answer> finish(const Call& call, const Question& question, login::Explanation explanation) {
    TRY(check_right(call, explanation));
    Answer answer = answer_of(explanation, question.member);
    answer.ResourceArn = resource_of(question.database.server, question.attempt.user);
    return answer;
}

std::shared_ptr<const login::Principal> principal_of(const access::Principal& holder, Instant at) {
    auto principal = std::make_shared<login::Principal>();
    principal->arn = holder.arn;
    principal->account = holder.account;
    principal->policies = holder.policies;
    principal->context = access::principal_context(holder, at);
    return principal;
}

Result<Answer> explain_principal(const Deps& deps, const Call& call, const ExplainInput& input) {
    if (!input.DBUser) return invalid("DBUser is missing.");
    Question question = TRY(read_question(deps, call, input));
    const auto holder = TRY(call.access.principals().named(*input.PrincipalArn));
    if (holder == nullptr || holder->type == access::PrincipalType::group)
        return Error{Fault::not_found,
                     fmt::format("There is no user, role or root user {}.", *input.PrincipalArn),
                     "NoSuchEntity"};
    look_up_role(deps, question);
    login::Explanation explanation = login::explain_principal(
        principal_of(*holder, question.at), question.attempt, question.database.server, question.at);
    say_through_whom(explanation, question);
    say_what_is_assumed(explanation, input, question);
    return finish(call, question, std::move(explanation));
}

// The user is the token's own unless the request names another.
Result<Answer> explain_token(const Deps& deps, const Call& call, ExplainInput input) {
    login::SentToken sent(*input.Token);
    const std::optional<login::ClaimedKey> claimed = login::claimed_key(sent);
    if (!input.DBUser) input.DBUser = sent.token() != nullptr ? sent.token()->db_user() : std::string();
    Question question = TRY(read_question(deps, call, input));
    question.attempt.token = std::move(sent);
    agent::LoginRecords records(call.access.principals());
    std::shared_ptr<const login::LoginRecord> record;
    if (claimed) record = TRY(records.find(*claimed));
    look_up_role(deps, question);
    login::Explanation explanation = login::explain(question.attempt, question.database.server,
                                                    {record.get()}, question.at, question.member.revoke());
    say_through_whom(explanation, question);
    say_what_is_assumed(explanation, input, question);
    return finish(call, question, std::move(explanation));
}

// The audit is looked through, or the database is asked, which takes as long as its owner makes it take.
Error explain_outside(const Deps& deps, const Call& call) {
    auto outside = [run = deps.outside, account = call.account()](std::function<void()> then) {
        return run(account, std::move(then));
    };
    return gateway::come_back(call, std::move(outside),
                              Error{Fault::throttled, "Rate exceeded", "Throttling"});
}

}  // namespace

std::vector<std::string> explained(const Call& call, const ExplainInput& input) {
    const std::string region = region_of(call, input.Region);
    if (input.PrincipalArn) return {*input.PrincipalArn};
    if (input.Token) return {own_arn(call, region, "database", lower(input.DBIdentifier.value_or("*")))};
    return {own_arn(call, region, "login", input.LoginId.value_or("*"))};
}

Result<Answer> explain_login(const Deps& deps, const Call& call, const ExplainInput& input) {
    const int questions = static_cast<int>(input.LoginId.has_value()) +
                          static_cast<int>(input.PrincipalArn.has_value()) +
                          static_cast<int>(input.Token.has_value());
    if (questions != 1) return invalid("Name one of LoginId, PrincipalArn and Token.");
    if (call.awaited != nullptr && deps.outside) return explain_outside(deps, call);
    if (input.LoginId) return explain_recorded(deps, call, *input.LoginId);
    if (input.Token) return explain_token(deps, call, input);
    return explain_principal(deps, call, input);
}

}  // namespace countersign::admin
