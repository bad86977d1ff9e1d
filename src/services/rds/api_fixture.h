// RDS's API for one test, as a client meets it. Nothing fulfils the wishes; settle() stands in for databases.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "formats/iso_time.h"
#include "gateway/api_fixture.h"
#include "model/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

using gateway::test::Answer;
using gateway::test::Parameters;

class ApiTest : public gateway::test::ApiFixture {
protected:
    static constexpr const char* region = "eu-central-1";

    explicit ApiTest(const model::OptionPolicy& options = {}) : ApiFixture({"rds", "2014-10-31", region}) {
        serve({service({*store_, sealing_, random_, versions_, {"localhost", 21000, 23000}, options})});
    }

    // A user with one policy, and an access key of that name.
    void add_limited_user(const std::string& key_id, const std::string& policy) {
        add_user("limited", policy);
        add_key(key_id, "limited");
    }

    std::optional<model::DBCluster> cluster(const std::string& id) {
        return record<model::DBCluster>(model::keys::cluster(account, region, id));
    }
    std::optional<model::DBInstance> instance(const std::string& id) {
        return record<model::DBInstance>(model::keys::instance(account, region, id));
    }

    // What databases makes of every record in the end.
    void settle() {
        settle_all<model::DBCluster>(model::keys::clusters(account, region));
        settle_all<model::DBInstance>(model::keys::instances(account, region));
    }

private:
    static void has_data(model::DBCluster& cluster) { cluster.server.created = true; }
    static void has_data(model::DBInstance& instance) {
        if (instance.server) instance.server->created = true;
    }

    template <class Record>
    void settle_all(const std::string& prefix) {
        const auto all = store::load_all<Record>(*store_, prefix);
        ASSERT_TRUE(all);
        for (auto stored : *all) {
            stored.record.status = model::DatabaseStatus::available;
            has_data(stored.record);
            const bool ends = stored.record.wish == model::Wish::deleted;
            const store::Write write =
                ends ? store::erase(stored.key) : store::put(stored.key, stored.record);
            ASSERT_TRUE(store_->commit({{}, {write}}));
        }
    }

    databases::Versions versions_{{{15, 20, "15.20", {}}, {17, 4, "17.4", {}}}};
};

}  // namespace countersign::rds
