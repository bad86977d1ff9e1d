#include "apps/serve/people.h"

#include <fmt/format.h>

#include "client/host_port.h"
#include "console/signin/welcome_page.h"
#include "identity_center/assignments.h"
#include "services/identitystore/service.h"
#include "services/sso/service.h"
#include "services/sso_admin/service.h"
#include "services/sso_oidc/service.h"
#include "services/sts/reserved_role.h"

namespace countersign::apps {

namespace {

namespace ic = identity_center;

// A password takes a fifth of a second of a core: one at a time, and few that wait.
constexpr unsigned threads = 1;
constexpr std::size_t sign_ins_waiting_max = 32;
constexpr std::size_t of_one_max = 6;

sso::BeginRoleSession role_sessions(const sts::Deps& deps) {
    return [deps](const sso::RoleSessionWanted& wanted, Instant now) -> Result<sso::RoleCredentials> {
        const sts::ReservedRole role{std::string(ic::reserved_role_path),
                                     std::string(ic::reserved_role_service),
                                     wanted.account,
                                     wanted.role,
                                     wanted.session_name,
                                     wanted.mfa_time,
                                     wanted.context,
                                     wanted.duration};
        const sts::MachineSession made = TRY(sts::begin_reserved_session(deps, role, now));
        return sso::RoleCredentials{made.access_key_id, made.secret_access_key, made.session_token,
                                    made.expires};
    };
}

// The service that AWS records an event of. Sources: IAM Identity Center User Guide, "Understanding IAM
// Identity Center sign-in events" and "IAM Identity Center information in CloudTrail".
std::string_view source_of(std::string_view event) {
    if (event == "UserAuthentication") return "signin";
    return event == "GetRoleCredentials" ? "awsssoportal" : "sso-directory";
}

std::string in_url(const std::string& host) {
    return host.find(':') == std::string::npos ? host : '[' + host + ']';
}

}  // namespace

People::People(Deps deps)
    : deps_(std::move(deps)),
      grants_(deps_.sts.random),
      workers_("sign-in", {sign_ins_waiting_max, of_one_max}, deps_.log),
      pages_({deps_.sts.store, deps_.sts.sealing, deps_.sts.random, deps_.clock, deps_.log, grants_,
              role_sessions(deps_.sts), [this] { return site(); },
              [this](const std::string& address, std::function<void()> job) {
                  return workers_.offer(address, std::move(job));
              },
              deps_.outside, [this](const console::SignInEvent& event) { record(event); }}),
      scim_({deps_.sts.store, deps_.sts.random, deps_.clock, deps_.log, [this] { return site().url; },
             [this](const scim::CallEvent& event) { record(event); }}) {}

void People::start() {
    workers_.start(threads);
}

void People::stop() {
    workers_.abandon();
}

std::vector<gateway::Service> People::services() {
    const sts::Deps& sts = deps_.sts;
    return {sso::service({sts.store, role_sessions(sts)}),
            sso_oidc::service({sts.store, sts.sealing, sts.random, grants_, sts.provider_keys,
                               [this] { return site().url; }}),
            sso_admin::service({sts.store, sts.random}), identitystore::service({sts.store, sts.random})};
}

// Calls that nobody signs are made by programs; without TLS a page from elsewhere could make them as well, by
// a name of its own that leads here.
bool People::is_from_a_page(const http::Request& request) const {
    return !deps_.tls && gateway::is_unsigned_rest(request) && !console::check_host(request, site());
}

bool People::answer(const http::Request& request, const http::Answer& give) {
    if (is_from_a_page(request)) {
        give({421, {{"Content-Type", "text/plain"}}, "This server is not known by that name.\n"});
        return true;
    }
    if (scim::Service::takes(request)) {
        give(scim_.answer(request));
        return true;
    }
    if (console::asks_for_welcome(request)) {
        give(console::welcome_page(site()));
        return true;
    }
    if (!console::SignIn::takes(request)) return false;
    pages_.answer(request, give);
    return true;
}

// Where a listener takes every address, people come by the name that the databases' endpoints have.
console::Site People::site() const {
    const cli::ServeOptions& options = deps_.options;
    const bool everywhere = options.host == "0.0.0.0" || options.host == "::";
    const std::string host = everywhere ? options.endpoint_host : options.host;
    console::Site site;
    site.tls = deps_.tls;
    site.url = fmt::format("{}://{}:{}", deps_.tls ? "https" : "http", in_url(host), deps_.port());
    site.hosts = {in_url(host), options.endpoint_host, "localhost", "127.0.0.1", "[::1]"};
    site.hosts.insert(options.console_names.begin(), options.console_names.end());
    return site;
}

// Source: IAM Identity Center User Guide, "Understanding IAM Identity Center sign-in events".
void People::record(const console::SignInEvent& event) {
    const access::Caller nobody = access::Access::anonymous();
    const std::string_view with_password = event.mfa_used ? "PASSWORD+TOTP" : "PASSWORD";
    const gateway::FederatedCaller person{event.account, event.instance_arn, event.user_name,
                                          std::string(event.by_provider ? "EXTERNAL_IDP" : with_password),
                                          event.user_name != console::nobodys_name};
    const std::string request = crypto::random_uuid(deps_.sts.random);
    deps_.events.on_call({request, event.time, source_of(event.name), event.name, deps_.options.region,
                          event.address, event.user_agent, deps_.tls, &nobody, "{}",
                          event.failure.empty() ? "" : "AuthenticationFailed", event.failure, &person,
                          nullptr});
}

// Source: IAM Identity Center User Guide, "Logging IAM Identity Center SCIM API calls with AWS CloudTrail".
void People::record(const scim::CallEvent& event) {
    const access::Caller nobody = access::Access::anonymous();
    const gateway::FederatedCaller program{event.account, event.identity_store, event.token_id, {}, true};
    deps_.events.on_call({event.request_id, event.time, "identitystore-scim", event.operation,
                          deps_.options.region, event.address, event.user_agent, deps_.tls, &nobody,
                          event.input, event.error_code, event.error_message, &program, nullptr});
}

}  // namespace countersign::apps
