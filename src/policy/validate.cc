#include "policy/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "policy/arn_pattern.h"
#include "policy/principals.h"
#include "policy/resource_rules.h"
#include "policy/values.h"

namespace countersign::policy {

namespace {

using CheckedTexts = std::vector<std::string>;
using OptionalCheckedTexts = std::optional<CheckedTexts> DraftStatement::*;

constexpr std::string_view legacy = "The policy failed legacy parsing";

Error legacy_error() {
    return malformed(std::string(legacy));
}

bool is_exact_effect(const DraftStatement& statement) {
    return statement.effect == "Allow" || statement.effect == "Deny";
}

bool has_bad_date(const DraftCondition& condition) {
    return compares_dates(condition.use) &&
           std::ranges::any_of(condition.values,
                               [](const std::string& value) { return !parse_moment(value); });
}

Result<void> check_effects_and_dates(const Draft& draft) {
    for (const DraftStatement& statement : draft.statements)
        if (!is_exact_effect(statement) || std::ranges::any_of(statement.conditions, has_bad_date))
            return legacy_error();
    return {};
}

// The fault that IAM reports last of all is found first here: of several wrong resources in a list the least,
// of several statements the last.
Result<void> check_resource_texts(const Draft& draft, OptionalCheckedTexts element,
                                  std::optional<std::string>& fault) {
    for (const DraftStatement& statement : draft.statements) {
        if (!(statement.*element)) continue;
        CheckedTexts resources = *(statement.*element);
        std::ranges::sort(resources, std::ranges::greater());
        for (const std::string& resource : resources)
            if (auto found = resource_fault(resource)) fault = std::move(found);
        if (!fault && std::ranges::any_of(resources, fails_legacy_parsing)) return legacy_error();
    }
    return {};
}

// An underscore, too, which IAM's sentence does not have: documents with it are known as accepted.
bool is_plain_sid(const DraftStatement& statement) {
    return std::ranges::all_of(statement.sid, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    });
}

// Of identity policies alone: those of resources may have other characters.
Result<void> check_plain_sids(const Draft& draft) {
    if (std::ranges::all_of(draft.statements, is_plain_sid)) return {};
    return malformed(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
        "[0-9A-Za-z]*");
}

Result<void> check_sids(const Draft& draft) {
    std::set<std::string_view> seen;
    for (const DraftStatement& statement : draft.statements)
        if (!statement.sid.empty() && !seen.insert(statement.sid).second)
            return malformed("Statement IDs (SID) in a single policy must be unique.");
    return {};
}

bool has_any(const std::optional<CheckedTexts>& element, const std::optional<CheckedTexts>& not_element) {
    return (element && !element->empty()) || (not_element && !not_element->empty());
}

bool has_actions(const DraftStatement& statement) {
    return has_any(statement.action, statement.not_action);
}

bool has_resources(const DraftStatement& statement) {
    return has_any(statement.resource, statement.not_resource);
}

bool names_resources(const DraftStatement& statement) {
    return statement.resource || statement.not_resource;
}

Result<void> check_action(std::string_view action) {
    if (action == "*") return {};
    const std::vector<std::string_view> parts = split(action, ':');
    if (parts.size() == 1)
        return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    if (parts.size() > 2) return malformed("Actions/Condition can contain only one colon.");
    const bool known_form = parts[0] == "*" || std::ranges::all_of(parts[0], [](char c) {
                                return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                                       (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
                            });
    if (!known_form) return malformed("Vendor " + std::string(parts[0]) + " is not valid");
    return {};
}

Result<void> check_actions(const Draft& draft, OptionalCheckedTexts element) {
    for (const DraftStatement& statement : draft.statements) {
        if (!(statement.*element)) continue;
        for (const std::string& action : *(statement.*element)) TRY(check_action(action));
    }
    return {};
}

Result<void> check_identity_style(const Draft& draft) {
    if (draft.version != "2012-10-17")
        return malformed("Policy document must be version 2012-10-17 or greater.");
    TRY(check_effects_and_dates(draft));
    std::optional<std::string> resource_fault_found;
    TRY(check_resource_texts(draft, &DraftStatement::resource, resource_fault_found));
    TRY(check_resource_texts(draft, &DraftStatement::not_resource, resource_fault_found));
    TRY(check_plain_sids(draft));
    TRY(check_sids(draft));
    if (!std::ranges::all_of(draft.statements, has_actions))
        return malformed("Policy statement must contain actions.");
    if (resource_fault_found) return malformed(*std::move(resource_fault_found));
    TRY(check_actions(draft, &DraftStatement::action));
    TRY(check_actions(draft, &DraftStatement::not_action));
    if (!std::ranges::all_of(draft.statements, has_resources))
        return malformed("Policy statement must contain resources.");
    return {};
}

bool is_sts_action(const std::string& action) {
    return lower(action).starts_with("sts:");
}

Result<void> check_trust_style(const Draft& draft) {
    TRY(check_effects_and_dates(draft));
    if (std::ranges::any_of(draft.statements, names_resources))
        return malformed("Has prohibited field Resource");
    TRY(check_sids(draft));
    if (!std::ranges::all_of(draft.statements, has_actions))
        return malformed("Policy statement must contain actions.");
    TRY(check_actions(draft, &DraftStatement::action));
    TRY(check_actions(draft, &DraftStatement::not_action));
    for (const DraftStatement& statement : draft.statements)
        if (!statement.action || !std::ranges::all_of(*statement.action, is_sts_action))
            return malformed("AssumeRole policy may only specify STS AssumeRole actions");
    if (std::ranges::any_of(draft.statements, &DraftStatement::bare_star))
        return malformed(R"(AssumeRolepolicy contained an invalid principal: "STAR":"*".)");
    return {};
}

Result<void> check_principals(const DraftPrincipals& principals) {
    if (principals.empty()) return malformed("Missing required field Principal");
    for (const auto& [type, name] : principals)
        if (!PrincipalPattern::parse(type, name))
            return malformed(fmt::format(R"(Invalid principal in policy: "{}":"{}")", type, name));
    return {};
}

Result<void> check_speakers(const DraftStatement& statement, Form form) {
    const bool named = statement.principal || statement.not_principal;
    if (form == Form::identity && named) return malformed("Policy document should not specify a principal.");
    if (form != Form::identity && !named) return malformed("Missing required field Principal");
    // Allowing everybody but a few is never meant: an unknown caller would be let in.
    if (statement.not_principal && statement.effect == "Allow")
        return malformed("NotPrincipal cannot be used with Effect Allow");
    if (statement.principal) TRY(check_principals(*statement.principal));
    if (statement.not_principal) TRY(check_principals(*statement.not_principal));
    return {};
}

bool has_misplaced_variable(const std::optional<CheckedTexts>& resources) {
    return resources && std::ranges::any_of(*resources, has_early_variable);
}

}  // namespace

Result<void> check_meaning(const Draft& draft, Form form) {
    const bool variables = knows_variables(draft);
    for (const DraftStatement& statement : draft.statements) {
        if (!is_exact_effect(statement)) return legacy_error();
        TRY(check_speakers(statement, form));
        if (!has_actions(statement)) return malformed("Policy statement must contain actions.");
        const bool needs_resources = form == Form::identity || names_resources(statement);
        if (needs_resources && !has_resources(statement))
            return malformed("Policy statement must contain resources.");
        if (variables &&
            (has_misplaced_variable(statement.resource) || has_misplaced_variable(statement.not_resource)))
            return legacy_error();
    }
    return {};
}

Result<void> check_style(const Draft& draft, Form form) {
    if (draft.statements.empty()) return malformed("Syntax errors in policy.");
    return form == Form::identity ? check_identity_style(draft) : check_trust_style(draft);
}

}  // namespace countersign::policy
