#include "services/iam/policy_uses.h"

#include <chrono>

#include "model/iam.h"
#include "model/keys.h"
#include "store/paging.h"

namespace countersign::iam {

namespace keys = model::keys;

namespace {

constexpr std::size_t counted_at_once = 500;

template <class Record>
Result<void> count_uses(store::Store& store, const std::string& prefix, PolicyUseByArn& uses) {
    store::PageWanted wanted{.items_max = counted_at_once};
    for (bool more = true; more;) {
        const auto page = TRY(store::load_page<Record>(store, prefix, wanted, store::every));
        for (const auto& entity : page.items) {
            for (const std::string& arn : entity.record.attached_policies) ++uses[arn].attachments;
            if constexpr (requires { entity.record.permissions_boundary; }) {
                const std::string& boundary = entity.record.permissions_boundary;
                if (!boundary.empty()) ++uses[boundary].boundaries;
            }
        }
        more = page.more;
        if (more) wanted.after = page.items.back().key;
    }
    return {};
}

}  // namespace

PolicyUse use_of(const PolicyUseByArn& uses, const std::string& arn) {
    const auto found = uses.find(arn);
    return found == uses.end() ? PolicyUse() : found->second;
}

Result<PolicyUseByArn> count_policy_uses(store::Store& store, const std::string& account) {
    PolicyUseByArn uses;
    TRY(count_uses<model::User>(store, keys::users(account), uses));
    TRY(count_uses<model::Group>(store, keys::groups(account), uses));
    TRY(count_uses<model::Role>(store, keys::roles(account), uses));
    return uses;
}

Result<std::shared_ptr<const PolicyUseByArn>> PolicyUses::of(const std::string& account) {
    const MutexLock lock(mutex_);
    TRY(forget_changed());
    if (const auto found = known_.find(account); found != known_.end()) return found->second;
    auto counted = std::make_shared<const PolicyUseByArn>(TRY(count_policy_uses(store_, account)));
    known_[account] = counted;
    return counted;
}

// What is counted after this is no older than what is watched from here on.
Result<void> PolicyUses::forget_changed() {
    const auto news = watch_ ? watch_->next(std::chrono::milliseconds(0))
                             : Result<std::vector<store::Event>>(Error{Fault::compacted, ""});
    if (!news) {
        known_.clear();
        watch_ = store_.watch(keys::iam(), store_.revision());
        return news.error().fault == Fault::compacted ? Result<void>() : news.error();
    }
    for (const store::Event& event : *news)
        std::erase_if(known_, [&](const auto& known) {
            const std::string list = keys::list_of(event.key);
            return list == keys::users(known.first) || list == keys::groups(known.first) ||
                   list == keys::roles(known.first);
        });
    return {};
}

}  // namespace countersign::iam
