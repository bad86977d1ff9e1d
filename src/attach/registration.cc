#include "attach/registration.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace countersign::attach {

namespace {

std::string text_at(const pugi::xml_document& answer, const char* path) {
    return answer.select_node(path).node().child_value();
}

Registration read(const pugi::xml_document& answer, const std::string& region) {
    Registration found;
    found.region = region;
    found.name = text_at(answer, "//AttachedDBInstance/DBInstanceIdentifier");
    found.resource_id = text_at(answer, "//AttachedDBInstance/DbiResourceId");
    found.arn = text_at(answer, "//AttachedDBInstance/DBInstanceArn");
    found.host = text_at(answer, "//AttachedDBInstance/Host");
    found.port = parse_number<std::uint16_t>(text_at(answer, "//AttachedDBInstance/Port")).value_or(0);
    found.agent = text_at(answer, "//AttachedDBInstance/Agent");
    found.agent_socket = text_at(answer, "//AttachedDBInstance/AgentSocket");
    found.data_directory = text_at(answer, "//AttachedDBInstance/DataDirectory");
    return found;
}

// What names files and services on this host must have the form that it always has.
Result<Registration> checked(Registration found) {
    const auto plain = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    const bool id = found.resource_id.size() == 29 && found.resource_id.starts_with("db-") &&
                    std::ranges::all_of(found.resource_id.substr(3), plain);
    const bool socket = found.agent_socket.starts_with('/') &&
                        found.agent_socket.find_first_of(" \t\r\n'\"#\\[]") == std::string::npos;
    if (id && socket) return found;
    return Error{Fault::internal,
                 "the control plane answers with no resource id and socket that could be used"};
}

}  // namespace

Result<std::optional<Registration>> Registry::find(const std::string& name, const std::string& region) const {
    const auto answer = client_.call(client::Api::countersign, "DescribeAttachedDBInstance",
                                     {{"DBInstanceIdentifier", name}, {"Region", region}});
    if (!answer && answer.error().code == "NoSuchEntity") return std::optional<Registration>();
    if (!answer) return answer.error();
    Registration found = TRY(checked(read(*answer, region)));
    return std::optional(std::move(found));
}

Result<Registration> Registry::put(const RegistrationRequest& wish, const Survey& server) const {
    formats::Parameters parameters{{"DBInstanceIdentifier", wish.name},
                                   {"Region", wish.region},
                                   {"Engine", wish.engine},
                                   {"EngineVersion", server.version},
                                   {"Host", wish.endpoint.host},
                                   {"Port", std::to_string(wish.endpoint.port)},
                                   {"MasterUsername", server.superuser},
                                   {"DataDirectory", server.data_directory.string()},
                                   {"Owner", std::to_string(server.owner)},
                                   {"SocketDirectory", server.socket_directory.string()},
                                   {"SocketPort", std::to_string(server.port)}};
    if (!wish.agent.empty()) parameters.emplace_back("Agent", wish.agent);
    const auto answer = TRY(client_.call(client::Api::countersign, "AttachDBInstance", parameters));
    return checked(read(answer, wish.region));
}

Result<void> Registry::tag(const Registration& registered, const std::vector<std::string>& tags) const {
    if (tags.empty()) return {};
    formats::Parameters parameters{{"ResourceName", registered.arn}};
    for (const std::string& tag : tags) {
        const std::size_t sign = std::min(tag.find('='), tag.size());
        const std::string place = fmt::format("Tags.Tag.{}.", parameters.size() / 2 + 1);
        parameters.emplace_back(place + "Key", tag.substr(0, sign));
        parameters.emplace_back(place + "Value", sign < tag.size() ? tag.substr(sign + 1) : "");
    }
    TRY(client_.call(client::Api::rds, "AddTagsToResource", parameters));
    return {};
}

Result<void> Registry::remove(const std::string& name, const std::string& region) const {
    const auto answer = client_.call(client::Api::countersign, "DetachDBInstance",
                                     {{"DBInstanceIdentifier", name}, {"Region", region}});
    if (answer || answer.error().code == "NoSuchEntity") return {};
    return answer.error();
}

Result<std::optional<std::string>> Registry::why_not(const Registration& server,
                                                     const std::string& user) const {
    const auto caller = TRY(client_.call(client::Api::sts, "GetCallerIdentity", {}));
    const std::string arn = text_at(caller, "//Arn");
    const auto answer = client_.call(
        client::Api::countersign, "ExplainLogin",
        {{"PrincipalArn", arn}, {"DBIdentifier", server.name}, {"DBUser", user}, {"Region", server.region}});
    if (!answer || text_at(*answer, "//Allowed") != "false") return std::optional<std::string>();
    return std::optional(fmt::format("{}: {}", arn, text_at(*answer, "//Reason")));
}

}  // namespace countersign::attach
