#include "model/aws_managed_policies.h"

#include <fmt/format.h>

#include <optional>

#include "base/files.h"
#include "formats/json.h"
#include "model/arn.h"

extern "C" const char countersign_managed_policies[];
extern "C" const char countersign_managed_policies_end[];

namespace countersign::model {

namespace json = formats::json;

namespace {

struct ChosenPolicies {
    std::string bytes;
    std::optional<ManagedPolicyFile> file;
};

ChosenPolicies& chosen_policies() {
    static ChosenPolicies chosen;
    return chosen;
}

const ManagedPolicyFile& policy_file() {
    if (const auto& chosen = chosen_policies().file) return *chosen;
    static const ManagedPolicyFile own =
        *ManagedPolicyFile::open({countersign_managed_policies, countersign_managed_policies_end});
    return own;
}

// arn:PARTITION:iam::aws:policy
std::string of_aws_prefix() {
    return iam_arn("aws", "policy");
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

bool reads_everything(const AwsManagedPolicy& policy) {
    return policy.path == "/" && (policy.name == "ReadOnlyAccess" || policy.name == "SecurityAudit");
}

// Statement and NotAction may each be one or a list of many.
template <class Each>
void for_each_of(json::value& one_or_many, Each each) {
    if (!one_or_many.is_array()) return each(one_or_many);
    for (json::value& one : one_or_many.as_array()) each(one);
}

void except_own_actions(json::value& statement) {
    json::value* const excepted = statement.as_object().if_contains("NotAction");
    if (excepted == nullptr || statement.at("Effect") != "Allow") return;
    if (!excepted->is_array()) *excepted = json::array{*excepted};
    excepted->as_array().push_back("countersign:*");
}

}  // namespace

Result<void> use_managed_policies(const std::string& file) {
    ChosenPolicies& chosen = chosen_policies();
    chosen.bytes = TRY(read_file(file));
    chosen.file = TRY(ManagedPolicyFile::open(chosen.bytes));
    return {};
}

std::span<const AwsManagedPolicy> aws_managed_policies() {
    return policy_file().policies();
}

bool is_of_aws(std::string_view policy_arn) {
    return policy_arn.starts_with(of_aws_prefix() + '/');
}

const AwsManagedPolicy* find_aws_managed_policy(std::string_view arn) {
    const std::string prefix = of_aws_prefix();
    return is_of_aws(arn) ? policy_file().find(arn.substr(prefix.size())) : nullptr;
}

Result<std::vector<std::string>> aws_managed_documents(const AwsManagedPolicy& policy,
                                                       std::span<const AwsManagedPolicy::Version> versions) {
    auto documents = TRY(policy_file().documents(policy, versions));
    const std::string_view published_in = partition_of("us-east-1");
    if (partition() == published_in) return documents;
    for (std::string& document : documents)
        replace_all(document, fmt::format("\"arn:{}:", published_in), fmt::format("\"arn:{}:", partition()));
    return documents;
}

Result<std::string> evaluated_document(const AwsManagedPolicy& policy) {
    const auto documents = TRY(aws_managed_documents(policy, {&policy.newest(), 1}));
    const std::string& text = documents.front();
    if (text.find("NotAction") == std::string::npos && !reads_everything(policy)) return text;
    json::value document = TRY(formats::parse_json(text));
    json::value& statements = document.as_object().at("Statement");
    for_each_of(statements, except_own_actions);
    if (reads_everything(policy)) {
        if (!statements.is_array()) statements = json::array{statements};
        statements.as_array().push_back(
            {{"Effect", "Allow"}, {"Action", {"countersign:Get*", "countersign:List*"}}, {"Resource", "*"}});
    }
    return json::serialize(document);
}

}  // namespace countersign::model
