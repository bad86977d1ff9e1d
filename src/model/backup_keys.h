// Where the records of backups that outlive their database lie in the store, as keys.h has it for the rest.
#pragma once

#include <string>

#include "model/keys.h"

namespace countersign::model::keys {

// Of clusters and instances that are deleted, by the resource ids that they had:
// /rds/ACCOUNT/REGION/retained-backup/RESOURCE-ID
inline constexpr Name retained_backup_part = "/retained-backup/";

inline std::string retained_backups(Name account_id, Name region) {
    return item(item(rds_of(account_id), region), retained_backup_part);
}
inline std::string retained_backup(Name account_id, Name region, Name resource_id) {
    return item(retained_backups(account_id, region), resource_id);
}
inline bool is_retained_backup(Name key) {
    return key.starts_with(rds()) && list_of(key).ends_with(retained_backup_part);
}

}  // namespace countersign::model::keys
