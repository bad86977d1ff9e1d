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

// One judgement under way. Each check returns why it refuses, or nothing.
class Judge {
    struct Step {
        Check check;
        std::optional<Refusal> (Judge::*ask)();
        std::optional<Check> needs = {};  // without which this one has nothing to ask about
    };

public:
    Judge(const Attempt& attempt, const Server& server, const KeyFacts& known, Instant now)
        : attempt_(attempt), server_(server), known_(known), record_(known.record), now_(now) {}

    // Every check of a login, in order.
    static constexpr auto of_login() {
        return std::array<Step, 13>{{
            {Check::transport, &Judge::transport},
            {Check::resource, &Judge::resource},
            {Check::token_form, &Judge::form},
            {Check::token_user, &Judge::user, Check::token_form},
            {Check::token_endpoint, &Judge::endpoint, Check::token_form},
            {Check::token_region, &Judge::region, Check::token_form},
            {Check::token_time, &Judge::time, Check::token_form},
            {Check::throttle, &Judge::throttle, Check::token_form},
            {Check::key, &Judge::key, Check::token_form},
            {Check::signature, &Judge::signature, Check::key},
            {Check::role, &Judge::role},
            {Check::policy, &Judge::policy, Check::signature},
            {Check::token_replay, &Judge::replay, Check::token_form},
        }};
    }

    Verdict login() { return run(of_login()); }

    Findings examine() {
        Findings found;
        std::vector<Check> good;
        for (const Step& step : of_login()) {
            CheckFinding& finding = found.checks.emplace_back();
            finding.check = step.check;
            finding.asked = !step.needs || std::ranges::find(good, *step.needs) != good.end();
            if (finding.asked) finding.refusal = (this->*step.ask)();
            if (finding.asked && !finding.refusal) good.push_back(step.check);
        }
        found.principal_arn = verdict_.principal_arn_;
        found.access_key_id = verdict_.access_key_id_;
        return found;
    }

    Verdict live_session() {
        return run(std::array<Step, 3>{{
            {Check::resource, &Judge::resource},
            {Check::key, &Judge::active_key},
            {Check::policy, &Judge::policy},
        }});
    }

private:
    Verdict run(std::span<const Step> steps) {
        for (const Step& step : steps) {
            std::optional<Refusal> refusal = (this->*step.ask)();
            if (!refusal) continue;
            verdict_.failed_ = step.check;
            verdict_.code_ = refusal->code;
            verdict_.reason_ = std::move(refusal->reason);
            return std::move(verdict_);
        }
        verdict_.allowed_ = true;
        verdict_.reason_ = "allowed";
        return std::move(verdict_);
    }

    std::optional<Refusal> transport() {
        if (attempt_.transport == Transport::tls) return std::nullopt;
        return refuse(attempt_.transport == Transport::plain ? RefusalCode::transport_plain
                                                             : RefusalCode::transport_unknown);
    }

    std::optional<Refusal> resource() {
        if (server_.iam_enabled) return std::nullopt;
        return refuse(RefusalCode::iam_off, fmt::arg("resource", server_.resource_id));
    }

    std::optional<Refusal> form() {
        token_ = attempt_.token.token();
        if (token_ == nullptr) {
            const FormFault fault = form_fault_of(attempt_.token.text());
            return refuse(fault.code, fmt::arg("form", attempt_.token.fault()),
                          fmt::arg("looks", fault.looks));
        }
        verdict_.access_key_id_ = token_->access_key_id();
        return std::nullopt;
    }

    std::optional<Refusal> user() {
        if (token_->db_user() == attempt_.user) return std::nullopt;
        return refuse(RefusalCode::user_differs, fmt::arg("token_user", printable(token_->db_user())),
                      fmt::arg("user", printable(attempt_.user)));
    }

    std::optional<Refusal> endpoint() {
        const Endpoint signed_for{lower(token_->host()), token_->port()};
        const auto same = [&](const Endpoint& known) {
            return known.port == signed_for.port && lower(known.host) == signed_for.host;
        };
        if (std::ranges::any_of(server_.endpoints, same)) return std::nullopt;
        std::vector<std::string> names;
        for (const Endpoint& known : server_.endpoints)
            names.push_back(fmt::format("{}:{}", known.host, known.port));
        return refuse(
            RefusalCode::endpoint_differs,
            fmt::arg("signed_for", fmt::format("{}:{}", printable(signed_for.host), signed_for.port)),
            fmt::arg("resource", server_.resource_id), fmt::arg("endpoints", joined(names, ", ")));
    }

