// An attached server in the control plane: registered, asked about, forgotten.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attach/survey.h"
#include "base/result.h"
#include "client/api_client.h"

namespace countersign::attach {

struct Registration {
    std::string name;
    std::string region;
    std::string resource_id;
    std::string arn;
    std::string host;  // of the endpoint
    std::uint16_t port = 0;
    std::string agent;
    std::string agent_socket;
    std::string data_directory;
};

// What the caller wishes beside what was found on the host.
struct RegistrationRequest {
    std::string name;
    std::string region;
    std::string engine;
    client::DatabaseEndpoint endpoint;
    std::string agent;
};

class Registry {
public:
    explicit Registry(client::ApiTarget target) : target_(std::move(target)), client_(target_) {}

    const client::ApiTarget& target() const { return target_; }
    Result<std::optional<Registration>> find(const std::string& name, const std::string& region) const;
    Result<Registration> put(const RegistrationRequest& wish, const Survey& server) const;
    Result<void> tag(const Registration& registered, const std::vector<std::string>& tags) const;
    Result<void> remove(const std::string& name, const std::string& region) const;

    // Why the caller's own principal may not log in as that user; nothing when it may, or when that cannot be
    // told.
    Result<std::optional<std::string>> why_not(const Registration& server, const std::string& user) const;

private:
    client::ApiTarget target_;
    client::ApiClient client_;
};

}  // namespace countersign::attach
