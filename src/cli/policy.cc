#include "cli/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <iterator>
#include <memory>

#include "base/files.h"
#include "cli/output.h"
#include "client/json_members.h"
#include "client/rest_call.h"
#include "policy/check/checker.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;
using policy::CheckedType;

struct PolicyArgs {
    std::string file;
    std::string type = "identity";
    bool json = false;
};

struct TypeRow {
    std::string_view name;
    CheckedType type;
    std::string_view api_type;
    std::string_view resource_type;
};
constexpr std::array<TypeRow, 4> type_rows{
    {{"identity", CheckedType::identity, "IDENTITY_POLICY", ""},
     {"trust", CheckedType::trust, "RESOURCE_POLICY", "AWS::IAM::AssumeRolePolicyDocument"},
     {"resource", CheckedType::resource, "RESOURCE_POLICY", ""},
     {"scp", CheckedType::guardrail, "SERVICE_CONTROL_POLICY", ""}}};

const TypeRow& row_of_type(const std::string& name) {
    return *std::ranges::find(type_rows, name, &TypeRow::name);
}

Result<std::string> read_policy(const std::string& file) {
    if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    return read_file(file);
}

json::object position_json(const policy::Spot& spot) {
    return {{"line", spot.line}, {"column", spot.column}, {"offset", spot.offset}};
}

json::object step_json(const policy::PathStep& step) {
    if (step.kind == policy::PathStep::Kind::index) return {{"index", step.index}};
    return {{step.kind == policy::PathStep::Kind::key ? "key" : "value", step.name}};
}

// As ValidatePolicy shows it.
json::object finding_json(const policy::Finding& finding) {
    json::array places;
    for (const policy::FindingPlace& place : finding.places) {
        json::array path;
        for (const policy::PathStep& step : place.path) path.push_back(step_json(step));
        places.push_back({{"path", path},
                          {"span", json::object{{"start", position_json(place.extent.start)},
                                                {"end", position_json(place.extent.end)}}}});
    }
    return {{"findingDetails", finding.details},
            {"findingType", policy::name_of(finding.type)},
            {"issueCode", finding.code},
            {"learnMoreLink", finding.link},
            {"locations", places}};
}

// A finding's first place as editors count: both from 1.
std::string place_of(const json::value& finding) {
    const auto places = client::list_in(finding, "locations");
    if (places.empty()) return "1:1";
    const json::value& start = *client::member_in(*client::member_in(places.front(), "span"), "start");
    const auto number = [&](std::string_view name) {
        const json::value* found = client::member_in(start, name);
        return found != nullptr && found->is_number() ? found->to_number<std::int64_t>() : 0;
    };
    return fmt::format("{}:{}", number("line"), number("column") + 1);
}

Paint paint_of(std::string_view type) {
    if (type == "ERROR") return Paint::bad;
    return type == "SUGGESTION" ? Paint::faint : Paint::warning;
}

// The server knows its databases and the actions of what it offers; without one the grammar alone is looked
// at.
Result<json::array> find_faults(const CommandLine& line, const PolicyArgs& words, const std::string& text) {
    const TypeRow& row = row_of_type(words.type);
    const auto target = client::find_target(line.data_dir, client::process_environment());
    if (!target) {
        json::array findings;
        for (const policy::Finding& finding : policy::check_policy(text, row.type, {}))
            findings.push_back(finding_json(finding));
        return findings;
    }
    json::object question{{"policyDocument", text}, {"policyType", row.api_type}};
    if (!row.resource_type.empty()) question["validatePolicyResourceType"] = row.resource_type;
    json::array findings;
    for (std::string next;;) {
        const std::string path = "/policy/validation";
        if (!next.empty()) question["nextToken"] = next;
        const json::value answer = TRY(client::post_document(*target, "access-analyzer", path, question));
        for (const json::value& finding : client::list_in(answer, "findings")) findings.push_back(finding);
        next = client::text_in(answer, "nextToken");
        if (next.empty()) return findings;
    }
}

Result<void> check(const CommandLine& line, const PolicyArgs& words) {
    const std::string text = TRY(read_policy(words.file));
    const json::array findings = TRY(find_faults(line, words, text));
    if (words.json) print_json(json::object{{"findings", findings}});
    bool broken = false;
    for (const json::value& finding : findings) {
        const std::string type = client::text_in(finding, "findingType");
        broken = broken || type == "ERROR";
        if (words.json) continue;
        print_line("{}:{}: {} {}: {}", words.file, place_of(finding), painted(type, paint_of(type)),
                   client::text_in(finding, "issueCode"), client::text_in(finding, "findingDetails"));
    }
    if (!words.json && findings.empty()) print_line("{}: nothing is wrong with it", words.file);
    if (!broken) return {};
    flush_output();
    return Error{Fault::conflict, "the policy has errors"};
}

}  // namespace

void add_policy_check(CLI::App& policy, CommandLine& line) {
    const auto words = std::make_shared<PolicyArgs>();
    CLI::App& command = *policy.add_subcommand("check", "says what is wrong with a policy, and where");
    add_data_dir(command, line);
    command.add_option("file", words->file, "the policy's JSON; - : standard input")->required();
    command
        .add_option(
            "--type", words->type,
            "what kind of policy it is: of users, groups and roles; a role's trust policy; a resource's; a "
            "guardrail")
        ->check(CLI::IsMember({"identity", "trust", "resource", "scp"}))
        ->capture_default_str();
    command.add_flag("--json", words->json, "the findings as IAM Access Analyzer shows them");
    command.footer(
        "Exits with 1 when there is an error. Where a server is found, its databases and their users are "
        "known,\n"
        "as to `aws accessanalyzer validate-policy`; without one the grammar alone is looked at.");
    on_chosen(command, line, [&line, words] { return check(line, *words); });
}

}  // namespace countersign::cli
