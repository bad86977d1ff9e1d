#include "store/migrations/reseal.h"

#include <functional>
#include <optional>
#include <utility>

#include "model/bootstrap.h"
#include "model/cloudformation_keys.h"
#include "model/iam.h"
#include "model/keys.h"
#include "model/managed_secret.h"
#include "model/rds.h"
#include "model/service_keys.h"
#include "model/snapshots.h"
#include "store/records.h"

namespace countersign::store::migrations {

namespace keys = model::keys;

namespace {

constexpr std::size_t records_at_once = 64;

// A sealed text of a record, and what it is sealed for.
struct Place {
    std::string* text;
    std::string context;
};
using Places = std::vector<Place>;

Places places_of(model::AccessKey& key, const std::string& at) {
    return {{&key.sealed_secret, at}};
}
Places places_of(model::MfaDevice& device, const std::string& at) {
    return {{&device.sealed_seed, at}};
}
Places places_of(model::Bootstrap& bootstrap, const std::string& at) {
    return {{&bootstrap.sealed_authority_key, at}};
}
Places places_of(model::DBCluster& cluster, const std::string&) {
    return {{&cluster.server.master_verifier, cluster.server.resource_id},
            {&cluster.server.pending.master_verifier, cluster.server.resource_id},
            {&cluster.server.membership.replication_password, cluster.server.resource_id}};
}
Places places_of(model::DBInstance& instance, const std::string&) {
    if (!instance.server) return {};
    return {{&instance.server->master_verifier, instance.server->resource_id},
            {&instance.server->pending.master_verifier, instance.server->resource_id},
            {&instance.server->membership.replication_password, instance.server->resource_id}};
}

Places places_of(model::Snapshot& snapshot, const std::string&) {
    return {{&snapshot.server.master_verifier, snapshot.server.resource_id}};
}

Places places_of(model::ManagedSecret& secret, const std::string& at) {
    Places places;
    for (model::SecretVersion& version : secret.versions) places.push_back({&version.sealed, at});
    return places;
}
void add_places(model::StackThing& thing, const std::string& context, Places& places) {
    places.push_back({&thing.sealed_properties, context});
    places.push_back({&thing.sealed_attributes, context});
}
Places places_of(model::StackResource& resource, const std::string& at) {
    const std::string context = keys::stack_sealing(keys::uuid_in_key(at));
    Places places;
    add_places(resource.thing, context, places);
    if (resource.before) add_places(*resource.before, context, places);
    for (model::StackThing& thing : resource.leftovers) add_places(thing, context, places);
    return places;
}
Places places_of(model::Stack& stack, const std::string&) {
    Places places;
    for (model::StackOutput& output : stack.outputs)
        places.push_back({&output.sealed_value, keys::stack_sealing(stack.uuid)});
    return places;
}
Places places_of(model::StackSource& source, const std::string& at) {
    return {{&source.sealed_parameters, keys::stack_sealing(keys::uuid_in_key(at))}};
}
Places places_of(model::ChangeSet& set, const std::string& at) {
    return {{&set.source.sealed_parameters, keys::stack_sealing(keys::uuid_in_key(at))}};
}
Places places_of(model::StackExport& exported, const std::string&) {
    return {{&exported.sealed_value, keys::stack_sealing(exported.uuid)}};
}

class Resealing {
public:
    Resealing(Store& store, const crypto::SealingKey& sealing, crypto::Random& random)
        : store_(store), sealing_(sealing), random_(random) {}

    Result<Resealed> all() && {
        const auto bootstrap = [this](const Entry& entry) { return fresh<model::Bootstrap>(entry); };
        const auto key = [this](const Entry& entry) { return fresh<model::AccessKey>(entry); };
        TRY(list(keys::bootstrap, bootstrap));
        TRY(list(keys::access_keys(), key));
        TRY(list(keys::rds(), [this](const Entry& entry) { return fresh_of_rds(entry); }));
        TRY(list(keys::all_secrets(),
                 [this](const Entry& entry) { return fresh<model::ManagedSecret>(entry); }));
        TRY(list(keys::cloudformation(), [this](const Entry& entry) { return fresh_of_stacks(entry); }));
        for (const auto& account : TRY(load_all<model::Account>(store_, keys::accounts())))
            TRY(of_account(account.record.id));
        return std::move(done_);
    }

private:
    using Fresh = Result<std::optional<std::string>>;  // the new value; nothing where the old one is good

