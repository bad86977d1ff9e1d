// Who a statement of a resource policy speaks of, and how closely it names a caller.
// Source: IAM User Guide, "AWS JSON policy elements: Principal", "Evaluating identity-based policies with
// resource-based policies".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace countersign::policy {

// Ordered from the loosest to the closest. An account only delegates to its own policies; a role's name
// leaves its sessions under their boundary and session policy; the caller itself, or everybody, is granted
// outright.
enum class Naming { none, account, role, caller };

// The caller of a request, taken apart once for all statements.
struct CallerName {
    std::string_view arn;
    std::string_view account;
    std::string_view role;  // of a role or an assumed-role session: its name, which is unique in its account
    std::string_view id;    // AIDA…, AROA…, AROA…:SESSION; empty where none is known

    CallerName(std::string_view principal_arn, std::string_view principal_account,
               std::string_view principal_id = {});
};

// Whether a text is the ARN of a user, a role or a session of one: of what has a unique id, which is never
// given to another, however it is named.
bool has_unique_id(std::string_view principal);
// Whether it is such an id: AIDA… of a user, AROA… of a role, AROA…:SESSION of a session.
bool is_unique_id(std::string_view principal);

class PrincipalPattern {
public:
    // Nothing for what is no principal: an unknown type, a wildcard inside a name, a name of no known form.
    static std::optional<PrincipalPattern> parse(std::string_view type, std::string_view value);

    Naming names(const CallerName& caller) const;

private:
    enum class Form { everybody, account, role, role_id, exactly, id };

    PrincipalPattern(Form form, std::string_view name, std::string_view account = {})
        : form_(form), name_(name), account_(account) {}
    static std::optional<PrincipalPattern> parse_aws(std::string_view value);

    Form form_;
    std::string name_;     // the whole ARN, name or id; of a role its name without path
    std::string account_;  // of an account or a role
};

}  // namespace countersign::policy
