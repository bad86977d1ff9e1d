#include "policy/keys.h"

#include <algorithm>

#include "base/text.h"
#include "policy/document.h"
#include "policy/explain.h"
#include "policy/glob.h"

namespace countersign::policy {

namespace {

constexpr Syntax spelled{.variables = true, .wildcards = false, .as_spelled = true};

const std::string* value_in(const Piece& spelled_variable, const Context& context) {
    const auto* values = values_of(spelled_variable.text, context);
    return values != nullptr && values->size() == 1 ? &values->front() : nullptr;
}

}  // namespace

void KeyNames::add(std::string_view key) {
    const bool known = std::ranges::any_of(
        names_, [key](const std::string& name) { return same(name, key, Case::ignored); });
    if (!known) names_.emplace_back(key);
}

void KeyNames::add_all(const std::vector<std::string>& keys) {
    for (const std::string& key : keys) add(key);
}

const std::vector<std::string>* values_of(std::string_view key, const Context& context) {
    const auto found = context.find(lower(key));
    return found == context.end() || found->second.empty() ? nullptr : &found->second;
}

void add_variables(std::string_view text, KeyNames& names) {
    for (const Piece& piece : pieces_of(text, spelled))
        if (piece.kind == Piece::Kind::variable) names.add(piece.text);
}

void add_variables_without_value(std::string_view text, const Context& context, KeyNames& names) {
    for (const Piece& piece : pieces_of(text, spelled)) {
        const bool is_variable = piece.kind == Piece::Kind::variable;
        if (is_variable && !piece.fallback && values_of(piece.text, context) == nullptr)
            names.add(piece.text);
    }
}

std::string with_values(std::string_view text, const Context& context) {
    std::string result;
    for (const Piece& piece : pieces_of(text, spelled)) {
        if (piece.kind != Piece::Kind::variable) {
            result += piece.text;
        } else if (const std::string* value = value_in(piece, context)) {
            result += *value;
        } else {
            result += piece.fallback ? *piece.fallback : "${" + piece.text + "}";
        }
    }
    return result;
}

const std::vector<std::string>& resources_of(const DraftStatement& statement) {
    static const std::vector<std::string> none;
    if (statement.not_resource) return *statement.not_resource;
    return statement.resource ? *statement.resource : none;
}

std::vector<std::string> context_keys(const Document& document) {
    KeyNames names;
    const auto draft = read_draft(document.text());
    if (!draft) return {};
    const bool variables = knows_variables(*draft);
    for (const DraftStatement& statement : draft->statements) {
        if (variables)
            for (const std::string& resource : resources_of(statement)) add_variables(resource, names);
        for (const DraftCondition& condition : statement.conditions) {
            names.add(condition.key);
            if (!variables) continue;
            for (const std::string& value : condition.values) add_variables(value, names);
        }
    }
    return std::move(names).take();
}

}  // namespace countersign::policy
