// Asking Countersign's own API, and its lists as JSON.
#pragma once

#include <string>
#include <string_view>

#include "cli/command_line.h"
#include "client/api_client.h"
#include "formats/json.h"

namespace countersign::cli {

// Of the server that the command line or the environment names. Parameters without a value are not sent.
Result<pugi::xml_document> ask(const CommandLine& line, std::string_view action,
                               formats::Parameters parameters);

// The children of a node as a JSON object of texts; the members of a list as an array of those.
formats::json::object texts_of(const pugi::xml_node& node);
formats::json::array members_of(const pugi::xml_document& answer, const char* list);

}  // namespace countersign::cli
