// The records behind one server, read together and written back with compare-and-set. Values; the store is
// passed in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "databases/census.h"
#include "databases/plan.h"
#include "databases/server_view.h"
#include "model/cluster_endpoints.h"
#include "model/rds.h"
#include "model/snapshots.h"
#include "network/admission.h"
#include "store/records.h"

namespace countersign::databases {

struct RecordSet {
    std::optional<store::Stored<model::DBCluster>> cluster;
    std::vector<store::Stored<model::DBInstance>> instances;  // as in ServerKeys
    std::vector<store::Stored<model::DBInstance>> others;   // with data of their own: of the cluster; or the
                                                            // read replicas, or the source, of an instance
    std::vector<store::Stored<model::Snapshot>> snapshots;  // to be made, in the order they were asked for
    std::vector<store::Stored<model::ClusterEndpoint>> endpoints;  // custom ones of the cluster
    std::map<std::string, std::string> parameters;                 // of PostgreSQL, as its groups set them
    std::optional<network::Admission> admission;  // from where it may be reached; none: everywhere

    bool retains = false;  // it is to be deleted, and can be restored to a point in time for a while after

    bool reader = false;  // of a cluster, or of a source; that one's record is somebody else's to change

    const model::Server* server() const;  // null when its record is gone
    model::Server* server();
    Kind kind() const { return cluster ? Kind::cluster : Kind::instance; }
    const std::string& account() const;
    const std::string& region() const;
    const std::vector<model::Tag>& tags() const;
    const std::string& identifier() const;
    std::optional<model::DatabaseStatus> status() const;  // of the cluster, or of the instance alone
    void set_status(model::DatabaseStatus status);
    const std::string& maintenance_window() const;
    const std::string& backup_window() const;
    const model::PassthroughAttributes& kept() const;
    Instant created() const;
    bool deleted() const;  // the whole server is to be deleted
    bool stopped() const;  // it is to lie still
    void keep();           // it is not to be deleted
    bool is_of_cluster() const { return cluster.has_value() && !reader; }  // it is the cluster's own server
};

// Only the records that still are about this server.
Result<RecordSet> read_records(store::Store& store, const ServerKeys& keys);

// Puts what differs and erases what `after` lacks; Fault::conflict when somebody else wrote in between.
// `others` are written in the same transaction.
Result<void> write_records(store::Store& store, const RecordSet& before, const RecordSet& after,
                           std::vector<store::Write> others);

// Home of the reader that becomes the writer next; empty: none could.
std::string successor_of(const RecordSet& records);

// What the records ask for at this moment, and what their statuses show.
DesiredState desired_state_of(const RecordSet& records, Instant now);
DisplayedStatus displayed_status_of(const RecordSet& records);

}  // namespace countersign::databases
