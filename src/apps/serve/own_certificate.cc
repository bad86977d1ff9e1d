#include "apps/serve/own_certificate.h"

#include <algorithm>
#include <utility>

namespace countersign::apps {

namespace {

constexpr auto rest_min = std::chrono::hours(24 * 30);  // with less, it is renewed
constexpr auto look_every = std::chrono::minutes(10);

}  // namespace

OwnCertificate::OwnCertificate(const Deps& deps, const std::vector<std::string>& names)
    : deps_(deps), names_{"Countersign API", {"localhost", "127.0.0.1", "::1"}} {
    for (const std::string& name : names)
        if (std::ranges::find(names_.alternatives, name) == names_.alternatives.end())
            names_.alternatives.push_back(name);
}

Result<std::unique_ptr<OwnCertificate>> OwnCertificate::begin(const Deps& deps,
                                                              const cli::ServeOptions& options,
                                                              std::unique_ptr<http::Tls>& tls) {
    if (options.without_tls) deps.log.warn("api.without_tls", {{"listen", options.host}});
    if (options.tls_names.empty()) return std::unique_ptr<OwnCertificate>();
    std::vector<std::string> names = options.tls_names;
    names.push_back(options.endpoint_host);
    auto own = std::make_unique<OwnCertificate>(deps, names);
    tls = std::make_unique<http::Tls>(TRY(own->issue()));
    return own;
}

Result<http::Tls> OwnCertificate::issue() {
    crypto::CertifiedKey own =
        TRY(crypto::issue_server(deps_.authority, names_, deps_.clock.now(), deps_.random));
    const Instant until = TRY(crypto::expiry_of(own.certificate_pem));
    renew_at_ = until - rest_min;
    return http::Tls{own.certificate_pem + deps_.authority.certificate_pem, std::move(own.key_pem)};
}

Result<void> OwnCertificate::renew_if_due() {
    if (deps_.clock.now() < renew_at_) return {};
    const http::Tls fresh = TRY(issue());
    for (http::Server* server : servers_) TRY(server->renew(fresh));
    deps_.log.info("tls.renewed");
    return {};
}

void OwnCertificate::keep_fresh(std::vector<http::Server*> servers) {
    std::erase(servers, nullptr);
    servers_ = std::move(servers);
    thread_ = Thread(
        "api-certificate", deps_.log, [this] { run(); },
        [this] { return waits_for_end(std::chrono::milliseconds(0)); });
}

void OwnCertificate::stop() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void OwnCertificate::run() {
    while (!waits_for_end(look_every)) {
        const Result<void> renewed = renew_if_due();
        if (!renewed) deps_.log.warn("tls.not_renewed", {{"reason", renewed.error().message}});
    }
}

bool OwnCertificate::waits_for_end(std::chrono::milliseconds patience) {
    const MutexLock lock(mutex_);
    if (!stopping_) changed_.wait_for(mutex_, patience, [this]() REQUIRES(mutex_) { return stopping_; });
    return stopping_;
}

}  // namespace countersign::apps
