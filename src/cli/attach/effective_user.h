// While it lives, the process acts as another user where it is root; otherwise nothing changes. One thread
// only: the effective user is the whole process's.
#pragma once

#include <pwd.h>
#include <unistd.h>

#include <string>

namespace countersign::cli {

class EffectiveUser {
public:
    explicit EffectiveUser(uid_t uid) : changed_(::geteuid() == 0 && uid != 0) {
        if (!changed_) return;
        const passwd* account = ::getpwuid(uid);
        effective_ = (account == nullptr || ::setegid(account->pw_gid) == 0) && ::seteuid(uid) == 0;
    }
    ~EffectiveUser() {
        if (!changed_) return;
        if (::seteuid(0) != 0 || ::setegid(0) != 0) ::_exit(1);
    }
    EffectiveUser(const EffectiveUser&) = delete;
    EffectiveUser& operator=(const EffectiveUser&) = delete;

    bool is(uid_t uid) const { return changed_ ? effective_ : ::geteuid() == uid; }

private:
    const bool changed_;
    bool effective_ = false;
};

// The user's id where it has no name.
inline std::string user_name_of(uid_t uid) {
    const passwd* account = ::getpwuid(uid);
    return account != nullptr ? account->pw_name : std::to_string(uid);
}

}  // namespace countersign::cli
