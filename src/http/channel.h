// One connection to one HTTPS server, kept alive between requests: it trusts one authority alone, and proves
// with a client certificate who asks. One request at a time; cancel() from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "http/message.h"

namespace countersign::http {

struct Trust {
    std::string authority_pem;
    std::string certificate_pem;  // the client's own; empty: it shows none
    Secret key_pem;
};

class Channel {
public:
    // `base_url`: https://HOST:PORT
    Channel(std::string base_url, Trust trust);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    // As fetch() has it (client.h): an answer of any status is a Response.
    Result<Response> ask(const Request& request, std::chrono::milliseconds deadline);

    // Ends the request that is under way within a second, and refuses all later ones.
    void cancel() { cancelled_ = true; }

private:
    struct Wire;

    const std::string base_url_;
    const Trust trust_;
    std::atomic<bool> cancelled_ = false;
    std::unique_ptr<Wire> wire_;
};

}  // namespace countersign::http
