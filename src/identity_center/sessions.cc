#include "identity_center/sessions.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/encoding.h"
#include "identity_center/applications.h"
#include "identity_center/credentials.h"
#include "identity_center/directory.h"
#include "model/identity_center_keys.h"

namespace countersign::identity_center {

namespace keys = model::keys;

namespace {

using Session = store::Stored<model::SsoSession>;

// AWS's: a session lasts eight hours; its access token as long, or an hour where it can be renewed.
constexpr auto session_life = std::chrono::hours(8);
constexpr auto renewable_access_life = std::chrono::hours(1);
constexpr std::size_t token_secret_bytes = 32;
constexpr std::size_t sessions_of_one_max = 100;

Error no_session() {
    return Error{Fault::unauthenticated, "Session token not found or invalid"};
}

// USER.SESSION.SECRET
Secret new_token(const model::SsoSession& session, crypto::Random& random) {
    return Secret(session.user + '.' + session.id + '.' + formats::hex(random.bytes(token_secret_bytes)));
}

IssuedTokens renew_tokens(model::SsoSession& session, crypto::Random& random, bool renewable, Instant now) {
    IssuedTokens issued;
    issued.access = new_token(session, random);
    session.access_digest = crypto::sha256_hex(issued.access.reveal());
    session.access_ends =
        renewable ? std::min<Instant>(now + renewable_access_life, session.ends) : session.ends;
    session.spent_digest = std::move(session.refresh_digest);
    session.refresh_digest.clear();
    if (renewable) {
        issued.refresh = new_token(session, random);
        session.refresh_digest = crypto::sha256_hex(issued.refresh->reveal());
    }
    issued.access_ends = session.access_ends;
    issued.session = session;
    return issued;
}

// Whether the person may still be somebody: there, active, with the password of then.
Result<bool> is_valid(store::Store& store, const model::SsoSession& session, Instant now) {
    if (now >= session.ends) return false;
    const auto standing = TRY(standing_of(store, session.user));
    return standing && *standing == session.standing;
}

Result<Session> find(store::Store& store, const std::string& token, std::string model::SsoSession::*digest,
                     Instant now) {
    const std::vector<std::string_view> parts = split(token, '.');
    if (parts.size() != 3 || parts[0].find('/') != std::string_view::npos) return no_session();
    const std::string user(parts[0]);
    const std::string key = keys::item(keys::sso_sessions(identity_store_of(user), user), parts[1]);
    if (key.size() > store::key_bytes_max) return no_session();
    auto stored = TRY(store::load<model::SsoSession>(store, key));
    const std::string wanted = crypto::sha256_hex(token);
    if (!stored || (stored->record.*digest).empty() || !crypto::same_secret(stored->record.*digest, wanted))
        return no_session();
    const bool valid = TRY(is_valid(store, stored->record, now));
    if (!valid) return no_session();
    return *std::move(stored);
}

// Those that ended, and the oldest where there are too many: of this application, or of all programs.
Result<std::vector<store::Write>> forgotten(store::Store& store, const std::string& list,
                                            const std::string& application, Instant now) {
    auto sessions = TRY(store::load_all<model::SsoSession>(store, list));
    std::ranges::sort(sessions, std::ranges::greater(), [](const Session& one) { return one.record.begun; });
    std::vector<store::Write> writes;
    std::size_t kept = 0;
    for (const Session& one : sessions)
        if (one.record.ends <= now ||
            (one.record.application == application && ++kept >= sessions_of_one_max))
            writes.push_back(store::erase(one.key));
    writes.resize(std::min(writes.size(), store::operations_max - 1));
    return writes;
}

}  // namespace

Result<IssuedTokens> begin_session(store::Store& store, crypto::Random& random, const Person& person,
                                   const Client& client, Instant now) {
    const auto standing = TRY(standing_of(store, person.user));
    if (!standing || *standing != person.standing) return no_session();
    model::SsoSession session;
    session.standing = person.standing;
    session.id = crypto::random_uuid(random);
    session.user = person.user;
    session.client_id = client.id;
    session.client_name = client.name;
    session.application = client.application;
    session.scopes = client.scopes;
    session.begun = now;
    session.ends = std::min<Instant>(now + session_life, person.until.value_or(Instant::max()));
    session.mfa_time = person.mfa_time;
    IssuedTokens issued = renew_tokens(session, random, client.renewable, now);
    const std::string list = keys::sso_sessions(identity_store_of(person.user), person.user);
    std::vector<store::Write> writes = TRY(forgotten(store, list, session.application, now));
    writes.push_back(store::put(keys::item(list, session.id), session));
    TRY(store.commit({{}, std::move(writes)}));
    return issued;
}

Result<Session> find_session(store::Store& store, const std::string& access_token, Instant now) {
    Session session = TRY(find(store, access_token, &model::SsoSession::access_digest, now));
    if (now >= session.record.access_ends) return no_session();
    return session;
}

Result<bool> opens_portal(store::Store& store, const model::SsoSession& session) {
    if (session.application.empty()) return true;
    const std::string identity_store = identity_store_of(session.user);
    const auto found =
        TRY(store::load<model::Application>(store, keys::application(identity_store, session.application)));
    const bool has_scope =
        found && std::ranges::find(session.scopes, account_access_scope) != session.scopes.end() &&
        std::ranges::any_of(found->record.scopes,
                            [](const model::AccessScope& one) { return one.scope == account_access_scope; });
    if (!has_scope) return false;
    return may_use_application(store, identity_store, found->record, session.user);
}

Result<IssuedTokens> renew_session(store::Store& store, crypto::Random& random, const Renewal& wanted,
                                   Instant now) {
    auto spent = find(store, wanted.refresh_token, &model::SsoSession::spent_digest, now);
    if (spent) TRY(end_session(store, *spent));
    Session session = TRY(find(store, wanted.refresh_token, &model::SsoSession::refresh_digest, now));
    std::vector<std::string>& scopes = session.record.scopes;
    if (session.record.client_id != wanted.client_id) return no_session();
    for (const std::string& scope : wanted.scopes.value_or(scopes))
        if (std::ranges::find(scopes, scope) == scopes.end())
            return Error{Fault::invalid, "the session does not have this scope"};
    if (wanted.scopes)
        std::erase_if(scopes, [&](const std::string& scope) {
            return std::ranges::find(*wanted.scopes, scope) == wanted.scopes->end();
        });
    IssuedTokens issued = renew_tokens(session.record, random, true, now);
    const auto done = store.commit({{session.unchanged()}, {store::put(session.key, session.record)}});
    if (done) return issued;
    if (done.error().fault == Fault::conflict) return no_session();
    return done.error();
}

Result<void> end_session(store::Store& store, const Session& session) {
    TRY(store.commit({{}, {store::erase(session.key)}}));
    return {};
}

}  // namespace countersign::identity_center
