// The company's own providers, by which people sign in here: what the browser takes there, and what it brings
// back. Private to src/console/signin.
#pragma once

#include <boost/describe.hpp>
#include <initializer_list>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "console/signin/browser_sessions.h"
#include "console/signin/visit.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "http/message.h"
#include "model/identity_center.h"
#include "store/records.h"

namespace countersign::console {

// A way to sign in, and the account whose provider it is.
struct Way {
    store::Stored<model::SigninMethod> method;
    std::string account;
    std::string place;  // below identity_center's openid_path and saml_path

    bool is_saml() const { return method.record.provider.empty(); }
};

// Whom a provider says that it signed in.
struct Vouched {
    std::string name;        // the user name here; empty: it says none
    bool is_exact = false;   // with other capitals it is somebody else
    bool gave_code = false;  // or another second factor
};
BOOST_DESCRIBE_STRUCT(Vouched, (), (name, is_exact, gave_code))

struct ProviderDeps {
    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
};

// What a browser brought back, for one call.
struct Back {
    const Site& site;
    const Elsewhere& sent;
    const Visit& visit;
    Instant now;
};

Error not_offered();
// Fault::not_found: there is no such way (any more).
Result<Way> find_way(store::Store& store, const std::string& identity_store, const std::string& name);

// The address at the provider that the browser is sent to. Fault::unavailable: the provider cannot be used;
// the operator can see why.
Result<std::string> ask_openid(const ProviderDeps& deps, const Way& way, const Site& site,
                               const Elsewhere& sent);
Result<std::string> ask_saml(const ProviderDeps& deps, const Way& way, const Site& site,
                             const Elsewhere& sent, Instant now);

// Takes what the browser brought back. Fault::unavailable as above; others say why the person is not
// accepted.
Result<Vouched> take_openid(const ProviderDeps& deps, const Way& way, const Back& back);
Result<Vouched> take_saml(const ProviderDeps& deps, const Way& way, const Back& back);

// A SAML response as it was posted, verified: sealed, for take_saml of the browser that asked for it.
// Whatever was wrong is within.
std::string sealed_response(const ProviderDeps& deps, const Way& way, const Site& site,
                            const std::string& response, Instant now);
// What a provider of SAML has to know of this server.
std::string saml_service_metadata(const Site& site, const Way& way);

// Fields as a form has them, and after an address.
std::string form_of(std::initializer_list<std::pair<const char*, std::string>> fields);
std::string with_query(const std::string& url, const std::string& query);

}  // namespace countersign::console
