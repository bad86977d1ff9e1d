#include "services/cloudformation/types/parts.h"

#include <algorithm>
#include <map>

#include "services/cloudformation/template/evaluate.h"

namespace countersign::cloudformation {

std::string text_in(const json::object& object, std::string_view name) {
    const json::value* found = object.if_contains(name);
    return found == nullptr || found->is_null() ? std::string() : scalar_text(*found);
}

std::vector<std::string> texts_in(const json::object& object, std::string_view name) {
    std::vector<std::string> texts;
    const json::value* found = object.if_contains(name);
    if (found == nullptr) return texts;
    if (const json::array* items = found->if_array())
        for (const json::value& item : *items) texts.push_back(scalar_text(item));
    return texts;
}

bool flag_in(const json::object& object, std::string_view name) {
    return text_in(object, name) == "true";
}

std::string document_in(const json::object& object, std::string_view name) {
    const json::value* found = object.if_contains(name);
    if (found == nullptr) return {};
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

const json::value* at_path(const json::object& object, std::initializer_list<std::string_view> path) {
    const json::object* inside = &object;
    const json::value* found = nullptr;
    for (const std::string_view name : path) {
        found = inside != nullptr ? inside->if_contains(name) : nullptr;
        if (found != nullptr && found->is_array() && !found->get_array().empty())
            found = &found->get_array()[0];
        inside = found != nullptr ? found->if_object() : nullptr;
    }
    return found;
}

std::string text_at(const json::object& object, std::initializer_list<std::string_view> path) {
    const json::value* found = at_path(object, path);
    return found == nullptr || found->is_null() ? std::string() : scalar_text(*found);
}

bool changed(const Job& job, std::string_view property) {
    const json::value* left = job.before.if_contains(property);
    const json::value* right = job.properties.if_contains(property);
    if (left == nullptr || right == nullptr) return left != right;
    return *left != *right;
}

void copy(const json::object& from, std::initializer_list<std::string_view> names, json::object& to) {
    for (const std::string_view name : names)
        if (const json::value* found = from.if_contains(name)) to[name] = *found;
}

bool says_missing(const Error& error) {
    const std::string_view code = error.code;
    return code.ends_with("NotFound") || code.ends_with("NotFoundFault") || code == "NoSuchEntity";
}

bool says_exists(const Error& error) {
    const std::string_view code = error.code;
    return code.ends_with("AlreadyExists") || code.ends_with("AlreadyExistsFault") ||
           code.ends_with(".Duplicate");
}

Result<void> unless_missing(Result<json::object> answer) {
    if (answer || says_missing(answer.error())) return {};
    return std::move(answer).error();
}

Result<void> unless_made(const Job& job, Result<json::object> answer) {
    if (answer || (job.resumed && says_exists(answer.error()))) return {};
    return std::move(answer).error();
}

Result<bool> is_there(Result<json::object> answer) {
    if (answer) return true;
    if (says_missing(answer.error())) return false;
    return std::move(answer).error();
}

Result<void> sync_items(const Job& job, const Owner& owner, const ItemPart& part) {
    const std::vector<std::string> now = texts_in(job.properties, part.property);
    const std::vector<std::string> then = texts_in(job.before, part.property);
    const auto among = [](const std::vector<std::string>& all, const std::string& one) {
        return std::ranges::find(all, one) != all.end();
    };
    for (const std::string& item : now)
        if (!among(then, item))
            TRY(job.api.call(owner.service, part.add, {{owner.member, owner.value}, {part.member, item}}));
    for (const std::string& item : then)
        if (!among(now, item))
            TRY(unless_missing(job.api.call(owner.service, part.remove,
                                            {{owner.member, owner.value}, {part.member, item}})));
    return {};
}

namespace {

std::map<std::string, std::string> inline_policies(const json::object& properties) {
    std::map<std::string, std::string> policies;
    const json::value* found = properties.if_contains("Policies");
    if (found == nullptr || !found->is_array()) return policies;
    for (const json::value& item : found->get_array())
        if (const json::object* policy = item.if_object())
            policies[text_in(*policy, "PolicyName")] = document_in(*policy, "PolicyDocument");
    return policies;
}

std::map<std::string, std::string> tags_in(const json::object& properties) {
    std::map<std::string, std::string> tags;
    const json::value* found = properties.if_contains("Tags");
    if (found == nullptr || !found->is_array()) return tags;
    for (const json::value& item : found->get_array())
        if (const json::object* tag = item.if_object()) tags[text_in(*tag, "Key")] = text_in(*tag, "Value");
    return tags;
}

}  // namespace

Result<void> sync_inline(const Job& job, const Owner& owner, std::string_view kind) {
    const std::string put = "Put" + std::string(kind) + "Policy";
    const std::string erase = "Delete" + std::string(kind) + "Policy";
    const auto now = inline_policies(job.properties);
    const auto then = inline_policies(job.before);
    for (const auto& [name, document] : now) {
        const auto old = then.find(name);
        if (old != then.end() && old->second == document) continue;
        TRY(job.api.call(owner.service, put,
                         {{owner.member, owner.value}, {"PolicyName", name}, {"PolicyDocument", document}}));
    }
    for (const auto& [name, document] : then)
        if (!now.contains(name))
            TRY(unless_missing(
                job.api.call(owner.service, erase, {{owner.member, owner.value}, {"PolicyName", name}})));
    return {};
}

Result<void> sync_tags(const Job& job, const Owner& owner, std::string_view tag, std::string_view untag) {
    const auto now = tags_in(job.properties);
    const auto then = tags_in(job.before);
    json::array added;
    json::array removed;
    for (const auto& [key, value] : now) {
        const auto old = then.find(key);
        if (old == then.end() || old->second != value)
            added.push_back(json::object{{"Key", key}, {"Value", value}});
    }
    for (const auto& [key, value] : then)
        if (!now.contains(key)) removed.emplace_back(key);
    if (!added.empty())
        TRY(job.api.call(owner.service, tag, {{owner.member, owner.value}, {"Tags", std::move(added)}}));
    if (!removed.empty())
        TRY(job.api.call(owner.service, untag,
                         {{owner.member, owner.value}, {"TagKeys", std::move(removed)}}));
    return {};
}

Job without_properties(const Job& job, const json::object& nothing) {
    Job bare{job.api, nothing, job.properties, job.name, job.physical};
    return bare;
}

}  // namespace countersign::cloudformation
