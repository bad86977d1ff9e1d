#include "agent/sessions/review.h"

#include <map>
#include <string>
#include <utility>

#include "formats/iso_time.h"

namespace countersign::agent {

namespace {

constexpr const char* review_thread = "agent-review";
constexpr auto ask_again = std::chrono::seconds(2);
constexpr auto long_time = std::chrono::hours(1);

// The key as today's tokens claim it: what is known of it for the day of the login may be gone.
login::ClaimedKey claim_of(const LiveSession& session, Instant now) {
    return {session.login.access_key_id,
            session.session_token,
            {formats::basic_date(now), session.login.region, "rds-db"}};
}

}  // namespace

void SessionsReview::start() {
    thread_ = Thread(
        review_thread, deps_.log, [this] { run(); }, [this] { return deps_.changes.is_closed(); });
}

void SessionsReview::stop() {
    deps_.changes.close();
    thread_.join();
}

// What a throw leaves incomplete is reviewed again.
void SessionsReview::run() {
    while (true) {
        const ChangeNotifier::Heard heard = deps_.changes.wait(complete_ ? long_time : ask_again);
        if (heard == ChangeNotifier::Heard::closed) return;
        if (heard == ChangeNotifier::Heard::nothing && complete_) continue;
        complete_ = false;
        complete_ = review();
    }
}

// False when something could not be told.
bool SessionsReview::review() {
    std::map<std::pair<std::string, std::string>, Group> groups;  // by access key, its token, and region
    for (auto& [number, session] : deps_.sessions.all()) {
        const std::string place = session->login.access_key_id + ' ' + session->login.region;
        groups[{place, session->session_token}].emplace_back(number, std::move(session));
    }
    bool complete = true;
    for (const auto& [place, group] : groups) {
        bool told = false;
        guarded(deps_.log, review_thread, [&, &same = group] { told = review(same); });
        complete = complete && told;
    }
    return complete;
}

bool SessionsReview::review(const Group& group) {
    const Instant now = deps_.clock.now();
    const auto record = deps_.records.find(claim_of(*group.front().second, now));
    if (!record) return false;
    login::KeyFacts known;
    known.record = record->get();
    for (const auto& [number, session] : group) {
        const std::optional<login::Server> server = find_server_(session->login.resource_id);
        if (!server) continue;
        login::Attempt attempt;
        attempt.user = session->login.user;
        attempt.source_address = session->login.source_address;
        const login::Verdict verdict = login::judge_again(attempt, *server, known, now);
        if (verdict.allowed()) continue;
        deps_.sessions.end(number, "no longer allowed: " + std::string(login::name_of(verdict.failed())) +
                                       ": " + verdict.reason());
    }
    return true;
}

}  // namespace countersign::agent
