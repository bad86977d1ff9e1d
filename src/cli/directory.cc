#include "cli/directory.h"

#include <memory>

#include "base/files.h"
#include "base/wrapping.h"
#include "cli/api_answers.h"
#include "cli/output.h"
#include "client/json_members.h"
#include "client/rest_call.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

constexpr client::JsonService sso_admin{"sso", "SWBExternalService"};
constexpr client::JsonService identity_store{"identitystore", "AWSIdentityStore"};

struct MethodArgs {
    std::string name;
    std::string label;
    std::string provider;
    std::string client_id;
    std::string secret_file;
    std::string claim;
    std::string scopes;
    bool json = false;
};

struct DirectoryArgs {
    std::string user;
    std::string given;
    std::string family;
    std::string email;
    std::string group;
    std::string permission_set;
    std::string account;
    std::string token_id;
    bool forget_app = false;
    bool json = false;
};

struct Directory {
    client::ApiTarget target;
    std::string instance;
    std::string store;
    std::string owner;

    std::string start_url() const { return target.url + "/start/" + store; }
    std::string scim_url() const { return target.url + "/scim/" + store + "/v2"; }
};

Result<client::ApiTarget> target_of(const CommandLine& line) {
    return client::find_target(line.data_dir, client::process_environment());
}

Result<Directory> find_directory(const CommandLine& line) {
    Directory found;
    found.target = TRY(target_of(line));
    const json::value answer = TRY(client::call_json(found.target, sso_admin, "ListInstances", {}));
    const json::array& instances = client::list_in(answer, "Instances");
    if (instances.empty())
        return Error{Fault::not_found,
                     "the account has no directory yet; make it with: countersign directory create"};
    found.instance = client::text_in(instances.front(), "InstanceArn");
    found.store = client::text_in(instances.front(), "IdentityStoreId");
    found.owner = client::text_in(instances.front(), "OwnerAccountId");
    return found;
}

void print_directory(const Directory& found, bool as_json) {
    if (as_json)
        print_json(json::object{{"StartUrl", found.start_url()},
                                {"InstanceArn", found.instance},
                                {"IdentityStoreId", found.store}});
    else
        print_line("start URL       {}\ninstance        {}\nidentity store  {}", found.start_url(),
                   found.instance, found.store);
}

Result<void> create(const CommandLine& line, const DirectoryArgs& words) {
    const client::ApiTarget target = TRY(target_of(line));
    const auto made = client::call_json(target, sso_admin, "CreateInstance", {{"Name", "countersign"}});
    if (!made && made.error().code != "ConflictException") return made.error();
    print_directory(TRY(find_directory(line)), words.json);
    return {};
}

Result<void> show(const CommandLine& line, const DirectoryArgs& words) {
    print_directory(TRY(find_directory(line)), words.json);
    return {};
}

void print_password(const Directory& directory, const std::string& user, const pugi::xml_document& answer,
                    bool as_json) {
    const json::object shown = texts_of(answer.select_node("//ResetDirectoryPasswordResult").node());
    if (as_json) {
        print_json(json::object{{"UserName", user},
                                {"UserId", client::text_in(shown, "UserId")},
                                {"OneTimePassword", client::text_in(shown, "OneTimePassword")},
                                {"StartUrl", directory.start_url()}});
        return;
    }
    print_line("{} signs in at {}\nwith the password {} once, and chooses another there.", user,
               directory.start_url(), client::text_in(shown, "OneTimePassword"));
}

Result<void> add_user(const CommandLine& line, const DirectoryArgs& words) {
    const Directory directory = TRY(find_directory(line));
    json::object wanted{{"IdentityStoreId", directory.store},
                        {"UserName", words.user},
                        {"DisplayName", words.given + ' ' + words.family},
                        {"Name", json::object{{"GivenName", words.given}, {"FamilyName", words.family}}}};
    if (!words.email.empty())
        wanted["Emails"] =
            json::array{json::object{{"Value", words.email}, {"Type", "Work"}, {"Primary", true}}};
    TRY(client::call_json(directory.target, identity_store, "CreateUser", wanted));
    const auto password = TRY(ask(line, "ResetDirectoryPassword", {{"UserName", words.user}}));
    print_password(directory, words.user, password, words.json);
    return {};
}

Result<void> reset_password(const CommandLine& line, const DirectoryArgs& words) {
    const Directory directory = TRY(find_directory(line));
    const auto password =
        TRY(ask(line, "ResetDirectoryPassword",
                {{"UserName", words.user}, {"ForgetApp", words.forget_app ? "true" : "false"}}));
    print_password(directory, words.user, password, words.json);
    return {};
}

Result<std::string> assignee_id(const Directory& directory, const DirectoryArgs& words) {
    const bool is_group = !words.group.empty();
    const json::object identifier{
        {"UniqueAttribute", json::object{{"AttributePath", is_group ? "displayName" : "userName"},
                                         {"AttributeValue", is_group ? words.group : words.user}}}};
    const json::value answer =
        TRY(client::call_json(directory.target, identity_store, is_group ? "GetGroupId" : "GetUserId",
                              {{"IdentityStoreId", directory.store}, {"AlternateIdentifier", identifier}}));
    return client::text_in(answer, is_group ? "GroupId" : "UserId");
}

