#include "access/last_used.h"

#include "model/keys.h"
#include "store/records.h"

namespace countersign::access {

namespace {

constexpr std::size_t noted_max = 100'000;
constexpr auto written_every = std::chrono::minutes(1);

}  // namespace

void LastUsed::note(const std::string& id, const model::LastUse& use) {
    {
        const MutexLock lock(mutex_);
        if (noted_.size() >= noted_max) noted_.clear();
        Noted& noted = noted_[id];
        noted.use = use;
        if (noted.written && use.time - *noted.written < written_every) return;
        noted.written = use.time;
    }
    static_cast<void>(store_.commit({{}, {store::put(model::keys::last_used(id), use)}}));
}

Result<std::optional<model::LastUse>> LastUsed::find(const std::string& id) const {
    {
        const MutexLock lock(mutex_);
        if (const auto found = noted_.find(id); found != noted_.end())
            return std::optional<model::LastUse>(found->second.use);
    }
    const auto stored = TRY(store::load<model::LastUse>(store_, model::keys::last_used(id)));
    return stored ? std::optional<model::LastUse>(stored->record) : std::nullopt;
}

}  // namespace countersign::access
