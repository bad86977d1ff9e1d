#include "store/memory.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "store/watch.h"

namespace countersign::store {

namespace {

struct Version {
    Revision revision = 0;
    Revision created = 0;
    std::optional<std::string> value;  // none: deleted
};
using Versions = std::vector<Version>;  // of one key, oldest first

struct Commit {
    std::string id;
    std::vector<Event> events;
};

const Version* version_at(const Versions& versions, Revision at) {
    const auto later = [](Revision revision, const Version& version) { return revision < version.revision; };
    const auto end = std::upper_bound(versions.begin(), versions.end(), at, later);
    if (end == versions.begin() || !std::prev(end)->value) return nullptr;
    return &*std::prev(end);
}

Entry entry_of(const std::string& key, const Version& version) {
    return Entry{key, *version.value, version.created, version.revision};
}

class MemoryStore final : public Store {
public:
    explicit MemoryStore(const Retention& retention) : retention_(retention) {}

    Result<std::optional<Entry>> get(std::string_view key) override;
    Result<Page> list(std::string_view prefix, const ListOptions& options) override;
    Result<Revision> commit(const Transaction& transaction) override;
    Result<std::optional<Revision>> find_commit(std::string_view id) override;
    Revision revision() const override { return news_.newest(); }
    std::unique_ptr<Watch> watch(std::string_view prefix, Revision after) override;
    Result<void> compact(Revision before) override;

private:
    const Version* newest(const std::string& key) const;
    Result<void> check_guards(const Transaction& transaction) const;
    void apply(const Transaction& transaction, Revision revision);
    Result<Look> look(const KeyRange& range, Revision after) const;
    void forget(Revision before);

    const Retention retention_;
    mutable std::shared_mutex mutex_;
    std::map<std::string, Versions, std::less<>> keys_;
    std::map<Revision, Commit> commits_;  // events are kept from compacted_ on, ids for longer
    std::map<std::string, Revision, std::less<>> ids_;
    Revision compacted_ = 0;
    News news_;
};

const Version* MemoryStore::newest(const std::string& key) const {
    const auto found = keys_.find(key);
    return found == keys_.end() ? nullptr : version_at(found->second, news_.newest());
}

Result<std::optional<Entry>> MemoryStore::get(std::string_view key) {
    const std::shared_lock lock(mutex_);
    const Version* version = newest(std::string(key));
    if (version == nullptr) return std::optional<Entry>();
    return std::optional(entry_of(std::string(key), *version));
}

Result<Page> MemoryStore::list(std::string_view prefix, const ListOptions& options) {
    const std::shared_lock lock(mutex_);
    Page page;
    page.revision = options.at == 0 ? news_.newest() : options.at;
    TRY(check_readable(page.revision, compacted_, news_.newest()));
    const KeyRange range = range_of(prefix, options.after);
    for (auto it = keys_.lower_bound(range.first); it != keys_.end() && it->first < range.end; ++it) {
        const Version* version = version_at(it->second, page.revision);
        if (version == nullptr) continue;
        page.more = page.entries.size() == page_size(options);
        if (page.more) break;
        page.entries.push_back(entry_of(it->first, *version));
    }
    return page;
}

Result<void> MemoryStore::check_guards(const Transaction& transaction) const {
    for (const Guard& guard : transaction.guards) {
        const Version* version = newest(guard.key);
        if ((version == nullptr ? 0 : version->revision) != guard.modified) return race_lost();
    }
    return {};
}

void MemoryStore::apply(const Transaction& transaction, Revision revision) {
    Commit& commit = commits_[revision];
    commit.id = transaction.id;
    if (!commit.id.empty()) ids_[commit.id] = revision;
    for (const Write& write : transaction.writes) {
        const Version* before = newest(write.key);
        if (before == nullptr && !write.value) continue;
        const Revision created = before == nullptr ? revision : before->created;
        keys_[write.key].push_back(Version{revision, created, write.value});
        commit.events.push_back(Event{revision, write.key, write.value});
    }
}

Result<Revision> MemoryStore::commit(const Transaction& transaction) {
    TRY(check(transaction));
    const std::unique_lock lock(mutex_);
    if (!transaction.id.empty() && ids_.contains(transaction.id)) return commit_id_used();
    TRY(check_guards(transaction));
    if (transaction.writes.empty()) return news_.newest();
    const Revision revision = news_.newest() + 1;
    apply(transaction, revision);
    news_.publish(revision);
    if (revision % retention_.interval == 0) forget(revision - retention_.revisions + 1);
    return revision;
}

Result<std::optional<Revision>> MemoryStore::find_commit(std::string_view id) {
    const std::shared_lock lock(mutex_);
    const auto found = ids_.find(id);
    if (found == ids_.end()) return std::optional<Revision>();
    return std::optional(found->second);
}

std::unique_ptr<Watch> MemoryStore::watch(std::string_view prefix, Revision after) {
    const auto look_up = [this](const KeyRange& range, Revision seen) { return look(range, seen); };
    return std::make_unique<HistoryWatch>(news_, look_up, prefix, after);
}

Result<Look> MemoryStore::look(const KeyRange& range, Revision after) const {
    const std::shared_lock lock(mutex_);
    TRY(check_watchable(after, compacted_));
    Look look;
    look.seen = after;
    for (auto it = commits_.upper_bound(after); it != commits_.end(); ++it) {
        if (look.events.size() >= look_events_max) return look;
        for (const Event& event : it->second.events)
            if (range.contains(event.key)) look.events.push_back(event);
        look.seen = it->first;
    }
    return look;
}

Result<void> MemoryStore::compact(Revision before) {
    const std::unique_lock lock(mutex_);
    TRY(check_compactable(before, news_.newest()));
    forget(before);
    return {};
}

void MemoryStore::forget(Revision before) {
    if (before <= compacted_) return;
    compacted_ = before;
    for (auto& [key, versions] : keys_) {
        const auto visible = std::find_if(versions.rbegin(), versions.rend(),
                                          [&](const Version& version) { return version.revision <= before; });
        if (visible == versions.rend()) continue;
        const bool ended = !visible->value;
        versions.erase(versions.begin(), ended ? visible.base() : std::prev(visible.base()));
    }
    std::erase_if(keys_, [](const auto& item) { return item.second.empty(); });

    for (auto it = commits_.begin(); it != commits_.lower_bound(before); ++it) it->second.events.clear();
    const auto known = commits_.lower_bound(std::min(before, news_.newest() - retention_.commit_ids));
    for (auto it = commits_.begin(); it != known; it = commits_.erase(it)) ids_.erase(it->second.id);
}

}  // namespace

std::unique_ptr<Store> make_memory(const Retention& retention) {
    return std::make_unique<MemoryStore>(retention);
}

}  // namespace countersign::store
