#include "policy/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <compare>
#include <tuple>

#include "base/text.h"
#include "policy/sentence.h"

namespace countersign::policy {

namespace {

constexpr std::size_t values_shown_max = 3;
constexpr std::size_t value_bytes_max = 160;  // an ARN of usual length fits

std::string shown(std::string_view value) {
    return value.empty() ? "\"\"" : printable(value, value_bytes_max);
}

// "a", "a or b", "a, b or c", "a, b, c or 4 more".
std::string listed(std::vector<std::string> values, std::string_view last_word) {
    if (values.size() > values_shown_max) {
        const std::size_t more = values.size() - values_shown_max;
        values.resize(values_shown_max);
        values.push_back(fmt::format("{} more", more));
    }
    if (values.empty()) return "nothing";
    const std::string last = values.back();
    values.pop_back();
    return values.empty() ? last : fmt::format("{} {} {}", joined(values, ", "), last_word, last);
}

std::string listed_values(const std::vector<std::string>& values, std::string_view last_word) {
    std::vector<std::string> texts;
    texts.reserve(values.size());
    for (const std::string& value : values) texts.push_back(shown(value));
    return listed(std::move(texts), last_word);
}

// As written, with what the variables stand for here.
std::string wanted_text(const ConditionTrail& failed) {
    std::vector<std::string> texts;
    for (std::size_t index = 0; index < failed.wanted.size(); ++index) {
        const std::string& written = failed.wanted[index];
        const std::string& meant = failed.meant[index];
        texts.push_back(meant == written ? shown(written)
                                         : fmt::format("{} ({})", shown(written), shown(meant)));
    }
    return listed(std::move(texts), "or");
}

// What an operator asks of a value, as the end of "… must be" or "… must not be".
struct OperatorWords {
    std::string_view name;
    std::string_view words;
};
constexpr std::array<OperatorWords, 13> operator_words{{
    {"Like", "like "},
    {"IpAddress", "in "},
    {"NumericLessThanEquals", "at most "},
    {"NumericLessThan", "less than "},
    {"NumericGreaterThanEquals", "at least "},
    {"NumericGreaterThan", "greater than "},
    {"DateLessThanEquals", "no later than "},
    {"DateLessThan", "before "},
    {"DateGreaterThanEquals", "no earlier than "},
    {"DateGreaterThan", "after "},
    {"IgnoreCase", "(in any case) "},
    {"Arn", "like "},
    {"", ""},
}};

std::string_view words_of_operator(std::string_view operation) {
    return std::ranges::find_if(
               operator_words,
               [&](const OperatorWords& row) { return operation.find(row.name) != operation.npos; })
        ->words;
}

std::string demand_text(const ConditionTrail& failed) {
    const std::string key = shown(failed.key);
    const std::string_view operation = failed.operation;
    if (operation.starts_with("Null"))
        return fmt::format("{} must be {}", key, failed.missing ? "there" : "absent");
    const std::string_view whose = operation.starts_with("ForAllValues:")  ? "every value of "
                                   : operation.starts_with("ForAnyValue:") ? "one value of "
                                                                           : "";
    const bool negated = operation.find("Not") != operation.npos;
    return fmt::format("{}{} must {}be {}{}", whose, key, negated ? "not " : "", words_of_operator(operation),
                       wanted_text(failed));
}

// A statement that would have allowed.
struct NearMiss {
    Place place;
    std::size_t alike = 0;  // characters that its resource and the request's begin with
};

std::size_t alike(const StatementTrail& statement, std::string_view resource) {
    std::size_t most = 0;
    for (const std::string& named : statement.resources) {
        const auto differing = std::mismatch(named.begin(), named.end(), resource.begin(), resource.end());
        most = std::max(most, static_cast<std::size_t>(differing.first - named.begin()));
    }
    return most;
}

bool is_closer(const NearMiss& one, const NearMiss& other) {
    if (other.place.statement == nullptr) return true;
    const auto rank = [](const NearMiss& miss) {
        const StatementTrail& statement = *miss.place.statement;
        return std::make_tuple(statement.outcome, -static_cast<std::ptrdiff_t>(statement.failed.size()),
                               miss.alike);
    };
    return rank(one) > rank(other);
}

// With its unique id, which tells it from another that had the same name before.
std::string caller_text(const Request& request) {
    const std::string arn = shown(request.principal_arn);
    return request.principal_id.empty() ? arn : fmt::format("{} ({})", arn, shown(request.principal_id));
}

std::string obstacle_text(const StatementTrail& statement, const Request& request) {
    if (statement.outcome == Outcome::principal_differs)
        return fmt::format("it speaks of {}{}, not of {}", statement.all_but_principals ? "all but " : "",
                           listed_values(statement.principals, "and"), caller_text(request));
    if (statement.outcome == Outcome::condition_failed) {
        const std::size_t more = statement.failed.size() - 1;
        const std::string others =
            more == 0 ? std::string() : fmt::format("; {} more of its conditions fail", more);
        return condition_words(statement.failed.front()) + others;
    }
    if (!statement.missing_keys.empty())
        return fmt::format("its resource needs {}, which the request does not have",
                           listed_values(statement.missing_keys, "and"));
    return fmt::format("it speaks of {}{}, not of {}", statement.all_but_resources ? "all but " : "",
                       listed_values(statement.resources, "and"), shown(request.resource));
}

std::string refusal_text(const Explanation& explanation, const Request& request) {
    const Kind kind = explanation.decision.kind();
    const Place near = closest(explanation, request);
    const std::string level =
        near.kind != nullptr && near.kind->level > 0 ? fmt::format(" of level {}", near.kind->level) : "";
    std::string lacking =
        fmt::format("no {}{} allows {}", policy_words(kind, request.action), level, shown(request.action));
    if (near.statement == nullptr || near.statement->outcome == Outcome::action_differs) return lacking;
    const std::string obstacle =
        fmt::format("{}, would allow it, but {}", words_for(near), obstacle_text(*near.statement, request));
    return kind == Kind::identity ? obstacle : fmt::format("{}: {}", lacking, obstacle);
}

}  // namespace

std::string condition_words(const ConditionTrail& condition) {
    const std::string found = condition.missing ? "absent" : listed_values(condition.seen, "and");
    const std::string note = condition.note.empty() ? std::string() : ": " + condition.note;
    return fmt::format("{}; it is {}{}", demand_text(condition), found, note);
}

std::string words_for(const Place& place) {
    const StatementTrail& statement = *place.statement;
    const std::string name =
        statement.sid.empty() ? std::string() : fmt::format(" ({})", shown(statement.sid));
    return fmt::format("statement {}{} of {}, line {}", statement.number, name, shown(place.policy->policy),
                       statement.span.line);
}

Place decider(const Explanation& explanation) {
    const auto& by = explanation.decision.by();
    if (!by || by->statement == 0) return {};
    for (const KindTrail& kind : explanation.kinds)
        for (const PolicyTrail& policy : kind.policies)
            if (kind.kind == by->kind && policy.policy == by->policy &&
                by->statement <= policy.statements.size())
                return {&kind, &policy, &policy.statements[by->statement - 1]};
    return {};
}

// Only among the policies that refuse: what others allow does not help.
Place closest(const Explanation& explanation, const Request& request) {
    NearMiss best;
    for (const KindTrail& kind : explanation.kinds) {
        if (kind.kind != explanation.decision.kind() || kind.effect == Effect::allowed) continue;
        if (best.place.kind == nullptr) best.place.kind = &kind;
        for (const PolicyTrail& policy : kind.policies)
            for (const StatementTrail& statement : policy.statements) {
                const NearMiss miss{{&kind, &policy, &statement}, alike(statement, request.resource)};
                if (statement.allows && is_closer(miss, best)) best = miss;
            }
    }
    return best.place;
}

std::string why(const Explanation& explanation, const Request& request) {
    const auto& by = explanation.decision.by();
    if (!by) return refusal_text(explanation, request);
    const Place place = decider(explanation);
    if (place.statement == nullptr) return fmt::format("{} cannot be read, and so denies", shown(by->policy));
    return fmt::format("{}, {} it", words_for(place), explanation.decision.allowed() ? "allows" : "denies");
}

}  // namespace countersign::policy
