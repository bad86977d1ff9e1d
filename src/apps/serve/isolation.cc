#include "apps/serve/isolation.h"

#include <unistd.h>

namespace countersign::apps {

Result<Isolated> isolate(const cli::ServeOptions& options, const client::DataDir& dir,
                         const std::optional<RunUser>& user) {
    Isolated isolated{
        databases::isolation::choose_isolation(dir.root, user ? user->uid : ::geteuid(),
                                               user ? user->gid : ::getegid(), options.database_users),
        nullptr};
    isolated.warden = TRY(databases::isolation::Warden::start(isolated.choice.charge));
    return isolated;
}

void log_isolation(const databases::isolation::Choice& choice, const Log& log) {
    if (choice.charge.users) {
        log.info(
            "database.isolation",
            {{"by", "users"}, {"first", choice.charge.users->first}, {"last", choice.charge.users->last}});
        return;
    }
    const databases::isolation::Means& means = choice.charge.means;
    if (!choice.reason.empty()) log.warn("database.no_users", {{"reason", choice.reason}});
    log.info("database.isolation", {{"by", to_text(means)}});
    const std::string gaps = gaps_of(means);
    if (!gaps.empty()) log.warn("database.not_isolated", {{"gaps", gaps}});
}

}  // namespace countersign::apps
