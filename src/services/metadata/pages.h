// What a machine asks about itself over HTTP: the instance metadata service, version 2, as far as SDKs use
// it, and a container's credentials. Pure but for the issuers. Safe to call from any thread.
// Sources: EC2 User Guide, "Instance metadata categories", "Retrieve security credentials from instance
// metadata", "Troubleshoot IAM and Amazon EC2"; AWS SDKs and Tools Reference Guide, "Container credential
// provider".
#pragma once

#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "http/message.h"
#include "services/metadata/credentials.h"
#include "services/metadata/instance_tokens.h"

namespace countersign::metadata {

inline constexpr std::string_view container_path = "/container/credentials";

struct Machine {
    std::string account;
    std::string region;
    std::string instance_id;  // i-…
    std::string role_name;
    Secret container_token;  // what Authorization has to say
    Issuer as_instance;
    Issuer as_container;
};

class Pages {
public:
    Pages(Machine machine, crypto::Random& random) : machine_(std::move(machine)), tokens_(random) {}

    http::Response answer(const http::Request& request, Instant now) const;

private:
    http::Response container(const http::Request& request, Instant now) const;
    http::Response new_token(const http::Request& request, Instant now) const;
    http::Response instance(const http::Request& request, Instant now) const;
    http::Response instance_credentials(Instant now) const;

    const Machine machine_;
    const InstanceTokens tokens_;
};

}  // namespace countersign::metadata
