// Finds refused logins in the records of a csvlog. What the PAM module said stands in a record before the
// refusal, of the same session, and is remembered until then. Only a backend that is not yet past its
// client's authentication refuses a login: whatever statements of a tenant log, with any SQLSTATE and any
// text, is none. Pure; one thread at a time.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "databases/engines/local/log_reader.h"
#include "databases/server_view.h"
#include "policy/values.h"

namespace countersign::databases::local {

// Where PostgreSQL refused by a line for all that comes from one of these blocks, that is the cause.
void judge_place(RefusedLogin& login, const std::vector<policy::Network>& refused);

class RefusalFinder {
public:
    explicit RefusalFinder(std::string server) : server_(std::move(server)) {}

    std::optional<RefusedLogin> take(const LogRecord& record);

private:
    struct Said {
        std::string session;
        std::string reason;
    };

    void remember(std::string_view session, std::string_view reason);
    std::string recall(std::string_view session);

    std::string server_;
    std::list<Said> said_;  // oldest first
};

}  // namespace countersign::databases::local
