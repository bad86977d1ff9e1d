#include "policy/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <tuple>

#include "base/text.h"
#include "policy/sentence.h"

namespace countersign::policy {

namespace {

constexpr std::size_t values_shown_max = 3;
constexpr std::size_t value_bytes_max = 160;  // an ARN of usual length fits

// Values come from outside: escaped, and cut between two characters.
std::string shown(std::string_view value) {
    std::string text = json_escaped(value);
    if (text.empty()) return "\"\"";
    if (text.size() <= value_bytes_max) return text;
    std::size_t end = value_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end) + "…";
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
std::string wanted_text(const FailedCondition& failed) {
    std::vector<std::string> texts;
    for (std::size_t index = 0; index < failed.wanted.size(); ++index) {
        const std::string& written = failed.wanted[index];
        const std::string& meant = failed.meant[index];
        texts.push_back(meant == written ? shown(written)
                                         : fmt::format("{} ({})", shown(written), shown(meant)));
    }
    if (failed.operation == "Null") return failed.missing ? "any value" : "it to be absent";
    const bool negated = failed.operation.find("Not") != std::string::npos;
    return negated ? "anything but " + listed(std::move(texts), "and") : listed(std::move(texts), "or");
}

std::string condition_text(const FailedCondition& failed) {
    const std::string key = shown(failed.key);
    const std::string begin =
        fmt::format("its condition {} {} wants {}", failed.operation, key, wanted_text(failed));
    return failed.missing ? fmt::format("{}, and the request has no {}", begin, key)
                          : fmt::format("{} and saw {}", begin, listed_values(failed.seen, "and"));
}

std::string place_text(std::size_t number, std::string_view sid, std::string_view policy) {
    const std::string name = sid.empty() ? std::string() : fmt::format(" ({})", shown(sid));
    return fmt::format("statement {}{} of {}", number, name, shown(policy));
}

// A statement that would have allowed.
struct NearMiss {
    const KindTrail* kind = nullptr;
    const PolicyTrail* policy = nullptr;
    const StatementTrail* statement = nullptr;
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
    if (other.statement == nullptr) return true;
    const auto rank = [](const NearMiss& miss) {
        return std::make_tuple(miss.statement->outcome,
                               -static_cast<std::ptrdiff_t>(miss.statement->failed.size()), miss.alike);
    };
    return rank(one) > rank(other);
}

// Only among the policies that refuse: what others allow does not help.
NearMiss closest(const Explanation& explanation, const Request& request) {
    NearMiss best;
    for (const KindTrail& kind : explanation.kinds) {
        if (kind.kind != explanation.decision.kind() || kind.effect == Effect::allowed) continue;
        if (best.kind == nullptr) best.kind = &kind;
        for (const PolicyTrail& policy : kind.policies)
            for (const StatementTrail& statement : policy.statements) {
                const NearMiss miss{&kind, &policy, &statement, alike(statement, request.resource)};
                if (statement.allows && is_closer(miss, best)) best = miss;
            }
    }
    return best;
}

std::string obstacle_text(const StatementTrail& statement, const Request& request) {
    if (statement.outcome == Outcome::principal_differs)
        return fmt::format("it does not speak of {}", shown(request.principal_arn));
    if (statement.outcome == Outcome::condition_failed) {
        const std::size_t more = statement.failed.size() - 1;
        const std::string others =
            more == 0 ? std::string() : fmt::format("; {} more of its conditions fail", more);
        return condition_text(statement.failed.front()) + others;
    }
    if (!statement.missing_keys.empty())
        return fmt::format("its resource needs {}, which the request does not have",
                           listed_values(statement.missing_keys, "and"));
    return fmt::format("it speaks of {}{}, not of {}", statement.all_but_resources ? "all but " : "",
                       listed_values(statement.resources, "and"), shown(request.resource));
}

std::string refusal_text(const Explanation& explanation, const Request& request) {
    const Kind kind = explanation.decision.kind();
    const NearMiss miss = closest(explanation, request);
    const std::string level =
        miss.kind != nullptr && miss.kind->level > 0 ? fmt::format(" of level {}", miss.kind->level) : "";
    std::string lacking =
        fmt::format("no {}{} allows {}", policy_words(kind, request.action), level, shown(request.action));
    if (miss.statement == nullptr || miss.statement->outcome == Outcome::action_differs) return lacking;
    const std::string near =
        fmt::format("{} would allow it, but {}",
                    place_text(miss.statement->number, miss.statement->sid, miss.policy->policy),
                    obstacle_text(*miss.statement, request));
    return kind == Kind::identity ? near : fmt::format("{}: {}", lacking, near);
}

}  // namespace

std::string why(const Explanation& explanation, const Request& request) {
    const auto& by = explanation.decision.by();
    if (!by) return refusal_text(explanation, request);
    if (by->statement == 0) return fmt::format("{} cannot be read, and so denies", shown(by->policy));
    return fmt::format("{} {} it", place_text(by->statement, by->sid, by->policy),
                       explanation.decision.allowed() ? "allows" : "denies");
}

}  // namespace countersign::policy
