#include "login/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/iso_time.h"
#include "formats/json.h"
#include "login/connect_context.h"
#include "login/policy_trail.h"
#include "sigv4/token.h"

namespace countersign::login {

namespace {

namespace json = formats::json;

std::string endpoint_text(std::string_view host, std::uint16_t port) {
    return fmt::format("{}:{}", printable(host), port);
}

// The words of a check that passed, where there is nothing more exact to say; what is in braces stands for
// the facts of the login.
struct Passed {
    Check check;
    std::string_view text;
};
constexpr std::array<Passed, 13> passed{{
    {Check::transport, "the connection has TLS"},
    {Check::resource, "IAM database authentication is enabled for {database}"},
    {Check::token_form, "a well-formed token, signed with access key {key}"},
    {Check::token_user, "the token is for '{user}', who connects"},
    {Check::token_endpoint, "signed for an endpoint of {database}"},
    {Check::token_region, "signed for {region}, where the database is"},
    {Check::token_time, "signed no more than 15 minutes before"},
    {Check::throttle, "not more new tokens in this second than are judged"},
    {Check::key, "the access key {key} is known and active"},
    {Check::signature, "signed by {principal}, and not altered since"},
    {Check::role, "'{user}' is a member of rds_iam"},
    {Check::policy, "rds-db:connect is allowed"},
    {Check::token_replay, "the token is not used up"},
}};

std::string or_unshown(std::string name) {
    return name.empty() ? "(not shown)" : std::move(name);
}

std::string passed_text(Check check, const Facts& facts) {
    const auto row = std::ranges::find(passed, check, &Passed::check);
    if (row == passed.end()) return {};
    return fmt::format(fmt::runtime(row->text),
                       fmt::arg("database", facts.database.empty() ? facts.resource_id : facts.database),
                       fmt::arg("key", or_unshown(printable(facts.access_key_id))),
                       fmt::arg("user", printable(facts.user)), fmt::arg("region", facts.region),
                       fmt::arg("principal", or_unshown(facts.principal_arn)));
}

std::string text_in(const json::value& object, std::string_view name) {
    const json::value* found = object.is_object() ? object.get_object().if_contains(name) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

Step* step_of(Explanation& explanation, Check check) {
    const auto found = std::ranges::find(explanation.steps, name_of(check), &Step::check);
    return found == explanation.steps.end() ? nullptr : &*found;
}

void say(Explanation& explanation, Check check, std::string detail) {
    Step* step = step_of(explanation, check);
    if (step != nullptr && step->outcome == Outcome::passed) step->detail = std::move(detail);
}

Facts facts_of(const Attempt& attempt, const Server& server, const Verdict& verdict) {
    Facts facts;
    facts.user = attempt.user;
    facts.database = server.identifier;
    facts.resource_id = server.resource_id;
    facts.region = server.region;
    facts.access_key_id = verdict.access_key_id();
    facts.principal_arn = verdict.principal_arn();
    return facts;
}

// What a token says of itself is told of the checks that it passed.
void say_more_of_token(Explanation& explanation, const sigv4::PresentedToken& token, Instant now) {
    say(explanation, Check::token_endpoint,
        fmt::format("signed for {}, which is an endpoint", endpoint_text(token.host(), token.port())));
    say(explanation, Check::token_time,
        fmt::format("signed at {}, good until {}; it is {}", formats::second_time(token.signed_at()),
                    formats::second_time(token.expires_at()), formats::second_time(now)));
}

// The end of "the token was signed for X, which is no endpoint of R (A, B)".
void read_endpoints(const Recorded& recorded, Facts& facts) {
    constexpr std::string_view start = "the token was signed for ";
    const std::string& reason = recorded.reason;
    const std::size_t comma = reason.find(", which");
    const std::size_t open = reason.rfind('(');
    if (!reason.starts_with(start) || comma == reason.npos || open == reason.npos || !reason.ends_with(')'))
        return;
    facts.signed_for = reason.substr(start.size(), comma - start.size());
    facts.endpoints = reason.substr(open + 1, reason.size() - open - 2);
    for (std::size_t at = 0; (at = facts.endpoints.find(", ", at)) != facts.endpoints.npos;)
        facts.endpoints.replace(at, 2, " or ");
}

// Lines without a code are from before there were codes, or name no cause that is known here.
RefusalCode code_of(const Recorded& recorded) {
    return refusal_code_named(recorded.code).value_or(general_code_of(recorded.check));
}

// Whether the checks before the one that refused were made: by the judge, that is, not by PostgreSQL alone. A
// line without a code tells it by the access key, which is known once a token was read.
bool was_judged(const Recorded& recorded) {
    if (recorded.allowed) return true;
    if (const auto code = refusal_code_named(recorded.code)) return row_of(*code).by == RefusedBy::judge;
    const bool needs_no_token = recorded.check == name_of(Check::transport) ||
                                recorded.check == name_of(Check::resource) ||
                                recorded.check == name_of(Check::token_form);
    return needs_no_token || !recorded.facts.access_key_id.empty();
}

// Of a check behind the one that refused.
void add_finding(Explanation& explanation, const CheckFinding& finding, const Facts& facts) {
    Step* step = step_of(explanation, finding.check);
    if (!finding.asked || step == nullptr || step->outcome != Outcome::not_reached) return;
    if (!finding.refusal) {
        step->outcome = Outcome::passed;
        step->detail = passed_text(finding.check, facts);
        return;
    }
    Recorded refused;
    refused.reason = finding.refusal->reason;
    refused.facts = facts;
    read_endpoints(refused, refused.facts);
    step->outcome = Outcome::failed;
    step->detail = finding.refusal->reason;
    step->hint = hint_for(finding.refusal->code, refused.facts);
}

bool asks_policies(const Explanation& explanation) {
    const auto found = std::ranges::find(explanation.steps, name_of(Check::policy), &Step::check);
    return found != explanation.steps.end() && found->outcome != Outcome::not_reached;
}

}  // namespace

std::string_view name_of(Outcome outcome) {
    constexpr std::array<std::string_view, 4> names = {"notReached", "failed", "assumed", "passed"};
    return names[static_cast<std::size_t>(outcome)];
}

Explanation explain(Recorded recorded) {
    Explanation explanation;
    explanation.allowed = recorded.allowed;
    explanation.reason = recorded.reason;
    explanation.principal_arn = recorded.facts.principal_arn;
    Outcome outcome = was_judged(recorded) ? Outcome::passed : Outcome::not_reached;
    const std::vector<Check> checks = checks_of_login();
    if (!recorded.allowed && std::ranges::find(checks, recorded.check,
                                               [](Check check) { return name_of(check); }) == checks.end()) {
        explanation.steps.push_back({recorded.check, Outcome::failed, recorded.reason});
        outcome = Outcome::not_reached;
    }
    for (const Check check : checks) {
        Step& step = explanation.steps.emplace_back();
        step.check = name_of(check);
        step.outcome = outcome;
        if (!recorded.allowed && recorded.check == name_of(check)) step.outcome = Outcome::failed;
        if (step.outcome == Outcome::passed) step.detail = passed_text(check, recorded.facts);
        if (step.outcome == Outcome::failed) step.detail = recorded.reason;
        if (step.outcome == Outcome::failed) outcome = Outcome::not_reached;
    }
    if (!recorded.decided_by.empty())
        say(explanation, Check::policy, fmt::format("{} allows it", recorded.decided_by));
    explanation.trail = std::move(recorded.trail);
    if (recorded.allowed) return explanation;
    read_endpoints(recorded, recorded.facts);
    explanation.hint = hint_for(code_of(recorded), recorded.facts);
    const auto trail = formats::parse_json(explanation.trail);
    const bool by_policy = recorded.check == name_of(Check::policy) && trail;
    if (by_policy) explanation.hint = text_in(*trail, "mend");
    const auto failed = std::ranges::find(explanation.steps, Outcome::failed, &Step::outcome);
    if (failed == explanation.steps.end()) return explanation;
    if (by_policy) failed->detail = text_in(*trail, "why");
    failed->hint = explanation.hint;
    return explanation;
}

Explanation explain(const Attempt& attempt, const Server& server, const KeyFacts& known, Instant now,
                    const std::string& revoke) {
    const Verdict verdict = judge(attempt, server, known, now);
    const Findings findings = examine(attempt, server, known, now);
    Recorded recorded;
    recorded.allowed = verdict.allowed();
    if (!verdict.allowed()) {
        recorded.check = name_of(verdict.failed());
        recorded.code = row_of(verdict.code()).name;
    }
    recorded.reason = verdict.reason();
    recorded.trail = verdict.trail();
    recorded.facts = facts_of(attempt, server, verdict);
    recorded.facts.revoke = revoke;
    Facts facts = recorded.facts;
    facts.access_key_id = findings.access_key_id;
    facts.principal_arn = findings.principal_arn;
    Explanation explanation = explain(std::move(recorded));
    explanation.principal_arn = findings.principal_arn;
    for (const CheckFinding& finding : findings.checks) add_finding(explanation, finding, facts);
    if (const auto* token = attempt.token.token(); token != nullptr)
        say_more_of_token(explanation, *token, now);
    if (!asks_policies(explanation)) return explanation;
    const Principal& principal = *known.record->principal;
    const PolicyTrail trail =
        explain_policies(principal.policies, connect_request(principal, server, attempt, now), server);
    say(explanation, Check::policy, trail.why);
    if (Step* step = step_of(explanation, Check::policy); step->outcome == Outcome::failed) {
        step->detail = trail.why;
        step->hint = trail.hint;
    }
    explanation.trail = trail.json();
    return explanation;
}

Explanation explain_principal(std::shared_ptr<const Principal> principal, const Attempt& without_token,
                              const Server& server, Instant now) {
    // A key for this one question, so that it is judge() that answers it.
    const sigv4::Credentials key{"LSIAXXXXXXXXXXXXXXXX", Secret("what if"), ""};
    const Endpoint endpoint = server.endpoints.empty() ? Endpoint{"localhost", 1} : server.endpoints.front();
    const std::string token =
        sigv4::make_token({endpoint.host, endpoint.port, server.region, without_token.user}, key, now);
    Attempt attempt = without_token;
    attempt.token = SentToken(token);
    Server asked = server;
    asked.endpoints = {endpoint};
    LoginRecord record;
    record.active = true;
    record.scope = {formats::basic_date(now), server.region, "rds-db"};
    record.signing_key = sigv4::derive_key(key.secret_access_key, record.scope);
    record.principal = std::move(principal);
    Explanation explanation = explain(attempt, asked, {&record}, now);
    for (const Check check :
         {Check::token_form, Check::token_user, Check::token_endpoint, Check::token_region, Check::token_time,
          Check::throttle, Check::key, Check::signature, Check::token_replay})
        assume(explanation, check, "assumed: a new token for this database and user");
    explanation.principal_arn = record.principal->arn;
    return explanation;
}

void assume(Explanation& explanation, Check check, std::string why) {
    Step* step = step_of(explanation, check);
    if (step == nullptr || step->outcome != Outcome::passed) return;
    step->outcome = Outcome::assumed;
    step->detail = std::move(why);
}

}  // namespace countersign::login
