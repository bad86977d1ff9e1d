#include "cli/api_answers.h"

#include <fmt/format.h>

namespace countersign::cli {

Result<pugi::xml_document> ask(const CommandLine& line, std::string_view action,
                               formats::Parameters parameters) {
    const client::ApiTarget target = TRY(client::find_target(line.data_dir, client::process_environment()));
    std::erase_if(parameters, [](const formats::Parameter& given) { return given.second.empty(); });
    return client::ApiClient(target).call(client::Api::countersign, action, parameters);
}

formats::json::object texts_of(const pugi::xml_node& node) {
    formats::json::object object;
    for (const pugi::xml_node child : node.children()) object[child.name()] = child.child_value();
    return object;
}

formats::json::array members_of(const pugi::xml_document& answer, const char* list) {
    formats::json::array members;
    for (const pugi::xpath_node found : answer.select_nodes(fmt::format("//{}/member", list).c_str()))
        members.push_back(texts_of(found.node()));
    return members;
}

}  // namespace countersign::cli
