#include "services/cloudtrail/event.h"

#include "base/text.h"
#include "formats/iso_time.h"

namespace countersign::cloudtrail {

namespace {

constexpr std::string_view event_version = "1.09";
constexpr std::size_t shown_bytes_max = 1024;

}  // namespace

formats::json::object record_of(const Event& event) {
    formats::json::object record;
    record["eventVersion"] = event_version;
    record["eventTime"] = formats::second_time(event.time);
    record["eventSource"] = event.source;
    record["eventName"] = event.name;
    record["awsRegion"] = event.region;
    record["eventID"] = event.id;
    record["readOnly"] = event.read_only;
    record["managementEvent"] = true;
    record["recipientAccountId"] = event.account;
    record["eventCategory"] = "Management";
    formats::json::array resources;
    for (const EventResource& resource : event.resources)
        resources.push_back(
            formats::json::object{{"resourceType", resource.type}, {"resourceName", resource.name}});
    if (!resources.empty()) record["resources"] = std::move(resources);
    return record;
}

std::string to_api(std::string_view text) {
    return printable(text, shown_bytes_max);
}

}  // namespace countersign::cloudtrail
