// What the preload keeps from the users of a server of the control plane's own, whatever attributes and
// rights PostgreSQL gives them; another's server, which has no COUNTERSIGN_MANAGED in its environment, is
// left alone.
//
// - A walsender of a database does logical replication alone; another is the control plane's, since
//   pg_hba.conf lets nobody else have one. PostgreSQL has no hook for replication commands, but from 13
//   to 18 it writes each to its log after it was parsed and before it is carried out, where
//   log_replication_commands is on and log_min_messages is not above LOG, as the control plane configures it;
//   emit_log_hook sees it. That an error is raised during the report of another is provided for by
//   errstart(). The control plane asks each server whether the guard is in force before it gives anybody the
//   attribute REPLICATION.
// - Libraries come from where PostgreSQL and the system have theirs, in every process: a parallel worker has
//   no client's connection. Whoever may make a logical slot names its output plugin, and PostgreSQL loads any
//   file by that name.
//
// Sources: walsender.c, elog.c, logical.c and dfmgr.c of PostgreSQL 13 to 18. Not for threads: a backend has
// one.
#include <dlfcn.h>
#include <limits.h>
#include <string.h>

#include "backend.h"
#include "managed.h"
#include "replication.h"

// PostgreSQL's; weak: outside of it they are null.
extern "C" {
extern void (*emit_log_hook)(void*) __attribute__((weak));
extern bool am_walsender __attribute__((weak));
extern bool am_db_walsender __attribute__((weak));
unsigned GetSessionUserId() __attribute__((weak));
extern const char* debug_query_string __attribute__((weak));
extern char pkglib_path[] __attribute__((weak));
bool errstart(int level, const char* domain) __attribute__((weak));
void errfinish(const char* file, int line, const char* function) __attribute__((weak));
int errcode(int sqlstate) __attribute__((weak));
int errmsg(const char* format, ...) __attribute__((weak));
int errdetail(const char* format, ...) __attribute__((weak));
int errhint(const char* format, ...) __attribute__((weak));
}

namespace countersign::hook {
namespace {

constexpr unsigned rdsadmin = 10;  // the role that initdb makes
constexpr int fatal = 22;          // FATAL of elog.h, from 14 on
constexpr int insufficient_privilege = 4 + (2 << 6) + (5 << 12) + (0 << 18) + (1 << 24);  // 42501, by elog.h
// Where distributions have their libraries; their users cannot write there.
constexpr const char* system_libraries[] = {"/usr/lib/", "/usr/lib32/", "/usr/lib64/",
                                            "/lib/",     "/lib32/",     "/lib64/"};

bool managed = false;
bool refusing = false;
void (*next_log_hook)(void*) = nullptr;

void refuse_command() {
    refusing = true;
    if (!errstart(fatal, nullptr)) return;
    errcode(insufficient_privilege);
    errmsg("permission denied for a physical replication command");
    errdetail(
        "Only logical replication is available on this server: members of rds_replication use logical "
        "slots of their database.");
    errhint(
        "Connect with replication=database, and use CREATE_REPLICATION_SLOT SLOT LOGICAL and "
        "START_REPLICATION SLOT SLOT LOGICAL, as pg_recvlogical does.");
    errfinish(__FILE__, __LINE__, __func__);
}

bool is_own() {
    return !am_db_walsender && GetSessionUserId() == rdsadmin;
}

void on_log(void* report) {
    if (am_walsender && !is_own() && !refusing &&
        replication_command(debug_query_string) == ReplicationCommand::refused)
        refuse_command();
    if (next_log_hook != nullptr) next_log_hook(report);
}

bool can_refuse() {
    return &emit_log_hook != nullptr && &am_walsender != nullptr && &am_db_walsender != nullptr &&
           GetSessionUserId != nullptr && &debug_query_string != nullptr && errstart != nullptr &&
           errfinish != nullptr && errcode != nullptr && errmsg != nullptr && errdetail != nullptr &&
           errhint != nullptr;
}

// In the postmaster, before it has read its configuration; backends are its copies.
__attribute__((constructor)) void guard() {
    managed = is_postgres() && is_managed();
    if (!managed || !can_refuse()) return;
    next_log_hook = emit_log_hook;
    emit_log_hook = on_log;
}

bool begins(const char* text, const char* with) {
    return strncmp(text, with, strlen(with)) == 0;
}

bool is_below(const char* file, const char* directory) {
    char real_directory[PATH_MAX];
    if (realpath(directory, real_directory) == nullptr) return false;
    const size_t size = strlen(real_directory);
    return strncmp(file, real_directory, size) == 0 && file[size] == '/';
}

bool is_of_the_installation(const char* file) {
    for (const char* directory : system_libraries) {
        if (begins(file, directory)) return true;
    }
    return pkglib_path != nullptr && is_below(file, pkglib_path);
}

using Open = void*(const char*, int);

}  // namespace
}  // namespace countersign::hook

// A name without a slash is looked for where the system has its libraries. What is opened is the file that
// was looked at: nobody can put another into those directories.
extern "C" __attribute__((visibility("default"))) void* dlopen(const char* name, int flags) {
    using namespace countersign::hook;
    const auto next = reinterpret_cast<Open*>(dlsym(RTLD_NEXT, "dlopen"));
    if (next == nullptr) return nullptr;
    if (!managed || name == nullptr || strchr(name, '/') == nullptr) return next(name, flags);
    char file[PATH_MAX];
    if (realpath(name, file) != nullptr && is_of_the_installation(file)) return next(file, flags);
    return next("/a library outside of PostgreSQL's own directory", flags);  // dlerror() names it
}
