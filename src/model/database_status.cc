#include "model/database_status.h"

#include <array>
#include <utility>

namespace countersign::model {

namespace {

using enum DatabaseStatus;

constexpr std::array<std::pair<DatabaseStatus, std::string_view>, 13> texts{{
    {creating, "creating"},
    {available, "available"},
    {configuring_iam_database_auth, "configuring-iam-database-auth"},
    {modifying, "modifying"},
    {resetting_master_credentials, "resetting-master-credentials"},
    {starting, "starting"},
    {stopping, "stopping"},
    {stopped, "stopped"},
    {rebooting, "rebooting"},
    {upgrading, "upgrading"},
    {failing_over, "failing-over"},
    {deleting, "deleting"},
    {failed, "failed"},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < texts.size(); ++i)
        if (texts[i].first != static_cast<DatabaseStatus>(i)) return false;
    return true;
}
static_assert(in_order() && static_cast<std::size_t>(failed) + 1 == texts.size());

}  // namespace

std::string_view text_of(DatabaseStatus status) {
    return texts[static_cast<std::size_t>(status)].second;
}

bool from_text(std::string_view text, DatabaseStatus& into) {
    for (const auto& [status, name] : texts)
        if (name == text) {
            into = status;
            return true;
        }
    return false;
}

}  // namespace countersign::model
