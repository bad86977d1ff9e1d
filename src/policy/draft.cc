#include "policy/draft.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "formats/json.h"

namespace countersign::policy {

namespace {

namespace json = formats::json;
using DraftTexts = std::vector<std::string>;

std::string text_of(const json::value& value) {
    return std::string(std::string_view(value.get_string()));
}

bool read_text(const json::value& value, std::string& into) {
    if (!value.is_string()) return false;
    into = text_of(value);
    return true;
}

// A text or a list of texts.
bool read_texts(const json::value& value, std::optional<DraftTexts>& into) {
    DraftTexts& texts = into.emplace();
    if (value.is_string()) {
        texts.push_back(text_of(value));
        return true;
    }
    if (!value.is_array()) return false;
    for (const json::value& item : value.get_array())
        if (!read_text(item, texts.emplace_back())) return false;
    return true;
}

// As texts, but IAM passes over a null in a list of resources: it names nothing.
bool read_resources(const json::value& value, std::optional<DraftTexts>& into) {
    if (!value.is_array()) return read_texts(value, into);
    json::array named;
    for (const json::value& item : value.get_array())
        if (!item.is_null()) named.push_back(item);
    if (named.empty() && !value.get_array().empty()) return false;
    return read_texts(named, into);
}

// Without an exponent, which no operator compares.
std::string decimal_text(double number) {
    std::array<char, 512> digits{};
    const auto written =
        std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
    return std::string(digits.data(), written.ptr);
}

// A condition's value may also be written as a number or a truth value.
bool read_scalar(const json::value& value, std::string& into) {
    if (value.is_string()) return read_text(value, into);
    if (!value.is_bool() && !value.is_number()) return false;
    into = value.is_double() ? decimal_text(value.get_double()) : json::serialize(value);
    return true;
}

bool read_scalars(const json::value& value, DraftTexts& into) {
    if (!value.is_array()) return read_scalar(value, into.emplace_back());
    return std::ranges::all_of(
        value.get_array(), [&](const json::value& item) { return read_scalar(item, into.emplace_back()); });
}

bool read_conditions(const json::value& value, std::vector<DraftCondition>& into) {
    if (!value.is_object()) return false;
    for (const auto& entry : value.get_object()) {
        if (!entry.value().is_object()) return false;
        const json::object& keys = entry.value().get_object();
        if (keys.empty()) continue;  // IAM accepts even an unknown operator that compares nothing
        const auto use = find_operator(entry.key());
        if (!use) return false;
        for (const auto& key : keys) {
            DraftCondition& condition = into.emplace_back(DraftCondition{*use, std::string(key.key()), {}});
            if (!read_scalars(key.value(), condition.values)) return false;
        }
    }
    return true;
}

bool read_principals(const json::value& value, std::optional<DraftPrincipals>& into) {
    DraftPrincipals& principals = into.emplace();
    if (value.is_string()) {
        principals.emplace_back("AWS", text_of(value));
        return value.get_string() == "*";
    }
    if (!value.is_object()) return false;
    for (const auto& type : value.get_object()) {
        std::optional<DraftTexts> names;
        if (!read_texts(type.value(), names)) return false;
        for (std::string& name : *names) principals.emplace_back(std::string(type.key()), std::move(name));
    }
    return true;
}

struct Element {
    std::string_view name;
    bool (*read)(const json::value& value, DraftStatement& into);
};
using Value = const json::value&;
constexpr std::array elements{
    Element{"Sid", [](Value value, DraftStatement& into) { return read_text(value, into.sid); }},
    Element{"Effect", [](Value value, DraftStatement& into) { return read_text(value, into.effect); }},
    Element{"Principal",
            [](Value value, DraftStatement& into) {
                into.bare_star = value.is_string();
                return read_principals(value, into.principal);
            }},
    Element{"NotPrincipal",
            [](Value value, DraftStatement& into) { return read_principals(value, into.not_principal); }},
    Element{"Action", [](Value value, DraftStatement& into) { return read_texts(value, into.action); }},
    Element{"NotAction",
            [](Value value, DraftStatement& into) { return read_texts(value, into.not_action); }},
    Element{"Resource",
            [](Value value, DraftStatement& into) { return read_resources(value, into.resource); }},
    Element{"NotResource",
            [](Value value, DraftStatement& into) { return read_texts(value, into.not_resource); }},
    Element{"Condition",
            [](Value value, DraftStatement& into) { return read_conditions(value, into.conditions); }},
};

bool is_effect(std::string_view effect) {
    const std::string word = lower(effect);
    return word == "allow" || word == "deny";
}

bool read_statement(const json::value& value, DraftStatement& into) {
    if (!value.is_object()) return false;
    for (const auto& member : value.get_object()) {
        const auto element = std::ranges::find(elements, std::string_view(member.key()), &Element::name);
        if (element == elements.end() || !element->read(member.value(), into)) return false;
    }
    const bool contradicts = (into.action && into.not_action) || (into.resource && into.not_resource) ||
                             (into.principal && into.not_principal);
    return is_effect(into.effect) && !contradicts;
}

bool read_statements(const json::value& value, std::vector<DraftStatement>& into) {
    if (!value.is_array()) return read_statement(value, into.emplace_back());
    return std::ranges::all_of(value.get_array(), [&](const json::value& statement) {
        return read_statement(statement, into.emplace_back());
    });
}

bool is_version(std::string_view version) {
    return version == "2008-10-17" || version == "2012-10-17";
}

bool read_document(const json::value& value, Draft& into) {
    if (!value.is_object()) return false;
    bool has_statement = false;
    for (const auto& member : value.get_object()) {
        const std::string_view name = member.key();
        std::string id;
        bool fits = false;
        if (name == "Version") fits = read_text(member.value(), into.version) && is_version(into.version);
        if (name == "Id") fits = read_text(member.value(), id);
        if (name == "Statement") fits = has_statement = read_statements(member.value(), into.statements);
        if (!fits) return false;
    }
    return has_statement;
}

}  // namespace

Error malformed(std::string message) {
    return {Fault::invalid, std::move(message), "MalformedPolicyDocument"};
}

Result<Draft> read_draft(std::string_view text) {
    const auto parsed = formats::parse_json(text);
    Draft draft;
    if (!parsed || !read_document(*parsed, draft)) return malformed("Syntax errors in policy.");
    return draft;
}

}  // namespace countersign::policy
