// The services that have roles of their own in an account: what the role is called behind AWSServiceRoleFor,
// and which of AWS's policies it has. Constants for the whole life of the program.
#pragma once

#include <optional>
#include <string_view>

namespace countersign::iam {

struct LinkedService {
    std::string_view service;  // before .amazonaws.com
    std::string_view role;
    std::string_view policy;  // of AWS's, below /aws-service-role/
};

// rds of rds.amazonaws.com; nothing for what is no service's name.
std::optional<std::string_view> linked_service_name(std::string_view principal);

// nullptr for a service that is not known.
const LinkedService* find_linked_service(std::string_view name);

// Whether a service can have several roles, told apart by a suffix.
bool takes_suffix(std::string_view name);

}  // namespace countersign::iam
