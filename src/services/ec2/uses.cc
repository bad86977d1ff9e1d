#include "services/ec2/uses.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "model/keys.h"
#include "model/rds.h"
#include "store/records.h"

namespace countersign::ec2 {

namespace keys = model::keys;

namespace {

// What every database of the place has: its subnet group and its security groups.
template <class Database>
Result<void> each_database(store::Store& store, const std::string& list,
                           const std::function<void(const std::string& subnet_group,
                                                    const std::vector<std::string>& groups)>& take) {
    const auto all = TRY(store::load_all<Database>(store, list));
    for (const auto& one : all) take(one.record.subnet_group, one.record.security_groups);
    return {};
}

struct Used {
    std::set<std::string> subnet_groups;
    std::set<std::string> groups;
};

Result<Used> used_in(store::Store& store, const network::Place& place) {
    Used used;
    const auto take = [&](const std::string& subnet_group, const std::vector<std::string>& groups) {
        used.subnet_groups.insert(subnet_group);
        used.groups.insert(groups.begin(), groups.end());
    };
    TRY(each_database<model::DBInstance>(store, keys::instances(place.account, place.region), take));
    TRY(each_database<model::DBCluster>(store, keys::clusters(place.account, place.region), take));
    return used;
}

}  // namespace

Result<bool> is_subnet_used(store::Store& store, const network::Place& place, std::string_view subnet) {
    const Used used = TRY(used_in(store, place));
    const auto groups =
        TRY(store::load_all<model::DBSubnetGroup>(store, keys::subnet_groups(place.account, place.region)));
    return std::ranges::any_of(groups, [&](const auto& group) {
        return used.subnet_groups.contains(group.record.name) &&
               std::ranges::count(group.record.subnets, subnet) > 0;
    });
}

Result<bool> is_group_used(store::Store& store, const network::Place& place, std::string_view group) {
    const Used used = TRY(used_in(store, place));
    return used.groups.contains(std::string(group));
}

}  // namespace countersign::ec2
