#include "backend.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

// The names are PostgreSQL's. All are weak: outside of a backend, or in a build without them, they are null.
extern "C" {
extern void* MyProcPort __attribute__((weak));
extern volatile sig_atomic_t ProcDiePending __attribute__((weak));
const char* be_tls_get_version(void* port) __attribute__((weak));
const char* GetConfigOption(const char* name, bool missing_ok, bool restrict_privileged)
    __attribute__((weak));
unsigned get_role_oid(const char* name, bool missing_ok) __attribute__((weak));
bool is_member_of_role_nosuper(unsigned member, unsigned role) __attribute__((weak));
bool has_privs_of_role(unsigned member, unsigned role) __attribute__((weak));
bool IsTransactionState() __attribute__((weak));
bool InSecurityRestrictedOperation() __attribute__((weak));
unsigned GetUserId() __attribute__((weak));
extern int MyBackendType __attribute__((weak));
const char* GetBackendTypeDesc(int type) __attribute__((weak));
extern char my_exec_path[] __attribute__((weak));
void get_share_path(const char* program, char* share) __attribute__((weak));
}

namespace countersign::hook {
namespace {

wire::Transport transport() {
    if (!is_backend()) return wire::Transport::unknown;
    if (be_tls_get_version == nullptr) return wire::Transport::unknown;
    return be_tls_get_version(MyProcPort) != nullptr ? wire::Transport::tls : wire::Transport::plain;
}

wire::Membership membership(const char* user) {
    if (get_role_oid == nullptr || is_member_of_role_nosuper == nullptr) return wire::Membership::unknown;
    const unsigned member = get_role_oid(user, true);
    const unsigned role = get_role_oid("rds_iam", true);
    if (member == 0 || role == 0) return wire::Membership::no;
    return is_member_of_role_nosuper(member, role) ? wire::Membership::yes : wire::Membership::no;
}

}  // namespace

bool is_postgres() {
    return &MyProcPort != nullptr;
}

bool is_backend() {
    return is_postgres() && MyProcPort != nullptr;
}

// Its number differs between major versions.
bool is_wal_receiver() {
    if (&MyBackendType == nullptr || GetBackendTypeDesc == nullptr) return false;
    return strcmp(GetBackendTypeDesc(MyBackendType), "walreceiver") == 0;
}

bool is_ending() {
    return &ProcDiePending != nullptr && ProcDiePending != 0;
}

ConnectionFacts connection_facts(const char* user) {
    if (!is_backend()) return {};
    return {transport(), membership(user)};
}

bool may_create_extensions() {
    if (!is_backend() || GetUserId == nullptr || get_role_oid == nullptr || has_privs_of_role == nullptr)
        return false;
    if (IsTransactionState == nullptr || !IsTransactionState()) return false;
    if (InSecurityRestrictedOperation == nullptr || InSecurityRestrictedOperation()) return false;
    const unsigned role = get_role_oid("rds_superuser", true);
    return role != 0 && has_privs_of_role(GetUserId(), role);
}

bool share_path(char (&share)[share_path_bytes]) {
    if (&my_exec_path == nullptr || get_share_path == nullptr) return false;
    get_share_path(my_exec_path, share);
    return share[0] == '/';
}

void startup_words(const char* user, StartupWords* words) {
    if (!is_backend() || GetConfigOption == nullptr) return;
    const char* const version = GetConfigOption("server_version_num", true, false);
    const PortLayout* const layout = version == nullptr ? nullptr : port_layout(atoi(version));
    if (layout != nullptr) read_startup_words(MyProcPort, *layout, user, words);
}

}  // namespace countersign::hook
