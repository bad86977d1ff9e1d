// Finds refused logins in the records of a csvlog. What the PAM module said stands in a record before the
// refusal, of the same process, and is remembered until then. Pure; one thread at a time.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "databases/databases.h"

namespace countersign::databases::local {

class RefusalFinder {
public:
    explicit RefusalFinder(std::string resource_id) : resource_id_(std::move(resource_id)) {}

    std::optional<RefusedLogin> take(const std::vector<std::string>& record);

private:
    struct Said {
        int pid = 0;
        std::string reason;
    };

    void remember(int pid, std::string_view reason);
    std::string recall(int pid);

    std::string resource_id_;
    std::list<Said> said_;  // oldest first
};

}  // namespace countersign::databases::local
