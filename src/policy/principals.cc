#include "policy/principals.h"

#include <algorithm>
#include <array>

#include "policy/arn_pattern.h"

namespace countersign::policy {

namespace {

constexpr std::string_view role_prefix = "role/";
constexpr std::string_view session_prefix = "assumed-role/";

bool is_account(std::string_view text) {
    return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_provider(std::string_view resource) {
    return resource.starts_with("oidc-provider/") || resource.starts_with("saml-provider/");
}

}  // namespace

CallerName::CallerName(std::string_view principal_arn, std::string_view principal_account)
    : arn(principal_arn), account(principal_account) {
    const ArnText parts(principal_arn);
    if (!parts.fields) return;
    std::string_view resource = parts.fields->back();
    if (resource.starts_with(session_prefix)) {
        resource.remove_prefix(session_prefix.size());
        role = resource.substr(0, resource.find('/'));
    } else if (resource.starts_with(role_prefix)) {
        role = resource.substr(resource.rfind('/') + 1);
    }
}

std::optional<PrincipalPattern> PrincipalPattern::parse(std::string_view type, std::string_view value) {
    constexpr std::array others = {std::string_view("Service"), std::string_view("Federated"),
                                   std::string_view("CanonicalUser")};
    if (type == "AWS") return parse_aws(value);
    const bool known = std::ranges::find(others, type) != others.end();
    if (!known || value.empty() || value.find_first_of("*?") != value.npos) return std::nullopt;
    return PrincipalPattern(Form::exactly, value);
}

std::optional<PrincipalPattern> PrincipalPattern::parse_aws(std::string_view value) {
    if (value == "*") return PrincipalPattern(Form::everybody, value);
    if (is_account(value)) return PrincipalPattern(Form::account, value, value);
    const ArnText arn(value);
    if (!arn.fields || value.find_first_of("*?$") != value.npos) return std::nullopt;
    const auto& [scheme, partition, service, region, account, resource] = *arn.fields;
    const bool identity = service == "iam" || service == "sts";
    if (!identity || !region.empty() || !is_account(account) || is_provider(resource)) return std::nullopt;
    if (resource == "root") return PrincipalPattern(Form::account, value, account);
    if (!resource.starts_with(role_prefix)) return PrincipalPattern(Form::exactly, value);
    return PrincipalPattern(Form::role, resource.substr(resource.rfind('/') + 1), account);
}

Naming PrincipalPattern::names(const CallerName& caller) const {
    switch (form_) {
        case Form::everybody:
            return Naming::caller;
        case Form::account:
            return caller.account == account_ ? Naming::account : Naming::none;
        case Form::role:
            return caller.account == account_ && !caller.role.empty() && caller.role == name_ ? Naming::role
                                                                                              : Naming::none;
        case Form::exactly:
            return caller.arn == name_ ? Naming::caller : Naming::none;
    }
    return Naming::none;
}

}  // namespace countersign::policy
