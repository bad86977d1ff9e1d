#include "grants/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"

namespace countersign::grants {

namespace {

constexpr std::string_view iam_role = "rds_iam";

std::string shown(std::string_view name) {
    return name == everybody ? "PUBLIC" : printable(name);
}

std::string grantee(std::string_view name) {
    return name == everybody ? "PUBLIC" : quoted(name);
}

class Planner {
public:
    Planner(const Document& wanted, const Observed& observed) : wanted_(wanted), observed_(observed) {}

    Result<std::vector<Change>> plan() && {
        for (const auto& [name, role] : wanted_.roles) TRY(check(name));
        for (const std::string& name : wanted_.retired) TRY(check(name));
        for (const auto& [name, role] : wanted_.roles) define(name, role);
        for (const std::string& name : wanted_.retired) retire(name);
        for (const auto& [name, role] : wanted_.roles)
            if (role.member_of) TRY(join(name, *role.member_of));
        for (const auto& [database, names] : wanted_.connect) TRY(let_connect(database, names));
        return std::move(changes_);
    }

private:
    void add(std::string kind, std::string what, std::string sql) {
        changes_.push_back({std::move(kind), std::move(what), std::move(sql)});
    }

    const Observed::Role* found(const std::string& name) const {
        const auto role = observed_.roles.find(name);
        return role == observed_.roles.end() ? nullptr : &role->second;
    }

    bool will_be(const std::string& name) const {
        return found(name) != nullptr || wanted_.roles.contains(name);
    }

    Result<void> check(const std::string& name) const {
        const Observed::Role* const role = found(name);
        if (role != nullptr && role->superuser)
            return Error{Fault::conflict,
                         fmt::format("{} is a superuser, which no file changes", shown(name))};
        if (name == observed_.current_user)
            return Error{
                Fault::conflict,
                fmt::format("{} is the role that this is done as; take it out of the file", shown(name))};
        return {};
    }

    void define(const std::string& name, const WantedRole& role) {
        const std::string_view login = role.login ? "LOGIN" : "NOLOGIN";
        const Observed::Role* const is = found(name);
        if (is == nullptr)
            add("createRole", fmt::format("make the {} {}", role.login ? "user" : "group", shown(name)),
                fmt::format("CREATE ROLE {} {}", quoted(name), login));
        else if (is->login != role.login)
            add("alterRole", fmt::format("{}: {}, and was not", shown(name), login),
                fmt::format("ALTER ROLE {} {}", quoted(name), login));
    }

    void retire(const std::string& name) {
        const Observed::Role* const is = found(name);
        if (is == nullptr) return;
        if (is->login)
            add("alterRole", fmt::format("{}: NOLOGIN, for it is retired", shown(name)),
                fmt::format("ALTER ROLE {} NOLOGIN", quoted(name)));
        for (const Membership& grant : observed_.memberships)
            if (grant.member == name && grant.role == iam_role) take_out(grant, "it is retired");
    }

    void take_out(const Membership& grant, std::string_view why) {
        const std::string by = grant.grantor.empty() ? "" : " GRANTED BY " + quoted(grant.grantor);
        add("revokeRole", fmt::format("{} leaves {}: {}", shown(grant.member), shown(grant.role), why),
            fmt::format("REVOKE {} FROM {}{}", quoted(grant.role), quoted(grant.member), by));
    }

    // A role that members of the group would be as well, through any number of roles, and that nobody is by a
    // file; empty where there is none.
    std::string beyond(const std::string& group) const {
        std::set<std::string> seen;
        std::vector<std::string> waiting = {group};
        while (!waiting.empty()) {
            std::string role = std::move(waiting.back());
            waiting.pop_back();
            if (!seen.insert(role).second) continue;
            const Observed::Role* const is = found(role);
            if ((is != nullptr && is->superuser) || is_beyond_a_file(role)) return role;
            for (const Membership& grant : observed_.memberships)
                if (grant.member == role) waiting.push_back(grant.role);
        }
        return {};
    }

    Result<void> join(const std::string& name, const std::set<std::string>& groups) {
        std::set<std::string> is_in;
        for (const Membership& grant : observed_.memberships) {
            if (grant.member != name) continue;
            is_in.insert(grant.role);
            if (!groups.contains(grant.role)) take_out(grant, "the file does not say so");
        }
        for (const std::string& group : groups) {
            if (!will_be(group))
                return Error{Fault::conflict,
                             fmt::format("{} is to be a member of {}, which is not there; name it "
                                         "below groups to have it made",
                                         shown(name), shown(group))};
            if (is_in.contains(group)) continue;
            if (const std::string more = beyond(group); !more.empty())
                return Error{
                    Fault::conflict,
                    fmt::format("{} is not made a member of {}, which leads to {}: that is more than a file "
                                "may say",
                                shown(name), shown(group), shown(more))};
            add("grantRole", fmt::format("{} becomes a member of {}", shown(name), shown(group)),
                fmt::format("GRANT {} TO {}", quoted(group), quoted(name)));
        }
        return {};
    }

    Result<void> let_connect(const std::string& database, const std::set<std::string>& names) {
        const auto is = observed_.databases.find(database);
        if (is == observed_.databases.end())
            return Error{Fault::conflict, fmt::format("there is no database {}", shown(database))};
        for (const std::string& name : names) {
            if (name != everybody && !will_be(name))
                return Error{Fault::conflict, fmt::format("{} is to connect to {} and is not there",
                                                          shown(name), shown(database))};
            if (is->second.connect.contains(name) || name == is->second.owner) continue;
            add("grantConnect", fmt::format("{} may connect to {}", shown(name), shown(database)),
                fmt::format("GRANT CONNECT ON DATABASE {} TO {}", quoted(database), grantee(name)));
        }
        for (const std::string& name : is->second.connect) {
            if (names.contains(name) || name == is->second.owner) continue;
            add("revokeConnect",
                fmt::format("{} may no longer connect to {}: the file does not say so", shown(name),
                            shown(database)),
                fmt::format("REVOKE CONNECT ON DATABASE {} FROM {}", quoted(database), grantee(name)));
        }
        return {};
    }

    const Document& wanted_;
    const Observed& observed_;
    std::vector<Change> changes_;
};

}  // namespace

std::string quoted(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + '"';
}

Result<std::vector<Change>> plan(const Document& wanted, const Observed& observed) {
    return Planner(wanted, observed).plan();
}

}  // namespace countersign::grants
