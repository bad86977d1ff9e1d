#include "login/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "formats/iso_time.h"
#include "login/connect_context.h"
#include "login/policy_trail.h"
#include "login/token_fault.h"
#include "policy/sentence.h"
#include "sigv4/token.h"

namespace countersign::login {

std::string_view name_of(Check check) {
    switch (check) {
        case Check::transport:
            return "transport";
        case Check::resource:
            return "resource";
        case Check::token_form:
            return "token.form";
        case Check::token_user:
            return "token.user";
        case Check::token_endpoint:
            return "token.endpoint";
        case Check::token_region:
            return "token.region";
        case Check::token_time:
            return "token.time";
        case Check::throttle:
            return "throttle";
        case Check::key:
            return "key";
        case Check::signature:
            return "signature";
        case Check::role:
            return "role";
        case Check::policy:
            return "policy";
        case Check::token_replay:
            return "token.replay";
    }
    return "unknown";
}

std::optional<ClaimedKey> claimed_key(const SentToken& sent) {
    const sigv4::PresentedToken* token = sent.token();
    if (token == nullptr) return std::nullopt;
    return ClaimedKey{token->access_key_id(), token->session_token(), token->scope()};
}

std::optional<TokenMark> mark_of(const SentToken& sent) {
    const sigv4::PresentedToken* token = sent.token();
    if (token == nullptr) return std::nullopt;
    return TokenMark{token->digest(), token->expires_at()};
}

// One judgement under way. Each check returns the sentence that says why it fails, or nothing.
class Judge {
    using Step = std::pair<Check, std::optional<std::string> (Judge::*)()>;

public:
    Judge(const Attempt& attempt, const Server& server, const Known& known, Instant now)
        : attempt_(attempt), server_(server), known_(known), record_(known.record), now_(now) {}

    // Every check of a login, in order.
    static constexpr auto of_login() {
        return std::array<Step, 13>{{
            {Check::transport, &Judge::transport},
            {Check::resource, &Judge::resource},
            {Check::token_form, &Judge::form},
            {Check::token_user, &Judge::user},
            {Check::token_endpoint, &Judge::endpoint},
            {Check::token_region, &Judge::region},
            {Check::token_time, &Judge::time},
            {Check::throttle, &Judge::throttle},
            {Check::key, &Judge::key},
            {Check::signature, &Judge::signature},
            {Check::role, &Judge::role},
            {Check::policy, &Judge::policy},
            {Check::token_replay, &Judge::replay},
        }};
    }

    Verdict login() { return run(of_login()); }

    Verdict live_session() {
        return run(std::array<Step, 3>{{
            {Check::resource, &Judge::resource},
            {Check::key, &Judge::active_key},
            {Check::policy, &Judge::policy},
        }});
    }

private:
    Verdict run(std::span<const Step> steps) {
        for (const auto& [check, step] : steps) {
            std::optional<std::string> why = (this->*step)();
            if (!why) continue;
            verdict_.failed_ = check;
            verdict_.reason_ = *std::move(why);
            return std::move(verdict_);
        }
        verdict_.allowed_ = true;
        verdict_.reason_ = "allowed";
        return std::move(verdict_);
    }

    std::optional<std::string> transport() {
        if (attempt_.transport == Transport::tls) return std::nullopt;
        return attempt_.transport == Transport::plain
                   ? "the connection is not encrypted; IAM authentication needs TLS"
                   : "the database server did not say whether the connection is encrypted";
    }

    std::optional<std::string> resource() {
        if (server_.iam_enabled) return std::nullopt;
        return fmt::format("IAM database authentication is not enabled for {}", server_.resource_id);
    }

    std::optional<std::string> form() {
        token_ = attempt_.token.token();
        if (token_ == nullptr) return attempt_.token.fault() + looks_of(attempt_.token.text());
        verdict_.access_key_id_ = token_->access_key_id();
        return std::nullopt;
    }

    std::optional<std::string> user() {
        if (token_->db_user() == attempt_.user) return std::nullopt;
        return fmt::format("the token is for database user '{}', not for '{}' who connects",
                           printable(token_->db_user()), printable(attempt_.user));
    }

    std::optional<std::string> endpoint() {
        const Endpoint signed_for{lower(token_->host()), token_->port()};
        const auto same = [&](const Endpoint& known) {
            return lower(known.host) == signed_for.host && known.port == signed_for.port;
        };
        if (std::ranges::any_of(server_.endpoints, same)) return std::nullopt;
        std::vector<std::string> names;
        for (const Endpoint& known : server_.endpoints)
            names.push_back(fmt::format("{}:{}", known.host, known.port));
        return fmt::format("the token was signed for {}:{}, which is no endpoint of {} ({})",
                           printable(signed_for.host), signed_for.port, server_.resource_id,
                           joined(names, ", "));
    }

