#include "access/last_used.h"

#include "model/keys.h"
#include "store/records.h"

namespace countersign::access {

namespace {

constexpr auto written_every = std::chrono::minutes(1);

}  // namespace

void LastUsed::note(const std::string& id, const model::LastUse& use) {
    {
        const MutexLock lock(mutex_);
        const Noted* known = noted_.find(id);
        const bool is_written = known != nullptr && use.time - known->written < written_every;
        noted_.put(id, {use, is_written ? known->written : use.time});
        if (is_written) return;
    }
    static_cast<void>(store_.commit({{}, {store::put(model::keys::last_used(id), use)}}));
}

Result<std::optional<model::LastUse>> LastUsed::find(const std::string& id) const {
    {
        const MutexLock lock(mutex_);
        if (const Noted* known = noted_.find(id)) return std::optional<model::LastUse>(known->use);
    }
    const auto stored = TRY(store::load<model::LastUse>(store_, model::keys::last_used(id)));
    return stored ? std::optional<model::LastUse>(stored->record) : std::nullopt;
}

}  // namespace countersign::access
