// The API's certificate of the server's own authority, which `global-bundle.pem` has: issued at the start,
// and again a month before it ends. Owns a thread from keep_fresh() on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "cli/serve_options.h"
#include "crypto/certificates.h"
#include "crypto/random.h"
#include "http/server.h"

namespace countersign::apps {

class OwnCertificate {
public:
    struct Deps {
        const crypto::CertifiedKey& authority;
        const Clock& clock;
        crypto::Random& random;
        const Log& log;
    };

    // What listeners have TLS by goes into `tls`. None, where the options name none (--tls-names); that there
    // is to be no TLS at all is said in the log.
    static Result<std::unique_ptr<OwnCertificate>> begin(const Deps& deps, const cli::ServeOptions& options,
                                                         std::unique_ptr<http::Tls>& tls);

    // For localhost, its addresses and these names.
    OwnCertificate(const Deps& deps, const std::vector<std::string>& names);
    ~OwnCertificate() { stop(); }

    Result<http::Tls> issue();
    // Of these servers, which have what issue() gave and live until stop(); null pointers are passed over.
    void keep_fresh(std::vector<http::Server*> servers);
    void stop();

    // Hands the servers another one, where that is due.
    Result<void> renew_if_due();

private:
    void run();
    bool waits_for_end(std::chrono::milliseconds patience);

    const Deps deps_;
    crypto::CertificateNames names_;
    std::vector<http::Server*> servers_;
    Instant renew_at_;
    Mutex mutex_;
    Condition changed_;
    bool stopping_ GUARDED_BY(mutex_) = false;
    Thread thread_;
};

}  // namespace countersign::apps
