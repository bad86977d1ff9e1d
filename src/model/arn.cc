#include "model/arn.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "base/text.h"

namespace countersign::model {

namespace {

constexpr std::string_view china = "aws-cn";

constexpr std::array<std::string_view, 3> partitions{"aws", china, "aws-us-gov"};
constexpr std::array<std::string_view, 3> home_regions{"us-east-1", "cn-north-1", "us-gov-west-1"};

std::atomic<std::size_t> own_partition = 0;  // a place in partitions

}  // namespace

std::string Arn::text() const {
    return "arn:" + partition + ':' + service + ':' + region + ':' + account + ':' + resource;
}

std::optional<Arn> parse_arn(std::string_view text) {
    std::vector<std::string_view> parts;
    for (int i = 0; i < 5; ++i) {
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        parts.push_back(text.substr(0, colon));
        text.remove_prefix(colon + 1);
    }
    if (parts[0] != "arn" || parts[1].empty() || parts[2].empty() || text.empty()) return std::nullopt;
    return Arn{std::string(parts[1]), std::string(parts[2]), std::string(parts[3]), std::string(parts[4]),
               std::string(text)};
}

std::string_view partition_of(std::string_view region) {
    if (region.starts_with("cn-")) return china;
    if (region.starts_with("us-gov-")) return partitions[2];
    return partitions[0];
}

std::string_view partition() {
    return partitions.at(own_partition);
}

void stand_in(std::string_view region) {
    const auto found = std::ranges::find(partitions, partition_of(region));
    own_partition = static_cast<std::size_t>(found - partitions.begin());
}

std::string_view home_region() {
    return home_regions.at(own_partition);
}

std::string_view dns_suffix_of(std::string_view region) {
    return partition_of(region) == china ? "amazonaws.com.cn" : "amazonaws.com";
}

std::string_view dns_suffix() {
    return dns_suffix_of(home_region());
}

std::string_view signin_host_of(std::string_view region) {
    const std::string_view partition = partition_of(region);
    if (partition == china) return "signin.amazonaws.cn";
    return partition == partitions[0] ? "signin.aws.amazon.com" : "signin.amazonaws-us-gov.com";
}

std::string global_arn(std::string_view service, std::string_view account, std::string_view resource) {
    return Arn{std::string(partition()), std::string(service), "", std::string(account),
               std::string(resource)}
        .text();
}

std::string dbuser_arn(std::string_view region, std::string_view account, std::string_view resource_id,
                       std::string_view db_user) {
    const std::string_view of_region = partition_of(region);
    std::string arn;
    arn.reserve(of_region.size() + region.size() + account.size() + resource_id.size() + db_user.size() + 32);
    arn.append("arn:").append(of_region).append(":rds-db:").append(region).append(":").append(account);
    return arn.append(":dbuser:").append(resource_id).append("/").append(db_user);
}

}  // namespace countersign::model
