#include "cli/login.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/output.h"
#include "client/credentials/cache.h"
#include "client/credentials/endpoints.h"
#include "client/credentials/profiles.h"
#include "client/data_dir.h"
#include "client/host_port.h"
#include "client/sign_in/config_edit.h"
#include "client/sign_in/sign_in.h"
#include "formats/iso_time.h"
#include "formats/json.h"
#include "model/region.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

constexpr std::size_t config_bytes_max = std::size_t{1024} * 1024;
constexpr const char* default_profile = "countersign";

struct LoginArgs {
    std::string profile;
    std::string start_url;
    std::string account;
    std::string role;
    std::string ca_bundle;
    bool no_browser = false;
    bool json = false;
};

// What is known of a sign-in before it begins, from the command line, the profile or a server that is near.
struct SignIn {
    client::SignInTarget target;
    std::string profile;
    std::string account;
    std::string role;
    client::Profiles profiles;
    client::FileCache tokens;
    client::FileCache sessions;
};

std::string first_of(std::initializer_list<std::string> values) {
    for (const std::string& value : values)
        if (!value.empty()) return value;
    return {};
}

// The server that a start URL lies on.
std::string server_of(const std::string& start_url) {
    const std::size_t host = start_url.find("://");
    if (host == std::string::npos) return {};
    return start_url.substr(0, std::min(start_url.find('/', host + 3), start_url.size()));
}

// http://[::1]:7070 → ::1
std::string host_of(const std::string& url) {
    const client::UrlParts parts = client::parts_of(url);
    return parts.host;
}

std::string in_section(const client::AwsConfig::Section* section, const std::string& name) {
    if (section == nullptr) return {};
    const auto found = section->find(name);
    return found == section->end() ? std::string() : found->second;
}

// Of a server that is near: named by the environment, or of this machine.
std::string near_start_url(const CommandLine& line, const client::Environment& environment) {
    std::string url = client::value_of(environment, "AWS_ENDPOINT_URL");
    if (url.empty()) {
        const auto dir = client::locate_data_dir(line.data_dir);
        const auto server = dir ? client::find_server(*dir) : Result<client::RunningServer>(dir.error());
        if (server) url = server->url;
    }
    return url.empty() ? std::string() : url + "/start";
}

Result<SignIn> prepare(const CommandLine& line, const LoginArgs& words) {
    const client::Environment environment = client::process_environment();
    const Path folder = Path(client::home_of(environment)) / ".aws";
    SignIn signing{{},
                   first_of({words.profile, client::value_of(environment, "AWS_PROFILE"), default_profile}),
                   {},
                   {},
                   client::read_profiles(environment),
                   client::FileCache(folder / "sso" / "cache"),
                   client::FileCache(folder / "cli" / "cache")};
    const auto profile = [&](const char* name) { return signing.profiles.get(signing.profile, name); };
    const client::AwsConfig::Section* session = signing.profiles.sso_session(profile("sso_session"));
    client::SignInTarget& target = signing.target;
    target.start_url = first_of({words.start_url, in_section(session, "sso_start_url"),
                                 profile("sso_start_url"), near_start_url(line, environment)});
    if (target.start_url.empty())
        return Error{
            Fault::invalid,
            "where to sign in is not known; say it with --start-url URL, which your administrator has "
            "from: countersign directory show"};
    target.url = server_of(target.start_url);
    if (target.url.empty())
        return Error{Fault::invalid, "--start-url " + target.start_url + ": not https://HOST[:PORT]/start…"};
    if (!target.url.starts_with("https://") && !client::is_loopback(host_of(target.url)))
        return Error{Fault::invalid,
                     "--start-url " + target.start_url + ": not https://, and not of this machine"};
    target.region = first_of({in_section(session, "sso_region"), profile("region"),
                              client::find_region(environment, ""), std::string(model::default_region)});
    target.ca_bundle =
        first_of({words.ca_bundle, client::value_of(environment, "AWS_CA_BUNDLE"), profile("ca_bundle")});
    signing.account = first_of({words.account, profile("sso_account_id")});
    signing.role = first_of({words.role, profile("sso_role_name")});
    return signing;
}