    std::optional<std::string> region() {
        if (token_->scope().region == server_.region) return std::nullopt;
        return fmt::format("the token was signed for region {}, but the database is in {}",
                           printable(token_->scope().region), server_.region);
    }

    std::optional<std::string> time() {
        if (now_ + limits::token_future_skew_max < token_->signed_at())
            return fmt::format("the token was signed in the future, at {}; it is {} here",
                               formats::second_time(token_->signed_at()), formats::second_time(now_));
        if (token_->expires_at() < now_)
            return fmt::format("the token expired at {}; it is {} here",
                               formats::second_time(token_->expires_at()), formats::second_time(now_));
        return std::nullopt;
    }

    std::optional<std::string> throttle() {
        if (!known_.over_rate) return std::nullopt;
        return fmt::format(
            "more than {} new tokens in a second; use a token again while it is valid, or a "
            "pool of connections",
            limits::throttled_tokens_per_second);
    }

    std::optional<std::string> active_key() {
        if (!known_.unavailable.empty()) return known_.unavailable;
        if (record_ == nullptr || record_->principal == nullptr) {
            if (token_ == nullptr) return "the access key, or the user or role behind it, is gone";
            return !token_->session_token().empty()
                       ? "the access key and the session token are no pair that was issued here: one was "
                         "altered or cut, is another system's, or its role or user is gone"
                       : "the access key is not known here: it was deleted, or is another system's";
        }
        if (!record_->active) return "the access key is inactive";
        return std::nullopt;
    }

    std::optional<std::string> key() {
        if (auto why = active_key()) return why;
        if (record_->expires && *record_->expires < now_)
            return fmt::format("the session of the access key expired at {}",
                               formats::second_time(*record_->expires));
        return std::nullopt;
    }

    std::optional<std::string> signature() {
        if (!(record_->scope == token_->scope()))
            return "the key that is at hand is for another date or region";
        const std::string& session = token_->session_token();
        const std::string digest = session.empty() ? std::string() : crypto::sha256_hex(session);
        if (!crypto::same_secret(digest, record_->session_digest))
            return "the session token is not the one that belongs to the access key";
        if (!token_->signed_by(record_->signing_key))
            return "the signature does not match: the token was altered, or signed with another secret key" +
                   signature_fault_of(attempt_.token.text(), record_->signing_key);
        verdict_.principal_arn_ = record_->principal->arn;
        return std::nullopt;
    }

    std::optional<std::string> role() {
        if (attempt_.rds_iam == Membership::member) return std::nullopt;
        return attempt_.rds_iam == Membership::outsider
                   ? fmt::format("the database user '{}' is not a member of rds_iam",
                                 printable(attempt_.user))
                   : "the database server did not say whether the user is a member of rds_iam";
    }

    std::optional<std::string> policy() {
        const policy::Request request = connect_request(*record_->principal, server_, attempt_, now_);
        const policy::Decision decision = policy::evaluate(record_->principal->policies, request);
        verdict_.decided_by_ = decision.by();
        if (decision.allowed()) return std::nullopt;
        verdict_.trail_ = explain_policies(record_->principal->policies, request, server_).recorded();
        return fmt::format("{} may not perform rds-db:connect on {} {}", record_->principal->arn,
                           printable(request.resource), policy::refusal_reason(decision, request.action));
    }

    std::optional<std::string> replay() {
        if (!known_.already_used) return std::nullopt;
        return "the token has been used already, and is good for one login; make a new one";
    }

    const Attempt& attempt_;
    const Server& server_;
    const Known& known_;
    const LoginRecord* const record_;
    const Instant now_;
    const sigv4::PresentedToken* token_ = nullptr;  // once its form was checked
    Verdict verdict_;
};

std::vector<Check> checks_of_login() {
    std::vector<Check> checks;
    for (const auto& [check, step] : Judge::of_login()) checks.push_back(check);
    return checks;
}

Verdict judge(const Attempt& attempt, const Server& server, const Known& known, Instant now) {
    return Judge(attempt, server, known, now).login();
}

Verdict judge_again(const Attempt& attempt, const Server& server, const Known& known, Instant now) {
    return Judge(attempt, server, known, now).live_session();
}

}  // namespace countersign::login
