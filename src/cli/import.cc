#include "cli/import.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include "base/files.h"
#include "cli/account_details.h"
#include "cli/output.h"
#include "client/api_client.h"
#include "formats/json.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

constexpr std::size_t shown_every = 25;
constexpr const char* trusts_nobody =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}})";

struct ImportArgs {
    std::string file;
    bool json = false;
};

// What came of an import.
struct Outcome {
    std::size_t made = 0;
    std::vector<std::string> existed;
    std::vector<std::string> left_out;
};

void tell_progress(std::size_t done, std::size_t all) {
    if (::isatty(STDERR_FILENO) == 0 || (done % shown_every != 0 && done != all)) return;
    show_progress(compose("importing {}/{}", done, all), done == all);
}

// A trust policy that names a role that is not there yet is tried again when all others have been made.
bool may_work_later(const ImportStep& step, const Error& error) {
    const bool trusts = step.action == "CreateRole" || step.action == "UpdateAssumeRolePolicy";
    return error.code == (trusts ? "MalformedPolicyDocument" : "NoSuchEntity");
}

std::vector<ImportStep> take(const client::ApiClient& client, const std::vector<ImportStep>& steps,
                             Outcome& outcome, bool last_time) {
    std::vector<ImportStep> again;
    std::size_t done = 0;
    for (const ImportStep& step : steps) {
        const auto answer = client.call(client::Api::iam, step.action, step.parameters);
        tell_progress(++done, steps.size());
        if (answer) {
            ++outcome.made;
        } else if (step.makes && answer.error().code == "EntityAlreadyExists") {
            outcome.existed.push_back(step.what);
        } else if (!last_time && may_work_later(step, answer.error())) {
            again.push_back(step);
        } else {
            outcome.left_out.push_back(fmt::format("{}: {}", step.what, answer.error().message));
        }
    }
    return again;
}

// The steps that can be taken only after others, until none of them gets any further.
std::vector<ImportStep> take_all(const client::ApiClient& client, std::vector<ImportStep> left,
                                 Outcome& outcome) {
    for (std::size_t before = 0; !left.empty() && left.size() != before;) {
        before = left.size();
        left = take(client, left, outcome, false);
    }
    return left;
}

// What becomes of a role that cannot be made because it and another trust each other, or it trusts itself: it
// is made as one that trusts nobody, and the step that is left gives it its trust policy.
std::optional<ImportStep> make_closed(const client::ApiClient& client, const ImportStep& step,
                                      Outcome& outcome) {
    ImportStep closed = step;
    ImportStep trust{
        "UpdateAssumeRolePolicy", {}, "the trust policy of " + step.what + ", which trusts nobody"};
    for (auto& [name, value] : closed.parameters) {
        if (name == "RoleName") trust.parameters.emplace_back(name, value);
        if (name != "AssumeRolePolicyDocument") continue;
        trust.parameters.emplace_back("PolicyDocument", value);
        value = trusts_nobody;
    }
    const auto answer = client.call(client::Api::iam, closed.action, closed.parameters);
    if (answer) return trust;
    if (answer.error().code != "EntityAlreadyExists") return step;
    outcome.existed.push_back(step.what);
    return std::nullopt;
}

std::vector<ImportStep> make_all_closed(const client::ApiClient& client, const std::vector<ImportStep>& steps,
                                        Outcome& outcome) {
    std::vector<ImportStep> left;
    for (const ImportStep& step : steps) {
        const auto next = step.action == "CreateRole" ? make_closed(client, step, outcome) : step;
        if (next) left.push_back(*next);
    }
    return left;
}

void print_outcome(const ImportPlan& plan, const Outcome& outcome, const std::string& account) {
    print_line("account {} taken into account {}: {} of {} steps done", plan.source_account, account,
               outcome.made, plan.steps.size());
    if (plan.ids_replaced > 0)
        print_line("account id {} became {} in {} places of policies", plan.source_account, account,
                   plan.ids_replaced);
    for (const std::string& what : outcome.existed)
        print_line("existed already, and got what the file adds: {}", what);
    for (const std::string& what : outcome.left_out) print_line("not taken: {}", what);
    print_line(
        "access keys, passwords and MFA devices are not in such a file: make new ones with "
        "`countersign aws iam create-access-key`");
}

json::array texts(const std::vector<std::string>& lines) {
    json::array array;
    for (const std::string& line : lines) array.emplace_back(line);
    return array;
}

void print_as_json(const ImportPlan& plan, const Outcome& outcome, const std::string& account) {
    print_json(json::object{{"sourceAccount", plan.source_account},
                            {"account", account},
                            {"steps", plan.steps.size()},
                            {"done", outcome.made},
                            {"accountIdsReplaced", plan.ids_replaced},
                            {"existed", texts(outcome.existed)},
                            {"notTaken", texts(outcome.left_out)}});
}

Result<void> import(const CommandLine& line, const ImportArgs& words) {
    const std::string text = TRY(read_file(words.file));
    const client::ApiTarget target = TRY(client::find_target(line.data_dir, client::process_environment()));
    const client::ApiClient client(target);
    const auto identity = TRY(client.call(client::Api::sts, "GetCallerIdentity", {}));
    const std::string account = identity.select_node("//Account").node().child_value();
    const ImportPlan plan = TRY(plan_import(text, account));
    Outcome outcome;
    outcome.left_out = plan.left_out;
    const std::size_t known = outcome.left_out.size();
    std::vector<ImportStep> left = take_all(client, plan.steps, outcome);
    left = take_all(client, make_all_closed(client, left, outcome), outcome);
    take(client, left, outcome, true);
    if (words.json)
        print_as_json(plan, outcome, account);
    else
        print_outcome(plan, outcome, account);
    if (outcome.left_out.size() == known) return {};
    return Error{Fault::conflict,
                 fmt::format("{} steps could not be done; see above", outcome.left_out.size() - known)};
}

}  // namespace

void add_import(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<ImportArgs>();
    CLI::App& command = *app.add_subcommand(
        "import", "takes over the users, groups, roles and policies of an account of AWS");
    add_data_dir(command, line);
    command.add_option("file", words->file, "what `aws iam get-account-authorization-details` printed")
        ->required();
    command.add_flag("--json", words->json, "the outcome as JSON");
    on_chosen(command, line, [&line, words] { return import(line, *words); });
}

}  // namespace countersign::cli