bool has_display() {
    return std::getenv("BROWSER") != nullptr || std::getenv("DISPLAY") != nullptr ||
           std::getenv("WAYLAND_DISPLAY") != nullptr;
}

// The person's browser, left to itself. What it is given is no secret: the code in it is good for this
// program.
void open_browser(const std::string& url) {
    const char* const chosen = std::getenv("BROWSER");
    const pid_t child = ::fork();
    if (child != 0) return;
    const std::string program = chosen != nullptr ? chosen : "xdg-open";
    ::execlp(program.c_str(), program.c_str(), url.c_str(), nullptr);
    ::_exit(127);
}

Result<client::SsoToken> sign_in(const SignIn& signing, const LoginArgs& words) {
    const client::SignInWords said{
        [](const std::string& url) {
            note_line(compose("Your browser opens; if it does not, go to:\n\n{}\n", url));
            open_browser(url);
        },
        [](const std::string& url, const std::string& code) {
            note_line(compose("Go to this page with any browser:\n\n{}\n\nand compare the code:\n\n    {}\n",
                              url, code));
        }};
    if (words.no_browser || !has_display()) return client::sign_in_by_code(signing.target, said);
    return client::sign_in_by_browser(signing.target, said);
}

bool fits(const client::PortalRole& role, const SignIn& signing) {
    return (signing.account.empty() || role.account == signing.account) &&
           (signing.role.empty() || role.role == signing.role);
}

Result<client::PortalRole> ask_for_role(const std::vector<client::PortalRole>& roles) {
    if (::isatty(STDIN_FILENO) == 0) {
        std::string list;
        for (const client::PortalRole& role : roles)
            list += fmt::format("\n--account {} --role {}", role.account, role.role);
        return Error{Fault::invalid, "you have several roles; name one with:" + list};
    }
    for (std::size_t i = 0; i < roles.size(); ++i)
        note_line(compose("{:>3}  {} {}  {}", i + 1, roles[i].account, roles[i].account_name, roles[i].role));
    note_line(Shown("Which one? "));
    std::string answer;
    std::getline(std::cin, answer);
    const auto number = parse_number<unsigned>(trimmed(answer));
    if (!number || *number == 0 || *number > roles.size())
        return Error{Fault::invalid, "that is none of the numbers"};
    return roles[*number - 1];
}

Result<client::PortalRole> choose_role(const SignIn& signing, const client::SsoToken& token) {
    std::vector<client::PortalRole> roles = TRY(client::portal_roles(signing.target, token));
    std::erase_if(roles, [&](const client::PortalRole& role) { return !fits(role, signing); });
    if (roles.empty())
        return Error{Fault::denied,
                     "you are signed in, but have no such role; ask your administrator for a "
                     "permission set"};
    if (roles.size() == 1) return roles.front();
    return ask_for_role(roles);
}

Result<void> write_profile(const SignIn& signing, const client::PortalRole& role) {
    // Of a link it is what the link leads to that is replaced.
    std::error_code unresolved;
    const Path resolved = std::filesystem::canonical(signing.profiles.config_file, unresolved);
    const Path file = unresolved ? signing.profiles.config_file : resolved;
    std::string text;
    if (file_exists(file)) text = TRY(read_server_file(file, config_bytes_max));
    client::Settings profile{{"sso_session", signing.profile},
                             {"sso_account_id", role.account},
                             {"sso_role_name", role.role},
                             {"region", signing.target.region},
                             {"endpoint_url", signing.target.url}};
    if (!signing.target.ca_bundle.empty()) profile.emplace_back("ca_bundle", signing.target.ca_bundle);
    const std::string section = signing.profile == "default" ? "default" : "profile " + signing.profile;
    text = TRY(client::with_settings(text, section, profile));
    text = TRY(client::with_settings(text, "sso-session " + signing.profile,
                                     {{"sso_start_url", signing.target.start_url},
                                      {"sso_region", signing.target.region},
                                      {"sso_registration_scopes", "sso:account:access"}}));
    TRY(make_directory(file.parent_path()));
    return replace_file(file, text);
}

