// While it lives, the process acts as another user where it is root; otherwise nothing changes. One thread
// only: the effective user is the whole process's.
#pragma once

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

namespace countersign::attach {

class EffectiveUser {
public:
    explicit EffectiveUser(uid_t uid) : changed_(::geteuid() == 0 && uid != 0) {
        if (!changed_) return;
        groups_.resize(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
        if (::getgroups(static_cast<int>(groups_.size()), groups_.data()) < 0) groups_.clear();
        effective_ = take_groups(uid) && ::seteuid(uid) == 0;
    }
    ~EffectiveUser() {
        if (!changed_) return;
        if (::seteuid(0) != 0 || ::setegid(0) != 0 || ::setgroups(groups_.size(), groups_.data()) != 0)
            ::_exit(1);
    }
    EffectiveUser(const EffectiveUser&) = delete;
    EffectiveUser& operator=(const EffectiveUser&) = delete;

    bool is(uid_t uid) const { return changed_ ? effective_ : ::geteuid() == uid; }

private:
    static bool take_groups(uid_t uid) {
        const passwd* account = ::getpwuid(uid);
        if (account == nullptr) return ::setgroups(0, nullptr) == 0;
        return ::initgroups(account->pw_name, account->pw_gid) == 0 && ::setegid(account->pw_gid) == 0;
    }

    const bool changed_;
    bool effective_ = false;
    std::vector<gid_t> groups_;
};

// The user's id where it has no name.
inline std::string user_name_of(uid_t uid) {
    const passwd* account = ::getpwuid(uid);
    return account != nullptr ? account->pw_name : std::to_string(uid);
}

}  // namespace countersign::attach
