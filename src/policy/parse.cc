#include "formats/json.h"
#include "policy/document.h"
#include "policy/draft.h"
#include "policy/policy.h"
#include "policy/validate.h"

namespace countersign::policy {

namespace {

using ParsedTexts = std::optional<std::vector<std::string>>;

Scope<Pattern> compile_actions(const DraftStatement& draft) {
    Scope<Pattern> scope;
    scope.negated = draft.not_action.has_value();
    const ParsedTexts& actions = scope.negated ? draft.not_action : draft.action;
    for (const std::string& action : *actions)
        scope.items.emplace_back(action, Syntax{.variables = false, .wildcards = true}, Case::ignored);
    return scope;
}

std::optional<Scope<ArnPattern>> compile_resources(const DraftStatement& draft, bool variables) {
    const ParsedTexts& resources = draft.not_resource ? draft.not_resource : draft.resource;
    if (!resources) return std::nullopt;
    Scope<ArnPattern> scope;
    scope.negated = draft.not_resource.has_value();
    for (const std::string& resource : *resources)
        scope.items.emplace_back(resource, variables, ArnPattern::Short::completed);
    return scope;
}

std::optional<Scope<PrincipalPattern>> compile_principals(const DraftStatement& draft, Form form) {
    const auto& principals = draft.not_principal ? draft.not_principal : draft.principal;
    if (!principals) return std::nullopt;
    Scope<PrincipalPattern> scope;
    scope.negated = draft.not_principal.has_value();
    for (const auto& [type, name] : *principals) {
        if (form == Form::bound && has_unique_id(name)) continue;
        scope.items.push_back(*PrincipalPattern::parse(type, name));
    }
    return scope;
}

Statement compile(const DraftStatement& draft, Form form, bool variables) {
    Statement statement;
    statement.sid = draft.sid;
    statement.allows = draft.effect == "Allow";
    statement.actions = compile_actions(draft);
    statement.resources = compile_resources(draft, variables);
    statement.principals = compile_principals(draft, form);
    for (const DraftCondition& condition : draft.conditions)
        statement.conditions.emplace_back(condition.use, condition.key, condition.values, variables);
    return statement;
}

// Only a draft that check_meaning() accepted comes here.
std::shared_ptr<const Document> compile(const Draft& draft, Form form, std::string_view text) {
    const bool variables = knows_variables(draft);
    std::vector<Statement> statements;
    statements.reserve(draft.statements.size());
    for (const DraftStatement& statement : draft.statements)
        statements.push_back(compile(statement, form, variables));
    return std::make_shared<const Document>(std::string(text), std::move(statements));
}

}  // namespace

Result<std::shared_ptr<const Document>> parse(std::string_view text, Form form) {
    if (form == Form::resource && !formats::parse_json(text))
        return malformed("This policy contains invalid Json");
    const Draft draft = TRY(read_draft(text));
    TRY(check_style(draft, form));
    TRY(check_meaning(draft, form));
    return compile(draft, form, text);
}

Result<std::shared_ptr<const Document>> parse_lenient(std::string_view text, Form form) {
    const Draft draft = TRY(read_draft(text));
    TRY(check_meaning(draft, form));
    return compile(draft, form, text);
}

}  // namespace countersign::policy
