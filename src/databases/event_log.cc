#include "databases/event_log.h"

#include "base/text.h"
#include "formats/encoding.h"
#include "model/arn.h"
#include "model/keys.h"

namespace countersign::databases {

namespace {

constexpr std::size_t event_bytes_max = 1024;

}  // namespace

EventSource source_of(const RecordSet& records) {
    if (records.reader && !records.instances.empty()) return source_of(records.instances[0].record);
    return {records.kind(), records.account(), records.region(), records.identifier()};
}

EventSource source_of(const model::DBCluster& cluster) {
    return {Kind::cluster, cluster.account, cluster.region, cluster.id};
}

EventSource source_of(const model::DBInstance& instance) {
    return {Kind::instance, instance.account, instance.region, instance.id};
}

store::Write event_of(const EventSource& source, std::string_view message, Instant now,
                      crypto::Random& random) {
    const bool cluster = source.kind == Kind::cluster;
    const model::Arn arn{.partition = std::string(model::partition_of(source.region)),
                         .service = "rds",
                         .region = source.region,
                         .account = source.account,
                         .resource = (cluster ? "cluster:" : "db:") + source.identifier};
    const std::string key =
        model::keys::event(source.account, source.region, now, formats::hex(random.bytes(4)));
    return store::put(key, model::Event{.source_type = cluster ? "db-cluster" : "db-instance",
                                        .source_id = source.identifier,
                                        .source_arn = arn.text(),
                                        .message = printable(message, event_bytes_max),
                                        .time = now});
}

}  // namespace countersign::databases
