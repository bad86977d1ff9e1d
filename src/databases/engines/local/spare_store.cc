#include "databases/engines/local/spare_store.h"

#include <algorithm>
#include <cstdio>

#include "base/files.h"
#include "databases/engines/local/control_file.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t settings_bytes_max = std::size_t{1024} * 1024;

}  // namespace

Result<void> SpareStore::make(const EngineVersion& version, const Path& pattern,
                              const ServerHome& home) const {
    TRY(make_directory(home.root));
    TRY(make_directory(home.log()));
    TRY(copy_tree(pattern, home.data(), "pg_wal"));
    const std::string settings = TRY(read_file(home.data() / "postgresql.conf", settings_bytes_max));
    TRY(replace_file(home.data() / "postgresql.conf", settings + "include 'countersign.conf'\n",
                     Durability::none));
    const auto since = std::chrono::microseconds(clock_.now().time_since_epoch());
    const std::string chance = random_.bytes(sizeof(std::uint64_t) + nonce_bytes);
    TRY(give_identity(version.bin, home.data(), make_identity(since.count(), chance)));
    return keeper_.hand_over(home);
}

void SpareStore::want(const EngineVersion& version) {
    const MutexLock lock(mutex_);
    if (std::find(given_.begin(), given_.end(), version) == given_.end()) given_.push_back(version);
}

Result<void> SpareStore::give(const EngineVersion& version, const ServerHome& home) {
    want(version);
    const Path pattern = TRY(templates_.get(version));
    const Path spare = directory_ / pattern.filename();
    if (rename(spare.c_str(), home.root.c_str()) == 0) return {};
    static_cast<void>(MutexLock(refilling_));  // one that is being made is there sooner than another
    if (rename(spare.c_str(), home.root.c_str()) == 0) return {};
    return make(version, pattern, home);
}

Result<void> SpareStore::refill(const EngineVersion& version) {
    const Path pattern = TRY(templates_.get(version));
    const Path spare = directory_ / pattern.filename();
    const Path making = spare.string() + std::string(half_made);
    const MutexLock lock(refilling_);
    if (file_exists(spare)) return {};
    TRY(make_directory(directory_));
    TRY(keeper_.remove_tree(making));
    TRY(make(version, pattern, {making, {}, {}}));
    TRY(sync_tree(making));
    return rename_durably(making, spare);
}

std::vector<EngineVersion> SpareStore::take_given() {
    const MutexLock lock(mutex_);
    return std::exchange(given_, {});
}

Result<void> SpareStore::remove_stale(const Versions& versions) {
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(directory_, absent)) {
        const bool known =
            std::any_of(versions.all().begin(), versions.all().end(), [&](const EngineVersion& version) {
                return entry.path().filename() == templates_.place_of(version).filename();
            });
        if (!known || !keeper_.fits(entry.path() / "data"))
            static_cast<void>(keeper_.remove_tree(entry.path()));  // one that stays is in nobody's way
    }
    return {};
}

}  // namespace countersign::databases::local