    std::optional<Refusal> region() {
        if (token_->scope().region == server_.region) return std::nullopt;
        return refuse(RefusalCode::region_differs,
                      fmt::arg("token_region", printable(token_->scope().region)),
                      fmt::arg("region", server_.region));
    }

    std::optional<Refusal> time() {
        if (now_ + limits::token_future_skew_max < token_->signed_at())
            return refuse(RefusalCode::signed_in_future,
                          fmt::arg("signed_at", formats::second_time(token_->signed_at())),
                          fmt::arg("now", formats::second_time(now_)));
        if (token_->expires_at() < now_)
            return refuse(RefusalCode::token_expired,
                          fmt::arg("expired_at", formats::second_time(token_->expires_at())),
                          fmt::arg("now", formats::second_time(now_)));
        return std::nullopt;
    }

    std::optional<Refusal> throttle() {
        if (!known_.over_rate) return std::nullopt;
        return refuse(RefusalCode::too_many_tokens, fmt::arg("limit", limits::throttled_tokens_per_second));
    }

    std::optional<Refusal> active_key() {
        if (!known_.unavailable.empty())
            return refuse(RefusalCode::key_unavailable, fmt::arg("reason", known_.unavailable));
        if (record_ == nullptr || record_->principal == nullptr) {
            if (token_ == nullptr) return refuse(RefusalCode::key_gone);
            return refuse(token_->session_token().empty() ? RefusalCode::key_unknown
                                                          : RefusalCode::key_unpaired);
        }
        if (!record_->active) return refuse(RefusalCode::key_inactive);
        return std::nullopt;
    }

    std::optional<Refusal> key() {
        if (auto refusal = active_key()) return refusal;
        if (record_->expires && *record_->expires < now_)
            return refuse(RefusalCode::session_expired,
                          fmt::arg("expired_at", formats::second_time(*record_->expires)));
        return std::nullopt;
    }

    std::optional<Refusal> signature() {
        if (!(record_->scope == token_->scope())) return refuse(RefusalCode::signature_scope);
        const std::string& session = token_->session_token();
        const std::string digest = session.empty() ? std::string() : crypto::sha256_hex(session);
        if (!crypto::same_secret(digest, record_->session_digest))
            return refuse(RefusalCode::signature_session_token);
        if (!token_->signed_by(record_->signing_key))
            return refuse(signature_fault_of(attempt_.token.text(), record_->signing_key));
        verdict_.principal_arn_ = record_->principal->arn;
        return std::nullopt;
    }

    std::optional<Refusal> role() {
        if (attempt_.rds_iam == Membership::member) return std::nullopt;
        if (attempt_.rds_iam == Membership::unknown) return refuse(RefusalCode::membership_unknown);
        if (!attempt_.unmade.empty())
            return refuse(RefusalCode::user_unmade, fmt::arg("user", printable(attempt_.user)),
                          fmt::arg("why", printable(attempt_.unmade)));
        return refuse(RefusalCode::not_member, fmt::arg("user", printable(attempt_.user)));
    }

    std::optional<Refusal> policy() {
        const policy::Request request = connect_request(*record_->principal, server_, attempt_, now_);
        const policy::Decision decision = policy::evaluate(record_->principal->policies, request);
        verdict_.decided_by_ = decision.by();
        if (decision.allowed()) return std::nullopt;
        verdict_.trail_ = explain_policies(record_->principal->policies, request, server_).recorded();
        return refuse(RefusalCode::policy_denies, fmt::arg("principal", record_->principal->arn),
                      fmt::arg("resource", printable(request.resource)),
                      fmt::arg("why", policy::refusal_reason(decision, request.action)));
    }

    std::optional<Refusal> replay() {
        if (!known_.already_used) return std::nullopt;
        return refuse(RefusalCode::token_used);
    }

    const Attempt& attempt_;
    const Server& server_;
    const KeyFacts& known_;
    const LoginRecord* const record_;
    const Instant now_;
    const sigv4::PresentedToken* token_ = nullptr;  // once its form was checked
    Verdict verdict_;
};

std::vector<Check> checks_of_login() {
    std::vector<Check> checks;
    for (const auto& step : Judge::of_login()) checks.push_back(step.check);
    return checks;
}

Verdict judge(const Attempt& attempt, const Server& server, const KeyFacts& known, Instant now) {
    return Judge(attempt, server, known, now).login();
}

Findings examine(const Attempt& attempt, const Server& server, const KeyFacts& known, Instant now) {
    return Judge(attempt, server, known, now).examine();
}

Verdict judge_again(const Attempt& attempt, const Server& server, const KeyFacts& known, Instant now) {
    return Judge(attempt, server, known, now).live_session();
}

}  // namespace countersign::login
