// While pg_upgrade works, a superuser makes everything anew that the users of a database made. PostgreSQL
// evaluates some of it on the way, such as the expressions of a partition key and of a constraint, and would
// run functions of users as that superuser. In such a server, whose environment says so, a superuser runs
// what is of the installation alone: functions in C, which superusers alone can make, and those of the
// superuser that initdb made. What is only looked at and not run is none of this.
//
// Sources: fmgr.c, spi.c and elog.c of PostgreSQL 14 to 18. Not for threads: a backend has one.
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "backend.h"
#include "managed.h"

// PostgreSQL's; weak: outside of it they are null.
extern "C" {
extern bool (*needs_fmgr_hook)(unsigned function) __attribute__((weak));
extern void (*fmgr_hook)(int event, void* function, void* state) __attribute__((weak));
extern uint64_t SPI_processed __attribute__((weak));
bool superuser() __attribute__((weak));
bool ActiveSnapshotSet() __attribute__((weak));
int SPI_connect() __attribute__((weak));
int SPI_execute(const char* sql, bool read_only, long rows_max) __attribute__((weak));
int SPI_finish() __attribute__((weak));
bool errstart(int level, const char* domain) __attribute__((weak));
void errfinish(const char* file, int line, const char* function) __attribute__((weak));
int errcode(int sqlstate) __attribute__((weak));
int errmsg(const char* format, ...) __attribute__((weak));
}

namespace countersign::hook {
namespace {

constexpr unsigned first_of_users = 16384;  // FirstNormalObjectId: initdb's have numbers below
constexpr int begins = 0;                   // FHET_START
constexpr int selected = 5;                 // SPI_OK_SELECT
constexpr int error = 21;                   // ERROR of elog.h, from 14 on
constexpr int insufficient_privilege = 4 + (2 << 6) + (5 << 12) + (0 << 18) + (1 << 24);  // 42501, by elog.h

// How a FmgrInfo begins.
struct Called {
    void* address;
    unsigned function;
};

bool can_judge() {
    return &needs_fmgr_hook != nullptr && &fmgr_hook != nullptr && &SPI_processed != nullptr &&
           superuser != nullptr && ActiveSnapshotSet != nullptr && SPI_connect != nullptr &&
           SPI_execute != nullptr && SPI_finish != nullptr && errstart != nullptr && errfinish != nullptr &&
           errcode != nullptr && errmsg != nullptr;
}

// 10 is the superuser that initdb made, 12 and 13 are the languages internal and c. The question itself calls
// nothing but what has a number of initdb's.
bool is_of_the_installation(unsigned function) {
    char question[256];
    snprintf(question, sizeof question,
             "SELECT FROM pg_catalog.pg_proc WHERE oid OPERATOR(pg_catalog.=) '%u'::pg_catalog.oid AND "
             "(prolang OPERATOR(pg_catalog.=) ANY ('{12,13}'::pg_catalog.oid[]) OR "
             "proowner OPERATOR(pg_catalog.=) '10'::pg_catalog.oid)",
             function);
    if (SPI_connect() < 0) return false;
    const bool found = SPI_execute(question, ActiveSnapshotSet(), 1) == selected && SPI_processed == 1;
    return SPI_finish() >= 0 && found;
}

void refuse(unsigned function) {
    if (!errstart(error, nullptr)) return;
    errcode(insufficient_privilege);
    errmsg("the function with the OID %u is a user's and would be run by a superuser", function);
    errfinish(__FILE__, __LINE__, __func__);
}

bool is_watched(unsigned function) {
    return function >= first_of_users;
}

void on_call(int event, void* function, void*) {
    if (event != begins || !superuser()) return;
    const unsigned called = static_cast<const Called*>(function)->function;
    if (is_watched(called) && !is_of_the_installation(called)) refuse(called);
}

// In the postmaster, before it has read its configuration; backends are its copies.
__attribute__((constructor)) void watch_calls() {
    if (!is_postgres() || !is_restoring()) return;
    if (!can_judge()) _exit(1);
    needs_fmgr_hook = is_watched;
    fmgr_hook = on_call;
}

}  // namespace
}  // namespace countersign::hook
