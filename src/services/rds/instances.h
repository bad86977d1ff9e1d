// Operations on instances: create, describe, modify, delete.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"
#include "services/rds/snapshot_records.h"

namespace countersign::rds {

Result<api::CreateDBInstanceResult> create_instance(const Deps& deps, const gateway::Call& call,
                                                    const api::CreateDBInstanceMessage& input);
// What an instance of its own begins with: a snapshot, the data of another one that it follows, or nothing.
struct FirstData {
    const RestoreSource* restored = nullptr;
    const model::DBInstance* source = nullptr;
};
// The rest of a creation.
Result<api::DBInstance> make_instance(const Deps& deps, const gateway::Call& call,
                                      const api::CreateDBInstanceMessage& input, const FirstData& data);
Result<api::DBInstanceMessage> describe_instances(const Deps& deps, const gateway::Call& call,
                                                  const api::DescribeDBInstancesMessage& input);
Result<api::ModifyDBInstanceResult> modify_instance(const Deps& deps, const gateway::Call& call,
                                                    const api::ModifyDBInstanceMessage& input);
Result<api::RebootDBInstanceResult> reboot_instance(const Deps& deps, const gateway::Call& call,
                                                    const api::RebootDBInstanceMessage& input);
Result<api::DeleteDBInstanceResult> delete_instance(const Deps& deps, const gateway::Call& call,
                                                    const api::DeleteDBInstanceMessage& input);

// The parameters that have their effect here, or none that anybody could miss.
extern const gateway::Supported create_instance_parameters;
extern const gateway::Supported modify_instance_parameters;

}  // namespace countersign::rds
