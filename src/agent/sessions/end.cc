#include "agent/sessions/end.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "model/arn.h"

namespace countersign::agent {

namespace {

bool fits(const std::string& condition, const std::string& value) {
    return condition.empty() || condition == value;
}

// A list of sessions shows users as the audit does, and one of them can be named in this way.
std::string recorded(const std::string& user) {
    return printable(user, limits::recorded_name_bytes_max);
}

// arn:…:iam::ACCOUNT:role/PATH/NAME stands for arn:…:sts::ACCOUNT:assumed-role/NAME/SESSION.
bool is_session_of(const std::string& principal_arn, const std::string& role_arn) {
    const auto role = model::parse_arn(role_arn);
    const auto principal = model::parse_arn(principal_arn);
    if (!role || !principal || role->service != "iam" || !role->resource.starts_with("role/")) return false;
    const std::string name = role->resource.substr(role->resource.rfind('/') + 1);
    return principal->service == "sts" && principal->account == role->account &&
           principal->partition == role->partition &&
           principal->resource.starts_with("assumed-role/" + name + '/');
}

}  // namespace

bool meets(const audit::LoginEntry& login, const SessionFilter& filter) {
    const std::vector<std::string>& ids = filter.login_ids;
    return fits(filter.account, login.account) && fits(filter.access_key_id, login.access_key_id) &&
           fits(filter.resource_id, login.resource_id) && fits(recorded(filter.user), recorded(login.user)) &&
           (ids.empty() || std::ranges::find(ids, login.login_id) != ids.end()) &&
           (fits(filter.principal_arn, login.principal_arn) ||
            is_session_of(login.principal_arn, filter.principal_arn));
}

}  // namespace countersign::agent