Result<std::string> permission_set_arn(const Directory& directory, const std::string& name) {
    const json::value all = TRY(client::call_json(directory.target, sso_admin, "ListPermissionSets",
                                                  {{"InstanceArn", directory.instance}}));
    for (const json::value& arn : client::list_in(all, "PermissionSets")) {
        const json::value one =
            TRY(client::call_json(directory.target, sso_admin, "DescribePermissionSet",
                                  {{"InstanceArn", directory.instance}, {"PermissionSetArn", arn}}));
        const json::value* const set = client::member_in(one, "PermissionSet");
        if (set != nullptr && client::text_in(*set, "Name") == name) return std::string(arn.as_string());
    }
    return Error{Fault::not_found, "there is no permission set " + name +
                                       "; make it with: aws sso-admin create-permission-set"};
}

Result<void> assign(const CommandLine& line, const DirectoryArgs& words) {
    if (words.user.empty() && words.group.empty())
        return Error{Fault::invalid, "say to whom: --user NAME or --group NAME"};
    const Directory directory = TRY(find_directory(line));
    const std::string assignee = TRY(assignee_id(directory, words));
    const std::string set = TRY(permission_set_arn(directory, words.permission_set));
    const json::value answer =
        TRY(client::call_json(directory.target, sso_admin, "CreateAccountAssignment",
                              {{"InstanceArn", directory.instance},
                               {"TargetId", words.account.empty() ? directory.owner : words.account},
                               {"TargetType", "AWS_ACCOUNT"},
                               {"PermissionSetArn", set},
                               {"PrincipalType", words.group.empty() ? "USER" : "GROUP"},
                               {"PrincipalId", assignee}}));
    const json::value* const status = client::member_in(answer, "AccountAssignmentCreationStatus");
    if (status != nullptr && client::text_in(*status, "Status") == "SUCCEEDED") return {};
    return Error{Fault::conflict,
                 status != nullptr ? client::text_in(*status, "FailureReason") : std::string("no answer")};
}

Result<void> put_method(const CommandLine& line, const MethodArgs& words) {
    std::string secret;
    if (!words.secret_file.empty()) secret = without_wrapping(TRY(read_file(words.secret_file)));
    const auto answer = TRY(ask(line, "PutSigninMethod",
                                {{"MethodName", words.name},
                                 {"Label", words.label},
                                 {"ProviderArn", words.provider},
                                 {"ClientId", words.client_id},
                                 {"ClientSecret", secret},
                                 {"Claim", words.claim},
                                 {"Scopes", words.scopes}}));
    const client::ApiTarget target = TRY(target_of(line));
    const json::object made = texts_of(answer.select_node("//SigninMethod").node());
    print_line("The provider has to know the address that it sends people back to:\n{}{}", target.url,
               client::text_in(made, "ReplyPath"));
    if (client::text_in(made, "ClientId").empty())
        print_line("It is the entity ID (audience) as well, and shows this server's metadata.");
    return {};
}

Result<void> list_methods(const CommandLine& line, const MethodArgs& words) {
    const auto answer = TRY(ask(line, "ListSigninMethods", {}));
    const json::array methods = members_of(answer, "SigninMethods");
    if (words.json) {
        print_json(json::object{{"SigninMethods", methods}});
        return {};
    }
    print_line("{:<20}{:<20}{}", "METHOD", "USER NAME IS", "PROVIDER");
    for (const json::value& one : methods)
        print_line("{:<20}{:<20}{}", cell(client::text_in(one, "MethodName")),
                   cell(client::text_in(one, "Claim")), cell(client::text_in(one, "ProviderArn")));
    return {};
}

Result<void> delete_method(const CommandLine& line, const MethodArgs& words) {
    TRY(ask(line, "DeleteSigninMethod", {{"MethodName", words.name}}));
    return {};
}

void add_methods(CLI::App& directory, CommandLine& line) {
    CLI::App& command =
        *directory.add_subcommand("signin-method", "the company's providers that people may sign in by");
    command.require_subcommand(1);
    const auto words = std::make_shared<MethodArgs>();
    const auto method = [&](const char* name, const char* help,
                            Result<void> (*act)(const CommandLine&, const MethodArgs&)) -> CLI::App& {
        CLI::App& one = *command.add_subcommand(name, help);
        add_data_dir(one, line);
        on_chosen(one, line, [&line, words, act] { return act(line, *words); });
        return one;
    };
    CLI::App& putting = method("put", "adds a way to sign in, or changes it", put_method);
    putting.add_option("name", words->name, "small letters, digits and hyphens")->required();
    putting
        .add_option("--provider", words->provider, "ARN of the account's provider of OpenID Connect or SAML")
        ->required();
    putting.add_option("--client-id", words->client_id, "this server's at the provider of OpenID Connect");
    putting.add_option("--client-secret-file", words->secret_file,
                       "file with the client's secret, if it has one");
    putting.add_option("--label", words->label, "what the button says");
    putting.add_option(
        "--claim", words->claim,
        "of the ID token, or attribute of the assertion, which is the user name here; default: "
        "email, or NameID");
    putting.add_option("--scopes", words->scopes, "what is asked of OpenID Connect; default: openid email");
    method("list", "all of them", list_methods).add_flag("--json", words->json, "JSON instead of a table");
    method("delete", "takes one away", delete_method).add_option("name", words->name, "its name")->required();
}

