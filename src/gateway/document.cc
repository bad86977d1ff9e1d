#include "gateway/document.h"

#include <map>
#include <optional>

#include "base/text.h"
#include "gateway/document_parameters.h"

namespace countersign::gateway {

namespace {

namespace json = formats::json;

// A tree of the parameters' names.
struct Node {
    std::optional<std::string> text;
    std::map<std::string, Node> members;
};

bool is_list(const Node& node) {
    return node.members.size() == 1 && node.members.begin()->first == "member";
}

json::value value_of(const Node& node);

json::value list_of(const Node& items) {
    std::map<std::uint64_t, const Node*> ordered;
    for (const auto& [name, item] : items.members)
        if (const auto number = parse_number<std::uint64_t>(name)) ordered[*number] = &item;
    json::array list;
    for (const auto& [number, item] : ordered) list.push_back(value_of(*item));
    return list;
}

json::value value_of(const Node& node) {
    if (node.members.empty()) return json::string(node.text.value_or(""));
    if (is_list(node)) return list_of(node.members.begin()->second);
    json::object object;
    for (const auto& [name, member] : node.members) object[name] = value_of(member);
    return object;
}

}  // namespace

Result<Document> document_of(const json::value& object) {
    Document document;
    document.parameters = TRY(parameters_of_document(object));
    return document;
}

json::value json_of(const Document& document) {
    Node root;
    for (const auto& [name, text] : document.parameters) {
        Node* node = &root;
        if (!name.empty())
            for (const std::string_view part : split(name, '.')) node = &node->members[std::string(part)];
        node->text = text;
    }
    return value_of(root);
}

void write_document(AnswerWriter& answer, std::string_view name, const json::value& value) {
    if (value.is_object()) {
        answer.open_structure(name);
        for (const auto& member : value.get_object()) write_document(answer, member.key(), member.value());
        answer.close();
    } else if (value.is_array()) {
        answer.open_list(name);
        for (const json::value& item : value.get_array()) write_document(answer, "member", item);
        answer.close();
    } else if (value.is_string()) {
        answer.text(name, value.get_string());
    }
}

}  // namespace countersign::gateway
