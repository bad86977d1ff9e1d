#include "policy/principals.h"

#include <algorithm>
#include <array>

#include "model/arn.h"
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

// Only providers have ARNs among what is no principal of AWS: a service that is called as a user is no user.
bool is_name(std::string_view type, std::string_view value) {
    const ArnText arn(value);
    return !arn.fields || (type == "Federated" && is_provider(arn.fields->back()));
}

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_session_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_letter_or_digit(c) || std::string_view("_+=,.@-").find(c) != std::string_view::npos;
    });
}

}  // namespace

bool has_unique_id(std::string_view principal) {
    const ArnText arn(principal);
    if (!arn.fields) return false;
    const std::string_view resource = arn.fields->back();
    return resource.starts_with("user/") || resource.starts_with(role_prefix) ||
           resource.starts_with(session_prefix);
}

bool is_unique_id(std::string_view principal) {
    const bool role = principal.starts_with("AROA");
    if (!role && !principal.starts_with("AIDA")) return false;
    const std::size_t colon = principal.find(':');
    if (colon != principal.npos && !(role && is_session_name(principal.substr(colon + 1)))) return false;
    return std::ranges::all_of(principal.substr(0, colon), is_letter_or_digit);
}

CallerName::CallerName(std::string_view principal_arn, std::string_view principal_account,
                       std::string_view principal_id)
    : arn(principal_arn), account(principal_account), id(principal_id) {
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
    if (!known || value.empty() || value.find_first_of("*?") != value.npos || !is_name(type, value))
        return std::nullopt;
    return PrincipalPattern(Form::exactly, value);
}

std::optional<PrincipalPattern> PrincipalPattern::parse_aws(std::string_view value) {
    if (value == "*") return PrincipalPattern(Form::everybody, value);
    if (is_account(value)) return PrincipalPattern(Form::account, value, value);
    if (is_unique_id(value)) {
        const bool all_sessions = value.starts_with("AROA") && value.find(':') == value.npos;
        return PrincipalPattern(all_sessions ? Form::role_id : Form::id, value);
    }
    const ArnText arn(value);
    if (!arn.fields || value.find_first_of("*?$") != value.npos) return std::nullopt;
    const auto& [scheme, partition, service, region, account, resource] = *arn.fields;
    const bool identity = service == "iam" || service == "sts";
    if (!identity || partition != model::partition() || !region.empty() || !is_account(account) ||
        is_provider(resource))
        return std::nullopt;
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
        case Form::role_id:
            return caller.id.substr(0, caller.id.find(':')) == name_ ? Naming::role : Naming::none;
        case Form::id:
            return caller.id == name_ ? Naming::caller : Naming::none;
        case Form::exactly:
            return caller.arn == name_ ? Naming::caller : Naming::none;
    }
    return Naming::none;
}

}  // namespace countersign::policy