Result<void> login(const CommandLine& line, const LoginArgs& words) {
    const SignIn signing = TRY(prepare(line, words));
    const client::SsoToken token = TRY(sign_in(signing, words));
    TRY(signing.tokens.write(client::sso_token_cache_key(signing.profile), client::sso_token_text(token)));
    const client::PortalRole role = TRY(choose_role(signing, token));
    signing.sessions.erase(client::sso_role_cache_key(role.account, role.role, signing.profile, ""));
    TRY(write_profile(signing, role));
    if (words.json) {
        print_json(json::object{{"Profile", signing.profile},
                                {"Account", role.account},
                                {"Role", role.role},
                                {"Expiration", formats::second_time(token.expires_at)}});
        return {};
    }
    print_line("Signed in: profile {} is {} in account {}{}.", signing.profile, role.role, role.account,
               token.refresh_token.empty() ? " until " + formats::second_time(token.expires_at)
                                           : std::string(", renewed by itself for eight hours"));
    print_line(
        "Every AWS tool takes it:  export AWS_PROFILE={}\nand so does ours:         countersign psql "
        "DATABASE "
        "--user USER --profile {}",
        signing.profile, signing.profile);
    return {};
}

Result<void> logout(const CommandLine& line, const LoginArgs& words) {
    const SignIn signing = TRY(prepare(line, words));
    const std::string session =
        first_of({signing.profiles.get(signing.profile, "sso_session"), signing.profile});
    const std::string key = client::sso_token_cache_key(session);
    const auto text = signing.tokens.read(key);
    if (!text && text.error().fault != Fault::not_found) return text.error();
    const auto token = text ? client::parse_sso_token(*text) : std::nullopt;
    signing.tokens.erase(key);
    signing.sessions.erase(client::sso_role_cache_key(signing.account, signing.role, session, ""));
    if (!token) return Error{Fault::not_found, fmt::format("profile {} is not signed in", signing.profile)};
    const auto done = client::sign_out(signing.target, *token);
    if (!done && done.error().code != "UnauthorizedException")
        return Error{Fault::unavailable,
                     "signed out here, but the server was not told: " + done.error().message};
    print_line("Signed out: profile {}.", signing.profile);
    return {};
}

using SignInAction = Result<void> (*)(const CommandLine&, const LoginArgs&);

CLI::App& sign_in_command(CLI::App& app, CommandLine& line, const char* name, const char* help,
                          const std::pair<std::shared_ptr<LoginArgs>, SignInAction>& act) {
    CLI::App& command = *app.add_subcommand(name, help);
    add_data_dir(command, line);
    command.add_option("profile", act.first->profile,
                       "the profile of AWS's configuration file; default: AWS_PROFILE, else countersign");
    on_chosen(command, line, [&line, act] { return act.second(line, *act.first); });
    return command;
}

}  // namespace

void add_login_and_logout(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<LoginArgs>();
    CLI::App& command = sign_in_command(
        app, line, "login", "signs in by a browser, and leaves a profile for every AWS tool", {words, login});
    command.add_option("--start-url", words->start_url, "where your people sign in; default: the profile's")
        ->type_name("URL");
    command.add_option("--account", words->account, "whose role; default: the only one, or a question");
    command.add_option("--role", words->role, "which of your roles there");
    command.add_option("--ca-bundle", words->ca_bundle, "PEM file that vouches for the server");
    command.add_flag("--no-browser", words->no_browser, "show a page and a code for a browser anywhere");
    command.add_flag("--json", words->json, "JSON instead of words");
    sign_in_command(app, line, "logout", "ends what `countersign login` began, here and at the server",
                    {std::make_shared<LoginArgs>(), logout});
}

}  // namespace countersign::cli
