#include "services/rds/source_regions.h"

#include <fmt/format.h>

#include "model/arn.h"
#include "model/region.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::Call;

namespace {

api::SourceRegion to_api(std::string_view region) {
    api::SourceRegion answer;
    answer.RegionName = region;
    const std::string_view suffix = region.starts_with("cn-") ? ".cn" : "";
    answer.Endpoint = fmt::format("https://rds.{}.amazonaws.com{}", region, suffix);
    answer.Status = "available";
    answer.SupportsDBInstanceAutomatedBackupsReplication = false;
    return answer;
}

}  // namespace

Result<api::SourceRegionMessage> describe_source_regions(const Deps&, const Call& call,
                                                         const api::DescribeSourceRegionsMessage& input) {
    TRY(Filters::read(input.Filters, {}));
    std::vector<api::SourceRegion> regions;
    for (const std::string_view region : model::public_regions())
        if (model::partition_of(region) == model::partition_of(call.region) && region != call.region &&
            input.RegionName.value_or(std::string(region)) == region)
            regions.push_back(to_api(region));
    if (input.RegionName && !model::is_region(*input.RegionName))
        return invalid_value(fmt::format("Invalid region name: {}", *input.RegionName));
    auto shown_page = TRY(page(
        std::move(regions), [](const auto& region) { return *region.RegionName; }, input));
    api::SourceRegionMessage answer;
    answer.SourceRegions = std::move(shown_page.items);
    answer.Marker = std::move(shown_page.next);
    return answer;
}

}  // namespace countersign::rds
