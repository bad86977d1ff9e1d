#include "access/session.h"

#include "formats/record.h"
#include "model/ids.h"

namespace countersign::access {

namespace {

// What is sealed: the session and its secret.
struct Contents {
    Session session;
    std::string secret;
};
BOOST_DESCRIBE_STRUCT(Contents, (), (session, secret))

// Binds a token to its access key: with another key's id it does not open.
std::string context_of(std::string_view access_key_id) {
    return "session/" + std::string(access_key_id);
}

}  // namespace

SealedSession seal_session(const Session& session, const crypto::SealingKey& sealing,
                           crypto::Random& random) {
    SealedSession sealed;
    sealed.secret_access_key = model::new_secret_access_key(random);
    const Contents contents{session, std::string(sealed.secret_access_key.reveal())};
    sealed.session_token =
        sealing.seal(Secret(formats::to_record(contents)), context_of(session.access_key_id), random);
    return sealed;
}

Result<OpenedSession> open_session(std::string_view session_token, std::string_view access_key_id,
                                   const crypto::SealingKey& sealing) {
    const Secret opened = TRY(sealing.open(session_token, context_of(access_key_id)));
    Contents contents = TRY(formats::from_record<Contents>(opened.reveal()));
    if (contents.session.kind == SessionKind::none || contents.session.access_key_id != access_key_id)
        return Error{Fault::denied, "the session token is not of this access key"};
    return OpenedSession{std::move(contents.session), Secret(std::move(contents.secret))};
}

}  // namespace countersign::access
