// Lists of many: a page reads itself from the store and no more.
#include <fmt/format.h>

#include "model/keys.h"
#include "services/rds/api_fixture.h"

namespace countersign::rds {
namespace {

namespace keys = model::keys;
using Names = std::vector<std::string>;

class ListsApi : public ApiTest {
protected:
    void put_instances(int count) {
        for (int i = 0; i < count; ++i) {
            model::DBInstance instance;
            instance.id = fmt::format("n{:03}", i);
            instance.account = account;
            instance.region = region;
            instance.resource_id = "db-" + instance.id;
            instance.status = model::DatabaseStatus::available;
            instance.server.emplace();
            instance.server->engine = i % 30 == 0 ? "rare" : "postgres";
            ASSERT_TRUE(
                store_->commit({{}, {store::put(keys::instance(account, region, instance.id), instance)}}));
        }
    }
    void put_event(const std::string& id, std::chrono::minutes ago) {
        const model::Event event{"db-instance", id, "arn", "something", clock_.now() - ago};
        ASSERT_TRUE(store_->commit({{}, {store::put(keys::event(account, region, event.time, id), event)}}));
    }
    // The XPath's texts on all pages.
    Names all_pages(const std::string& action, Parameters parameters, const std::string& path) {
        Names all;
        for (int pages = 0; pages < 100; ++pages) {
            const Answer answer = call(action, parameters);
            EXPECT_EQ(answer.status, 200) << answer.error();
            for (const auto& found : answer.document.select_nodes(path.c_str()))
                all.push_back(found.node().text().get());
            if (answer.text("//Marker").empty()) return all;
            parameters["Marker"] = answer.text("//Marker");
        }
        ADD_FAILURE() << action << " never ends";
        return all;
    }
};

TEST_F(ListsApi, APageReadsItselfAndOneMore) {
    put_instances(90);
    const std::string prefix = keys::instances(account, region);
    const Answer first = call("DescribeDBInstances", {{"MaxRecords", "20"}});
    EXPECT_EQ(first.count("//DBInstance"), 20U);
    EXPECT_EQ(store_->take_entries_read(prefix), 21U);
    const Answer second =
        call("DescribeDBInstances", {{"MaxRecords", "20"}, {"Marker", first.text("//Marker")}});
    EXPECT_EQ(second.text("//DBInstance/DBInstanceIdentifier"), "n020");
    EXPECT_EQ(store_->take_entries_read(prefix), 21U);
    EXPECT_EQ(
        all_pages("DescribeDBInstances", {{"MaxRecords", "20"}}, "//DBInstance/DBInstanceIdentifier").size(),
        90U);
}

TEST_F(ListsApi, FiltersHoldOverPages) {
    put_instances(90);
    const Parameters rare{{"MaxRecords", "20"},
                          {"Filters.Filter.1.Name", "engine"},
                          {"Filters.Filter.1.Values.Value.1", "rare"}};
    EXPECT_EQ(all_pages("DescribeDBInstances", rare, "//DBInstance/DBInstanceIdentifier"),
              (Names{"n000", "n030", "n060"}));
    Parameters one = rare;
    one["DBInstanceIdentifier"] = "n001";
    EXPECT_EQ(call("DescribeDBInstances", one).count("//DBInstance"), 0U);
    one["DBInstanceIdentifier"] = "n030";
    EXPECT_EQ(call("DescribeDBInstances", one).count("//DBInstance"), 1U);
}

TEST_F(ListsApi, AMarkerOfAnotherListIsRefused) {
    put_instances(30);
    const std::string marker = call("DescribeDBInstances", {{"MaxRecords", "20"}}).text("//Marker");
    ASSERT_FALSE(marker.empty());
    EXPECT_EQ(call("DescribeDBClusters", {{"Marker", marker}}).error(),
              "InvalidParameterValue: Invalid Marker.");
    EXPECT_EQ(call("DescribeDBInstances", {{"Marker", "n005"}}).error(),
              "InvalidParameterValue: Invalid Marker.");
}

TEST_F(ListsApi, EventsOutsideThePeriodAreNotRead) {
    for (int i = 0; i < 300; ++i) put_event(fmt::format("n{:03}", i), std::chrono::minutes(i));
    const std::string prefix = keys::events(account, region);
    const Answer first = call("DescribeEvents", {{"MaxRecords", "20"}});
    EXPECT_EQ(first.count("//Event"), 20U);
    EXPECT_EQ(first.text("//Event/SourceIdentifier"), "n059") << "the oldest of the last hour";
    EXPECT_EQ(store_->take_entries_read(prefix), 21U);
    const Names all = all_pages("DescribeEvents", {{"MaxRecords", "20"}}, "//Event/SourceIdentifier");
    EXPECT_EQ(all.size(), 60U);
    EXPECT_EQ(all.back(), "n000");
}

}  // namespace
}  // namespace countersign::rds