    Result<void> of_account(const std::string& account) {
        const auto device = [this](const Entry& entry) { return fresh<model::MfaDevice>(entry); };
        const auto certificate = [this, &account](const Entry& entry) {
            return fresh<model::ServerCertificate>(entry, [&](model::ServerCertificate& record) {
                return Places{{&record.sealed_key, keys::server_certificate_key(account, record.id)}};
            });
        };
        TRY(list(keys::mfa_devices(account), device));
        return list(keys::server_certificates(account), certificate);
    }

    Fresh fresh_of_rds(const Entry& entry) {
        const keys::RdsKind kind = keys::rds_kind_of(entry.key);
        if (kind == keys::RdsKind::cluster) return fresh<model::DBCluster>(entry);
        if (kind == keys::RdsKind::instance) return fresh<model::DBInstance>(entry);
        if (kind == keys::RdsKind::snapshot) return fresh<model::Snapshot>(entry);
        return std::optional<std::string>();
    }

    Fresh fresh_of_stacks(const Entry& entry) {
        switch (keys::stack_kind_of(entry.key)) {
            case keys::StackKind::stack:
                return fresh<model::Stack>(entry);
            case keys::StackKind::source:
                return fresh<model::StackSource>(entry);
            case keys::StackKind::resource:
                return fresh<model::StackResource>(entry);
            case keys::StackKind::stack_export:
                return fresh<model::StackExport>(entry);
            case keys::StackKind::change_set:
                return fresh<model::ChangeSet>(entry);
            case keys::StackKind::other:
                return std::optional<std::string>();
        }
        return std::optional<std::string>();
    }

    template <class Record>
    Fresh fresh(const Entry& entry) {
        return fresh<Record>(entry, [&](Record& record) { return places_of(record, entry.key); });
    }

    template <class Record, class PlacesOf>
    Fresh fresh(const Entry& entry, const PlacesOf& places_in) {
        Result<Record> record = formats::from_record<Record>(entry.value);
        if (!record) {
            done_.damaged.push_back(entry.key);
            return std::optional<std::string>();
        }
        bool changed = false;
        for (const Place& place : places_in(*record)) {
            if (place.text->empty() || sealing_.is_of_newest(*place.text)) continue;
            const Result<Secret> opened = sealing_.open(*place.text, place.context);
            if (!opened && opened.error().code == crypto::unknown_sealing_key)
                return Error{Fault::denied, entry.key + ": " + opened.error().message};
            if (opened)
                *place.text = sealing_.seal(*opened, place.context, random_);
            else
                done_.damaged.push_back(entry.key);
            changed = changed || opened;
        }
        return changed ? std::optional(formats::to_record(*record)) : std::nullopt;
    }

    // Of a record that somebody else writes meanwhile, the new value is looked at.
    Result<void> list(const std::string& prefix, const std::function<Fresh(const Entry&)>& fresh_value) {
        ListOptions next{.entries_max = records_at_once};
        for (bool more = true; more;) {
            const std::size_t damaged_before = done_.damaged.size();
            const auto attempt = [&] {
                done_.damaged.resize(damaged_before);
                return step(prefix, next, fresh_value);
            };
            const std::string last = TRY(retry_races(attempt));
            more = !last.empty();
            next.after = last;
        }
        return {};
    }

    // The key to go on after; empty at the end.
    Result<std::string> step(const std::string& prefix, const ListOptions& next,
                             const std::function<Fresh(const Entry&)>& fresh_value) {
        const Page page = TRY(store_.list(prefix, next));
        Transaction change;
        for (const Entry& entry : page.entries) {
            std::optional<std::string> value = TRY(fresh_value(entry));
            if (!value) continue;
            change.guards.push_back({entry.key, entry.modified});
            change.writes.push_back({entry.key, std::move(value)});
        }
        if (!change.writes.empty()) TRY(store_.commit(change));
        done_.records += change.writes.size();
        return page.more ? page.entries.back().key : std::string();
    }

    Store& store_;
    const crypto::SealingKey& sealing_;
    crypto::Random& random_;
    Resealed done_;
};

}  // namespace

Result<Resealed> reseal(Store& store, const crypto::SealingKey& sealing, crypto::Random& random) {
    const std::string newest = sealing.ids().back();
    const auto known = TRY(load<model::SealedWith>(store, keys::sealed_with));
    if (known && known->record.key == newest && known->record.complete) return Resealed();
    TRY(store.commit({{}, {put(keys::sealed_with, model::SealedWith{newest, false})}}));
    Resealed done = TRY(Resealing(store, sealing, random).all());
    TRY(store.commit({{}, {put(keys::sealed_with, model::SealedWith{newest, true})}}));
    return done;
}

}  // namespace countersign::store::migrations
