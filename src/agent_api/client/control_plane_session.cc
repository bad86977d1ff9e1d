#include "agent_api/client/control_plane_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "formats/iso_time.h"
#include "formats/record.h"

namespace countersign::agent_api::client {

namespace {

constexpr std::size_t servers_bytes_max = 8UL * 1024 * 1024;
constexpr auto pause_first = std::chrono::milliseconds(100);
constexpr auto pause_longest = std::chrono::milliseconds(5000);

std::string enrol_again(const std::string& name) {
    return fmt::format("enrol it again with a token of: countersign agent-token --name {}", name);
}

std::vector<databases::ServerView> views_of(const ServersAnswer& answer) {
    std::vector<databases::ServerView> views;
    for (const ServerText& server : answer.servers) views.push_back(view_of(server));
    return views;
}

constexpr const char* servers_file = "servers.json";

}  // namespace

std::vector<databases::ServerView> servers_known_in(const std::filesystem::path& state_directory) {
    const auto known = read_file(state_directory / servers_file, servers_bytes_max);
    if (!known) return {};
    const auto last = formats::from_record<ServersAnswer>(*known);
    return last ? views_of(*last) : std::vector<databases::ServerView>();
}

void ControlPlaneSession::start(std::chrono::milliseconds patience) {
    announce(servers_known_in(directory_));
    thread_ = Thread(
        "control-link", deps_.log, [this] { follow(); }, [this] { return is_stopping(); });
    const MutexLock lock(mutex_);
    changed_.wait_for(mutex_, patience, [this]() REQUIRES(mutex_) { return answered_; });
}

void ControlPlaneSession::stop() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    deps_.control.stop();
    thread_.join();
}

std::int64_t ControlPlaneSession::revision() const {
    const MutexLock lock(mutex_);
    return revision_;
}

std::size_t ControlPlaneSession::servers() const {
    const MutexLock lock(mutex_);
    return server_count_;
}

void ControlPlaneSession::follow() {
    for (;;) {
        const bool heard = look();
        deps_.records.forget_past_days();
        pause_ = heard ? std::chrono::milliseconds(0)
                       : std::clamp<std::chrono::milliseconds>(2 * pause_, pause_first, pause_longest);
        wait(pause_);
        if (is_stopping()) return;
    }
}

bool ControlPlaneSession::is_stopping() const {
    const MutexLock lock(mutex_);
    return stopping_;
}

// One question and all that follows from its answer. False: not so soon again.
bool ControlPlaneSession::look() {
    if (has_expired()) return false;
    const Result<WatchAnswer> answer = deps_.control.watch(seen_);
    if (!answer) {
        lost(answer.error());
        return false;
    }
    take(*answer);
    Result<void> refreshed;
    if (servers_due_) refreshed = refresh_servers();
    if (!refreshed) lost(refreshed.error());
    {
        const MutexLock lock(mutex_);
        answered_ = answered_ || static_cast<bool>(refreshed);
        revision_ = seen_.revision;
    }
    changed_.notify_all();
    renew_if_due();
    return static_cast<bool>(refreshed);
}

// Asks for the same again when anything here throws.
void ControlPlaneSession::take(const WatchAnswer& answer) {
    if (is_lost_) deps_.log.info("agent.control_plane_found");
    is_lost_ = false;
    deps_.records.apply(answer);
    const auto is_ours = [this](KeyTag mark) {
        return std::ranges::find(server_marks_, mark) != server_marks_.end();
    };
    if (answer.everything || std::ranges::any_of(answer.marks, is_ours)) servers_due_ = true;
    if (answer.everything || !answer.marks.empty()) deps_.changed();
    for (const agent::SessionEnd& order : answer.session_ends) deps_.end_sessions(order);
    seen_ = {answer.epoch, answer.revision};
}

void ControlPlaneSession::lost(const Error& error) {
    if (error.fault == Fault::unauthenticated)
        deps_.records.refuse_all(
            fmt::format("the control plane does not take this agent: {}", error.message));
    if (is_stopping()) return;
    if (!is_lost_) deps_.log.warn("agent.control_plane_lost", {{"reason", error.message}});
    is_lost_ = true;
}

Result<void> ControlPlaneSession::refresh_servers() {
    const ServersAnswer answer = TRY(deps_.control.servers({deps_.run_directory}));
    server_marks_ = answer.marks;
    announce(views_of(answer));
    deps_.changed();
    servers_due_ = false;
    const auto kept = replace_file(directory_ / servers_file, formats::to_record(answer));
    if (!kept) deps_.log.warn("agent.servers_unwritten", {{"reason", kept.error().message}});
    return {};
}

void ControlPlaneSession::announce(const std::vector<databases::ServerView>& servers) {
    std::map<std::string, databases::ServerView> now;
    for (const databases::ServerView& server : servers) now[server.resource_id] = server;
    for (const auto& [id, server] : announced_)
        if (!now.contains(id)) deps_.observer.server_down(id);
    for (const auto& [id, server] : now) {
        const auto before = announced_.find(id);
        if (before == announced_.end() || before->second != server) deps_.observer.server_up(server);
    }
    announced_ = std::move(now);
    const MutexLock lock(mutex_);
    server_count_ = announced_.size();
}

void ControlPlaneSession::renew_if_due() {
    const Instant now = deps_.clock.now();
    if (now < renewal_time(deps_.control.identity())) return;
    const Result<Identity> renewed = deps_.control.renew(now);
    const Result<void> saved = renewed ? save_identity(directory_, *renewed) : renewed.error();
    if (saved)
        deps_.log.info("agent.certificate_renewed", {{"until", formats::second_time(renewed->until)}});
    else
        deps_.log.warn("agent.certificate_not_renewed", {{"reason", saved.error().message}});
}

bool ControlPlaneSession::has_expired() {
    const Identity identity = deps_.control.identity();
    if (deps_.clock.now() < identity.until) return false;
    const std::string reason = fmt::format("the certificate of this agent ended at {}; {}",
                                           formats::second_time(identity.until), enrol_again(identity.name));
    deps_.records.refuse_all(reason);
    if (!is_lost_) deps_.log.error("agent.certificate_ended", {{"reason", reason}});
    is_lost_ = true;
    return true;
}

void ControlPlaneSession::wait(std::chrono::milliseconds length) {
    if (length.count() == 0) return;
    const MutexLock lock(mutex_);
    changed_.wait_for(mutex_, length, [this]() REQUIRES(mutex_) { return stopping_; });
}

}  // namespace countersign::agent_api::client
