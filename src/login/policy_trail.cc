#include "login/policy_trail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "policy/explanation_json.h"
#include "policy/why.h"

namespace countersign::login {

namespace {

namespace json = formats::json;
using policy::Kind;
using policy::Place;

constexpr std::size_t recorded_bytes_max = 16UL * 1024;

// Why a login lacks a condition key.
struct Absence {
    std::string_view key;  // lower case; one that ends with '/' stands for all that begin so
    std::string_view note;
};
constexpr std::string_view no_network =
    "logins carry no network keys unless the server runs with --connect-context full";
constexpr std::array<Absence, 8> absences{{
    {"aws:sourceip", no_network},
    {"aws:vpcsourceip", no_network},
    {"aws:sourcevpc", "no login carries it"},
    {"aws:sourcevpce", "no login carries it"},
    {"aws:principaltag/", "neither the principal nor its session has this tag"},
    {"aws:resourcetag/", "the database has no such tag"},
    {"aws:multifactorauthpresent", "only sessions carry it: get one with aws sts get-session-token"},
    {"aws:multifactorauthage", "the session was made without an MFA code"},
}};

std::string note_on(const std::string& key, const Server& server) {
    const std::string name = lower(key);
    const auto row = std::ranges::find_if(absences, [&](const Absence& absence) {
        return absence.key.ends_with('/') ? name.starts_with(absence.key) : name == absence.key;
    });
    if (row == absences.end()) return {};
    if (row->note == no_network && server.context == ConnectContext::full)
        return "the client's address is not known";
    return std::string(row->note);
}

void add_notes(policy::Explanation& explanation, const Server& server) {
    for (policy::KindTrail& kind : explanation.kinds)
        for (policy::PolicyTrail& policy : kind.policies)
            for (policy::StatementTrail& statement : policy.statements)
                for (policy::ConditionTrail& failed : statement.failed)
                    if (failed.missing) failed.note = note_on(failed.key, server);
}

std::string statement_to_add(const policy::Request& request) {
    return fmt::format(R"({{"Effect":"Allow","Action":"{}","Resource":"{}"}})", request.action,
                       json_escaped(request.resource));
}

std::string hint_on_denial(const policy::Explanation& explanation) {
    const Place place = policy::decider(explanation);
    if (place.statement == nullptr)
        return fmt::format("write {} anew: its document cannot be read", explanation.decision.by()->policy);
    std::string change =
        fmt::format("change or remove {}: an explicit deny wins over every allow", policy::words_for(place));
    if (place.kind->kind == Kind::guardrail) return change + "; it is a guardrail of the principal's account";
    if (place.kind->kind == Kind::session)
        return change + "; it came with the session, so make a session without it";
    return change;
}

// Where a statement that allows is missing.
std::string place_to_add(const policy::Request& request, const Place& near, Kind kind) {
    const bool one_policy = near.kind != nullptr && near.kind->policies.size() == 1;
    switch (kind) {
        case Kind::identity:
            return fmt::format("a policy of {}", request.principal_arn);
        case Kind::boundary:
            return fmt::format("the permissions boundary {}of {}",
                               one_policy ? near.kind->policies.front().policy + ' ' : "",
                               request.principal_arn);
        case Kind::session:
            return "the session policy that the session is made with, or make it without one";
        case Kind::guardrail:
            return fmt::format("a guardrail of account {} (countersign guardrail)", request.account);
        case Kind::resource:
            break;
    }
    return {};
}

std::string hint_on_condition(const Place& near, const Server& server) {
    const policy::ConditionTrail& failed = near.statement->failed.front();
    const std::string place = policy::words_for(near);
    if (failed.missing && note_on(failed.key, server) == no_network)
        return fmt::format(
            "run the server with --connect-context full, or take the condition on {} out of {}", failed.key,
            place);
    return fmt::format("meet the condition on {}, or change it in {}", failed.key, place);
}

std::string hint_of(const policy::Explanation& explanation, const policy::Request& request,
                    const Server& server) {
    if (explanation.decision.by()) return hint_on_denial(explanation);
    const Kind kind = explanation.decision.kind();
    if (kind == Kind::resource)
        return fmt::format("log in as a role of account {}, which the database belongs to",
                           request.resource_account);
    const Place near = policy::closest(explanation, request);
    const bool has_statement = near.statement != nullptr;
    if (has_statement && near.statement->outcome == policy::Outcome::condition_failed)
        return hint_on_condition(near, server);
    if (has_statement && near.statement->outcome == policy::Outcome::resource_differs &&
        !near.statement->missing_keys.empty())
        return fmt::format("give the principal {}, or change the resource in {}",
                           joined(near.statement->missing_keys, " and "), policy::words_for(near));
    return fmt::format("add {} to {}", statement_to_add(request), place_to_add(request, near, kind));
}

}  // namespace

std::string PolicyTrail::json() const {
    json::object object = policy::to_json(explanation);
    object["why"] = why;
    object["mend"] = hint;
    return json::serialize(object);
}

std::string PolicyTrail::recorded() const {
    PolicyTrail shorter = *this;
    for (policy::KindTrail& kind : shorter.explanation.kinds)
        for (policy::PolicyTrail& policy : kind.policies)
            std::erase_if(policy.statements, [](const policy::StatementTrail& statement) {
                return statement.outcome == policy::Outcome::action_differs;
            });
    std::string text = shorter.json();
    if (text.size() <= recorded_bytes_max) return text;
    shorter.explanation.kinds.clear();
    shorter.explanation.missing_keys.clear();
    return shorter.json();
}

PolicyTrail explain_policies(const policy::PolicySet& policies, const policy::Request& request,
                             const Server& server) {
    PolicyTrail trail;
    trail.explanation = policy::explain(policies, request);
    add_notes(trail.explanation, server);
    trail.why = policy::why(trail.explanation, request);
    if (!trail.explanation.decision.allowed()) trail.hint = hint_of(trail.explanation, request, server);
    return trail;
}

}  // namespace countersign::login
