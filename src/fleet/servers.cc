#include "fleet/servers.h"

#include "formats/json.h"
#include "model/keys.h"

namespace countersign::fleet {

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

}  // namespace

Result<ServersPointer> Servers::of(const std::string& agent) {
    std::uint64_t changes = 0;
    std::set<std::string> keys;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = known_.find(agent); found != known_.end()) return found->second;
        if (const auto own = keys_.find(agent); own != keys_.end()) keys = own->second;
        changes = changes_;
    }
    store::Page page;
    for (const std::string& key : keys)
        if (auto entry = TRY(store_.get(key))) page.entries.push_back(*std::move(entry));
    auto servers =
        std::make_shared<const std::vector<databases::ServerView>>(databases::attached_views(page, agent));
    const std::lock_guard lock(mutex_);
    if (changes == changes_) known_[agent] = servers;
    return ServersPointer(std::move(servers));
}

Result<void> Servers::begin() {
    const store::Page page = TRY(store::list_all(store_, model::keys::rds()));
    {
        const std::lock_guard lock(mutex_);
        known_.clear();
        agents_.clear();
        keys_.clear();
        ++changes_;
    }
    for (const store::Entry& entry : page.entries) note_change({entry.modified, entry.key, entry.value});
    return {};
}

std::set<std::string> Servers::note_change(const store::Event& event) {
    const std::string agent = event.value ? agent_in(*event.value) : std::string();
    const std::lock_guard lock(mutex_);
    std::set<std::string> touched;
    if (const auto before = agents_.find(event.key); before != agents_.end()) {
        touched.insert(before->second);
        keys_[before->second].erase(event.key);
        agents_.erase(before);
    }
    if (!agent.empty()) {
        touched.insert(agent);
        agents_[event.key] = agent;
        keys_[agent].insert(event.key);
    }
    for (const std::string& one : touched) known_.erase(one);
    if (!touched.empty()) ++changes_;
    return touched;
}

}  // namespace countersign::fleet
