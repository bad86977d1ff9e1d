#include "cli/doctor.h"
#include "cli/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "attach/checklist.h"
#include "attach/inspection.h"
#include "attach/pam_service.h"
#include "attach/state.h"
#include "attach/survey.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/doctor_masters.h"
#include "cli/libpq_environment.h"
#include "cli/output.h"
#include "client/api_client.h"
#include "databases/versions.h"
#include "http/client.h"

namespace countersign::cli {

namespace {

constexpr auto control_plane_patience = std::chrono::seconds(5);
constexpr auto clock_off_by = std::chrono::seconds(5);   // is worth a word
constexpr auto clock_off_max = std::chrono::minutes(5);  // AWS's own limit for signatures

struct DoctorArgs {
    std::string state_directory = attach::default_state_dir().string();
    bool json = false;
};

void check_programs(attach::Checklist& list) {
    list.good("countersign", COUNTERSIGN_VERSION);
    for (const char* library : {attach::module_name, attach::preload_name}) {
        const auto place = attach::own_library(library);
        if (place)
            list.good(library, place->string());
        else
            list.broken(library, place.error().message, "install the whole package");
    }
    const auto versions = databases::Versions::discover(databases::default_postgres_roots());
    std::vector<std::string> texts;
    for (const auto& version : versions.all()) texts.push_back(version.text());
    if (texts.empty())
        list.warn("PostgreSQL", "none of version 14 or later is installed below /usr/lib/postgresql");
    else
        list.good("PostgreSQL", joined(texts, ", "));
}

// RFC 9110, 5.6.7: Sun, 06 Nov 1994 08:49:37 GMT.
std::optional<Instant> read_http_date(const std::string& text) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return Instant(std::chrono::seconds(::timegm(&parts)));
}

void check_clock(const http::Response& response, Instant now, attach::Checklist& list) {
    const auto date = std::ranges::find_if(
        response.headers, [](const http::Header& header) { return lower(header.first) == "date"; });
    const auto there = date == response.headers.end() ? std::nullopt : read_http_date(date->second);
    if (!there) return list.warn("clock", "the control plane does not say what time it is");
    const auto off = std::chrono::abs(std::chrono::floor<std::chrono::seconds>(now - *there));
    const std::string words = fmt::format("{} s away from the control plane's", off.count());
    if (off > clock_off_max)
        list.broken("clock", words, "set the clocks; tokens are refused");
    else if (off > clock_off_by)
        list.warn("clock", words, "have both hosts follow a time server");
    else
        list.good("clock", words);
}

std::optional<attach::Registry> check_control_plane(const CommandLine& line, Instant now,
                                                    attach::Checklist& list) {
    auto target = client::find_target(line.data_dir, client::process_environment());
    if (!target) {
        list.broken("control plane", target.error().message);
        return std::nullopt;
    }
    const std::string host = target->url.substr(target->url.find("//") + 2);
    const auto response = http::fetch(target->url, {"GET", "/healthz", {{"Host", host}}, "", ""},
                                      control_plane_patience, target->ca_bundle);
    if (!response || response->status != 200) {
        list.broken(
            "control plane",
            fmt::format("{} does not answer{}", target->url, response ? "" : ": " + response.error().message),
            "logins go on from what agents know; start it again");
        return std::nullopt;
    }
    list.good("control plane", target->url);
    check_clock(*response, now, list);
    return attach::Registry(*std::move(target));
}

// What databases are called safe by, and is not so.
void check_options(const attach::Registry& registry, attach::Checklist& list) {
    const auto answer =
        client::ApiClient(registry.target()).call(client::Api::countersign, "ListOptionsWithoutEffect", {});
    if (!answer) return list.warn("options without effect", answer.error().message);
    bool some = false;
    for (const pugi::xpath_node found : answer->select_nodes("//Options/member[Promise='safety']")) {
        const pugi::xml_node option = found.node();
        std::vector<std::string> databases;
        for (const pugi::xml_node one : option.child("Databases").children())
            databases.emplace_back(one.child_value());
        if (databases.empty()) continue;
        some = true;
        list.warn(
            option.child_value("OptionName"),
            fmt::format("has no effect for {}: {}", joined(databases, ", "), option.child_value("Sentence")));
    }
    if (!some) list.good("options without effect", "none that promises safety");
}

void check_attached(const attach::StateDir& states, const attach::Registry* registry, Instant now,
                    attach::Checklist& list) {
    const auto all = states.all();
    if (!all) return list.broken("attached servers", all.error().message, "run this as root");
    if (all->empty()) list.good("attached servers", "none on this host");
    for (const attach::AttachState& state : *all) attach::inspect({state, registry, now}, list);
}

Result<void> examine(const CommandLine& line, const DoctorArgs& words) {
    forget_libpq_environment();
    attach::Checklist list;
    if (!words.json) list.follow(print_finding);
    const Instant now = SystemClock().now();
    check_programs(list);
    const std::optional<attach::Registry> registry = check_control_plane(line, now, list);
    if (registry) check_masters(registry->target(), list);
    if (registry) check_options(*registry, list);
    check_attached(attach::StateDir(words.state_directory), registry ? &*registry : nullptr, now, list);
    if (words.json) print_json(formats::json::object{{"Checks", list.json()}});
    if (!list.is_broken()) return {};
    const auto broken = std::ranges::count(list.findings(), attach::Outcome::broken, &attach::Finding::mark);
    return Error{Fault::conflict, fmt::format("{} found broken; the hints are above", broken)};
}

}  // namespace

void add_doctor(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<DoctorArgs>();
    CLI::App& command = *app.add_subcommand("doctor", "looks at this host and names what is wrong");
    add_data_dir(command, line);
    command.add_option("--state-dir", words->state_directory, attach::state_dir_help);
    command.add_flag("--json", words->json, "JSON instead of a checklist");
    command.footer("Exits with 1 when something is broken. Run it as root to see everything.");
    on_chosen(command, line, [&line, words] { return examine(line, *words); });
}

}  // namespace countersign::cli
