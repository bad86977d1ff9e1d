#include "services/cloudformation/engine/worker.h"

#include "model/cloudformation_keys.h"
#include "services/cloudformation/engine/turn.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

namespace {

constexpr auto between_turns = std::chrono::milliseconds(200);
constexpr auto at_rest = std::chrono::seconds(5);

}  // namespace

Worker::Worker(WorkDeps deps)
    : deps_(std::move(deps)),
      watch_(deps_.records.store.watch(keys::stacks_in_progress(), deps_.records.store.revision())) {}

Worker::~Worker() {
    stop();
}

void Worker::start() {
    thread_ = Thread(
        "stacks", deps_.log, [this] { run(); }, [this] { return stopping_.load(); });
}

void Worker::stop() {
    stopping_ = true;
    {
        const MutexLock lock(mutex_);
        watch_->wake();
    }
    thread_.join();
}

void Worker::run() {
    while (!stopping_) {
        const bool busy = look();
        if (stopping_) return;
        // Beginning anew is enough after a gap: every stack under way is looked at in any case.
        if (!watch_->next(busy ? between_turns : std::chrono::milliseconds(at_rest))) {
            const MutexLock lock(mutex_);
            watch_ = deps_.records.store.watch(keys::stacks_in_progress(), deps_.records.store.revision());
        }
        if (busy && !stopping_) std::this_thread::sleep_for(between_turns / 4);
    }
}

// Whether there is work left of it. What throws is one stack's: the others have their turns.
bool Worker::take_turn(const store::Stored<model::StackWork>& work) {
    const Records records(deps_.records, {work.record.account, work.record.region});
    auto stack = records.stack(work.record.uuid);
    if (!stack) return true;
    if (!*stack) {
        (void)deps_.records.store.commit({{work.unchanged()}, {store::erase(work.key)}});
        return false;
    }
    const std::string id = (*stack)->record.id;
    Result<bool> more = true;
    guarded(deps_.log, "stacks", [&] { more = Turn(deps_, records, **std::move(stack)).go(); });
    if (!more) deps_.log.error("stack.turn", {{"stack", id}, {"reason", more.error().message}});
    return !more || *more;
}

// Whether there is work left.
bool Worker::look() {
    const auto all = store::load_all<model::StackWork>(deps_.records.store, keys::stacks_in_progress());
    if (!all) {
        deps_.log.error("stacks.unreadable", {{"reason", all.error().message}});
        return true;
    }
    bool busy = false;
    for (const auto& work : *all) {
        if (stopping_) return busy;
        if (take_turn(work)) busy = true;
    }
    return busy;
}

}  // namespace countersign::cloudformation
