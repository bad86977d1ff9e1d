#include "agent_api/server/servers.h"

#include "formats/json.h"
#include "formats/record.h"
#include "model/keys.h"
#include "model/rds.h"

namespace countersign::agent_api::server {

namespace {

namespace json = formats::json;

const json::object* object_in(const json::value& value, std::string_view name) {
    const json::value* found = value.is_object() ? value.get_object().if_contains(name) : nullptr;
    return found != nullptr ? found->if_object() : nullptr;
}

// Whom the record of an instance or a pooler is for; empty: nobody far away.
std::string agent_in(const std::string& record) {
    const auto parsed = formats::parse_json(record);
    if (!parsed) return {};
    const json::object* way = object_in(*parsed, "way");
    const json::object* server = object_in(*parsed, "server");
    if (way == nullptr && server != nullptr) {
        const json::value* attached = server->if_contains("attached");
        way = attached != nullptr ? attached->if_object() : nullptr;
    }
    const json::value* agent = way != nullptr ? way->if_contains("agent") : nullptr;
    return agent != nullptr && agent->is_string() ? std::string(agent->get_string()) : std::string();
}

// The records behind the pooler whose record that is; none of anything else.
std::vector<std::string> keys_behind(std::string_view key, const std::string& record) {
    if (model::keys::rds_kind_of(key) != model::keys::RdsKind::pooler) return {};
    const auto pooler = formats::from_record<model::Pooler>(record);
    if (!pooler) return {};
    const auto [cluster, instance] = databases::keys_behind(*pooler);
    return {cluster, instance};
}

}  // namespace

Result<ServersPointer> Servers::of(const std::string& agent) {
    std::uint64_t changes = 0;
    std::set<std::string> keys;
    {
        const MutexLock lock(mutex_);
        if (const auto found = known_.find(agent); found != known_.end()) return found->second;
        if (const auto own = keys_.find(agent); own != keys_.end()) keys = own->second;
        changes = changes_;
    }
    store::Page page;
    std::set<std::string> behind;
    for (const std::string& key : keys) {
        auto entry = TRY(store_.get(key));
        if (!entry) continue;
        for (std::string& one : keys_behind(key, entry->value)) behind.insert(std::move(one));
        page.entries.push_back(*std::move(entry));
    }
    for (const std::string& key : behind) {
        if (keys.contains(key)) continue;
        if (auto entry = TRY(store_.get(key))) page.entries.push_back(*std::move(entry));
    }
    auto servers =
        std::make_shared<const std::vector<databases::ServerView>>(databases::attached_views(page, agent));
    const MutexLock lock(mutex_);
    if (changes == changes_) known_[agent] = servers;
    return ServersPointer(std::move(servers));
}

Result<void> Servers::begin() {
    const store::Page page = TRY(store::list_all(store_, model::keys::rds()));
    {
        const MutexLock lock(mutex_);
        known_.clear();
        placed_.clear();
        keys_.clear();
        fronts_.clear();
        ++changes_;
    }
    for (const store::Entry& entry : page.entries) note_change({entry.modified, entry.key, entry.value});
    return {};
}

std::set<std::string> Servers::note_change(const store::Event& event) {
    const std::string agent = event.value ? agent_in(*event.value) : std::string();
    const MutexLock lock(mutex_);
    std::set<std::string> touched;
    if (const auto fronts = fronts_.find(event.key); fronts != fronts_.end())
        for (const std::string& pooler : fronts->second) touched.insert(placed_[pooler].agent);
    if (const auto before = placed_.extract(event.key)) {
        const Placed& placed = before.mapped();
        touched.insert(placed.agent);
        keys_[placed.agent].erase(event.key);
        for (const std::string& key : placed.behind)
            if (fronts_[key].erase(event.key); fronts_[key].empty()) fronts_.erase(key);
    }
    if (!agent.empty()) {
        Placed placed{agent, keys_behind(event.key, *event.value)};
        touched.insert(agent);
        keys_[agent].insert(event.key);
        for (const std::string& key : placed.behind) fronts_[key].insert(event.key);
        placed_.emplace(event.key, std::move(placed));
    }
    for (const std::string& one : touched) known_.erase(one);
    if (!touched.empty()) ++changes_;
    return touched;
}

}  // namespace countersign::agent_api::server
