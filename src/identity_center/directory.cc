#include "identity_center/directory.h"

#include "model/identity_center_keys.h"

namespace countersign::identity_center {

namespace keys = model::keys;

Result<std::optional<store::Stored<model::DirectoryUser>>> find_user(store::Store& store,
                                                                     const std::string& identity_store,
                                                                     const std::string& id) {
    return store::load<model::DirectoryUser>(store, keys::directory_user(identity_store, id));
}

Result<std::optional<store::Stored<model::DirectoryUser>>> find_user_by_name(
    store::Store& store, const std::string& identity_store, const std::string& name) {
    const auto id = TRY(store.get(keys::directory_user_name(identity_store, name)));
    if (!id) return std::optional<store::Stored<model::DirectoryUser>>();
    return find_user(store, identity_store, id->value);
}

Result<std::optional<store::Stored<model::DirectoryGroup>>> find_group(store::Store& store,
                                                                       const std::string& identity_store,
                                                                       const std::string& id) {
    return store::load<model::DirectoryGroup>(store, keys::directory_group(identity_store, id));
}

Result<std::vector<std::string>> groups_of(store::Store& store, const std::string& identity_store,
                                           const std::string& user_id) {
    const std::string list = keys::user_groups(identity_store, user_id);
    const store::Page page = TRY(store::list_all(store, list));
    std::vector<std::string> groups;
    for (const store::Entry& entry : page.entries) groups.push_back(entry.key.substr(list.size()));
    return groups;
}

Result<Assignees> assignees_of(store::Store& store, const std::string& identity_store,
                               const std::string& user_id) {
    Assignees found{user_id, {}};
    const std::vector<std::string> groups = TRY(groups_of(store, identity_store, user_id));
    for (const std::string& group : groups) {
        const auto present = TRY(find_group(store, identity_store, group));
        if (present) found.groups.push_back(group);
    }
    return found;
}

std::string identity_store_of(const std::string& id) {
    return "d-" + id.substr(0, id.find('-'));
}

}  // namespace countersign::identity_center
