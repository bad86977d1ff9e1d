#include "services/sso_admin/assignees.h"

#include "identity_center/directory.h"
#include "store/records.h"

namespace countersign::sso_admin {

std::string kind_text(model::AssigneeKind kind) {
    return kind == model::AssigneeKind::GROUP ? "GROUP" : "USER";
}

model::AssigneeKind kind_of(const std::string& text) {
    return text == "GROUP" ? model::AssigneeKind::GROUP : model::AssigneeKind::USER;
}

Result<std::optional<store::Transaction>> with_assignee(store::Store& store,
                                                        const std::string& identity_store,
                                                        model::AssigneeKind kind, const std::string& id) {
    std::optional<store::Transaction> held;
    if (kind == model::AssigneeKind::USER) {
        const auto user = TRY(identity_center::find_user(store, identity_store, id));
        if (user) held = store::Transaction{{user->unchanged()}, {store::put(user->key, user->record)}};
    } else {
        const auto group = TRY(identity_center::find_group(store, identity_store, id));
        if (group) held = store::Transaction{{group->unchanged()}, {store::put(group->key, group->record)}};
    }
    return held;
}

}  // namespace countersign::sso_admin
