#include <memory>

#include "cli/api_answers.h"
#include "cli/login.h"
#include "cli/output.h"
#include "client/credentials/chain.h"
#include "client/json_members.h"
#include "formats/iso_time.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct WhoamiArgs {
    std::string profile;
    bool json = false;
};

// The source that decided, as the search calls it.
std::string way_of(const client::SearchReport& report) {
    for (const client::SourceReport& source : report.sources)
        if (source.outcome == client::SourceOutcome::used)
            return source.detail.empty() ? source.source : source.source + " (" + source.detail + ')';
    return {};
}

Result<client::ApiTarget> server_for(const CommandLine& line, const client::SearchReport& report,
                                     const std::string& profile) {
    const client::Environment environment = client::process_environment();
    const client::Profiles profiles = client::read_profiles(environment);
    const std::string chosen = client::chosen_profile(environment, profile);
    const std::string url = profiles.get(chosen, "endpoint_url");
    client::ApiTarget target;
    const bool named = !line.data_dir.empty() || !client::value_of(environment, "AWS_ENDPOINT_URL").empty();
    if (url.empty() || named)
        target = TRY(client::find_target(line.data_dir, environment));
    else
        target = {url, client::find_region(environment, profile), {}, profiles.get(chosen, "ca_bundle")};
    if (report.found) target.credentials = report.found->credentials;
    return target;
}

Result<void> whoami(const CommandLine& line, const WhoamiArgs& words) {
    const client::SearchReport report = client::explain_search(
        {client::process_environment(), words.profile, line.data_dir, client::InstanceMetadata::named});
    if (!report.found && !client::found_nowhere(report.found.error())) return report.found.error();
    const client::ApiTarget target = TRY(server_for(line, report, words.profile));
    const client::ApiClient api(target);
    const auto who = TRY(api.call(client::Api::sts, "GetCallerIdentity", {}));
    const auto access = TRY(api.call(client::Api::countersign, "ListOwnAccess", {{"Region", target.region}}));
    const std::string arn = who.select_node("//Arn").node().child_value();
    const std::string way = report.found ? way_of(report) : "the server's data directory";
    const auto until = report.found ? report.found->expiration : std::nullopt;
    const json::array databases = members_of(access, "Access");
    if (words.json) {
        print_json(
            json::object{{"Arn", arn},
                         {"Way", way},
                         {"Expiration", until ? json::value(formats::second_time(*until)) : json::value()},
                         {"Access", databases}});
        return {};
    }
    print_line("{}\nby     {}\nuntil  {}", arn, way,
               until ? formats::second_time(*until) : std::string("the key is deactivated or deleted"));
    if (databases.empty()) print_line("No policy lets you connect to a database in {}.", target.region);
    for (const json::value& one : databases)
        print_line("{:<30}as {}", cell(client::text_in(one, "DBIdentifier")),
                   cell(client::text_in(one, "DBUser")));
    return {};
}

}  // namespace

void add_whoami(CLI::App& app, CommandLine& line) {
    CLI::App& command = *app.add_subcommand(
        "whoami", "who you are, by which way, until when, and which databases you may use");
    const auto words = std::make_shared<WhoamiArgs>();
    add_data_dir(command, line);
    command.add_option("--profile", words->profile, "the profile of AWS's configuration file");
    command.add_flag("--json", words->json, "JSON instead of words");
    on_chosen(command, line, [&line, words] { return whoami(line, *words); });
}

}  // namespace countersign::cli