Result<void> create_token(const CommandLine& line, const DirectoryArgs& words) {
    const Directory directory = TRY(find_directory(line));
    const auto answer = TRY(ask(line, "CreateProvisioningToken", {}));
    const json::object made = texts_of(answer.select_node("//CreateProvisioningTokenResult").node());
    if (words.json)
        print_json(json::object{{"Endpoint", directory.scim_url()},
                                {"TokenId", client::text_in(made, "TokenId")},
                                {"Token", client::text_in(made, "Token")},
                                {"Expires", client::text_in(made, "Expires")}});
    else
        print_line("SCIM endpoint  {}\naccess token   {}\n(shown once; good until {})", directory.scim_url(),
                   client::text_in(made, "Token"), client::text_in(made, "Expires"));
    return {};
}

Result<void> list_tokens(const CommandLine& line, const DirectoryArgs& words) {
    const auto answer = TRY(ask(line, "ListProvisioningTokens", {}));
    const json::array tokens = members_of(answer, "Tokens");
    if (words.json) {
        print_json(json::object{{"Tokens", tokens}});
        return {};
    }
    print_line("{:<38}{:<26}{}", "TOKEN ID", "CREATED", "EXPIRES");
    for (const json::value& token : tokens)
        print_line("{:<38}{:<26}{}", client::text_in(token, "TokenId"), client::text_in(token, "CreateDate"),
                   client::text_in(token, "Expires"));
    return {};
}

Result<void> delete_token(const CommandLine& line, const DirectoryArgs& words) {
    TRY(ask(line, "DeleteProvisioningToken", {{"TokenId", words.token_id}}));
    if (words.json) print_json(json::object{{"TokenId", words.token_id}});
    return {};
}

using DirectoryAction = Result<void> (*)(const CommandLine&, const DirectoryArgs&);

CLI::App& part(CLI::App& parent, CommandLine& line, const char* name, const char* help,
               const std::pair<std::shared_ptr<DirectoryArgs>, DirectoryAction>& act) {
    CLI::App& command = *parent.add_subcommand(name, help);
    add_data_dir(command, line);
    on_chosen(command, line, [&line, act] { return act.second(line, *act.first); });
    return command;
}

void add_provisioning_token(CLI::App& directory, CommandLine& line,
                            const std::shared_ptr<DirectoryArgs>& words) {
    CLI::App& command = *directory.add_subcommand(
        "provisioning-token", "tokens of programs that provision people and groups by SCIM");
    command.require_subcommand(1);
    CLI::App& creating = part(command, line, "create", "makes a token that is good for a year, two at most",
                              {words, create_token});
    CLI::App& listing = part(command, line, "list", "which there are, and until when", {words, list_tokens});
    CLI::App& deleting = part(command, line, "delete", "ends a token at once", {words, delete_token});
    for (CLI::App* one : {&creating, &listing, &deleting})
        one->add_flag("--json", words->json, "JSON instead of words");
    deleting.add_option("token-id", words->token_id, "its id, as `list` shows it")->required();
}

}  // namespace

void add_directory(CLI::App& app, CommandLine& line) {
    CLI::App& command = *app.add_subcommand("directory", "people who sign in by a browser");
    command.require_subcommand(1);
    const auto words = std::make_shared<DirectoryArgs>();
    CLI::App& creating = part(command, line, "create", "makes the account's directory", {words, create});
    CLI::App& showing = part(command, line, "show", "where its people sign in", {words, show});
    CLI::App& adding =
        part(command, line, "add-user", "adds a person, with a password for one sign-in", {words, add_user});
    CLI::App& resetting = part(command, line, "reset-password",
                               "gives a person a password for one sign-in, and ends what programs hold",
                               {words, reset_password});
    CLI::App& assigning = part(command, line, "assign",
                               "gives a person or a group a permission set in an account", {words, assign});
    for (CLI::App* one : {&creating, &showing, &adding, &resetting})
        one->add_flag("--json", words->json, "JSON instead of words");
    for (CLI::App* one : {&adding, &resetting})
        one->add_option("user", words->user, "the user name")->required();
    adding.add_option("--given-name", words->given, "the person's given name")->required();
    adding.add_option("--family-name", words->family, "and family name")->required();
    adding.add_option("--email", words->email, "an address");
    resetting.add_flag("--forget-app", words->forget_app, "takes the authenticator app away as well");
    assigning.add_option("permission-set", words->permission_set, "its name")->required();
    auto* user = assigning.add_option("--user", words->user, "user name of the person");
    auto* group = assigning.add_option("--group", words->group, "name of the group");
    user->excludes(group);
    add_methods(command, line);
    assigning.add_option("--account", words->account, "the account's id; default: the directory's own");
    add_provisioning_token(command, line, words);
}

}  // namespace countersign::cli
