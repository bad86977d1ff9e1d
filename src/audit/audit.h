// The audit of logins: its file, and those who hear of every line that is in it. Safe to call from any
// thread; the log and the listeners must outlive it.
#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "audit/entry.h"
#include "audit/log.h"
#include "base/result.h"

namespace countersign::audit {

class Audit {
public:
    Audit(LoginLog& log, std::vector<LoginListener*> listeners)
        : log_(log), listeners_(std::move(listeners)) {}

    // The whole line is in the file, or an error: what cannot be recorded must not be let in. Whatever came
    // from outside is made printable, for the file and for whoever hears of it.
    Result<void> record(const LoginEntry& entry) const {
        const LoginEntry line = recordable(entry);
        TRY(log_.append(line));
        for (LoginListener* listener : listeners_) listener->on_login(line);
        return {};
    }

    // What it is written to; whole files lie beside it (log_files.h).
    const std::filesystem::path& file() const { return log_.file(); }

private:
    LoginLog& log_;
    const std::vector<LoginListener*> listeners_;
};

}  // namespace countersign::audit
