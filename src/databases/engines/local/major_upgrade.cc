#include "databases/engines/local/major_upgrade.h"

#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "base/files.h"
#include "base/text.h"
#include "databases/engines/local/boundary.h"
#include "databases/engines/local/installed.h"
#include "databases/engines/local/postmaster.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr auto end_patience = 10s;
constexpr std::size_t output_bytes_max = std::size_t{256} * 1024;
constexpr std::size_t trouble_lines_max = 12;
constexpr std::string_view own_prefix = "countersign: ";
constexpr std::string_view success = "countersign: upgraded";
constexpr int checksums_by_default_from = 18;

// Runs as the server's user in the directory of the other data, which is empty. In turn: the data of before
// is shut down cleanly, should the last run have been cut short; a new cluster is made that agrees with it;
// while the preload (hook/restoring.cc) keeps a superuser from running what is a user's,
// pg_upgrade copies; what no user may hold is taken away while nobody is connected; and the whole moves up
// into the directory, the files that the control plane reads with the directory's group.
constexpr const char* script = R"(
trap 'trap - TERM; kill -TERM 0' TERM
work() { "$@" & wait $!; }
old=$1 new=$2 data=$3 sockets=$4 locale=$5 default_sums=$6 recipe=$7 preload=$8
export LC_ALL=C
fail() { echo "countersign: $1"; exit 1; }
[ -n "$preload" ] && grep -qF "/$preload" "/proc/$$/maps" || fail "what keeps users' functions from running is not there"
"$old/pg_controldata" "$data" > control || fail "its data cannot be read"
case $(sed -n 's/^Database cluster state: *//p' control) in
    'shut down' | 'shut down in recovery') ;;
    *) work "$old/postgres" --single -D "$data" template1 < /dev/null || fail "its data cannot be recovered" ;;
esac
case $(sed -n 's/^Data page checksum version: *//p' control):$default_sums in
    0:yes) sums=--no-data-checksums ;;
    0:no) sums= ;;
    *) sums=--data-checksums ;;
esac
unset LC_ALL
work "$new/initdb" --pgdata=fresh --username=rdsadmin --auth-local=trust --auth-host=reject --encoding=UTF8 \
    --locale="$locale" $sums --no-sync --no-instructions || fail "the new cluster could not be made"
echo 'local all rdsadmin trust' > hba
work "$new/pg_upgrade" --old-bindir="$old" --new-bindir="$new" --old-datadir="$data" --new-datadir="$PWD/fresh" \
    --old-options="-c hba_file='$PWD/hba'" --username=rdsadmin --socketdir="$sockets" || {
    find fresh/pg_upgrade_output.d -name '*.log' -exec grep -h 'error: ' {} + 2>/dev/null | tail -n 4 | cut -c -500
    find fresh/pg_upgrade_output.d -name '*.txt' -exec cat {} + 2>/dev/null | tail -n 12 | cut -c -500
    fail "pg_upgrade gave up"
}
printf '%s' "$recipe" | "$new/postgres" --single -D fresh template0 > recipe 2>&1 || fail "its roles could not be made"
if grep -E 'ERROR:|FATAL:' recipe; then fail "its roles could not be made"; fi
echo 'local all all reject' > fresh/pg_hba.conf
echo "include 'countersign.conf'" >> fresh/postgresql.conf
mv fresh/* . && rmdir fresh || fail "the new data could not be moved"
for file in PG_VERSION pg_hba.conf pg_ident.conf; do
    cat "$file" > "$file.new" && chmod 640 "$file.new" && mv -f "$file.new" "$file" || fail "$file could not be written"
done
"$new/initdb" --sync-only --pgdata=. || fail "the new data could not be written to the disk"
rm -f control hba recipe delete_old_cluster.sh passwd group
echo 'countersign: upgraded'
)";

// pg_upgrade and initdb want a name for the user that they run as, and users of the range have none: the
// library gives them one.
bool is_nameless(uid_t user) {
    return ::getpwuid(user) == nullptr;
}

bool can_be_named() {
    std::error_code absent;
    const auto has_it = [](const std::filesystem::directory_entry& entry) {
        return file_exists(entry.path() / "libnss_wrapper.so");
    };
    for (const char* place : {"/usr/lib", "/usr/lib64", "/usr/local/lib"}) {
        if (file_exists(Path(place) / "libnss_wrapper.so")) return true;
        if (std::ranges::any_of(std::filesystem::directory_iterator(place, absent), has_it)) return true;
    }
    return false;
}

// What worked, and files that are gone by then.
bool is_of_no_use(std::string_view line) {
    return line.empty() || line.ends_with(" ok") || line.starts_with("Consult the last few lines of") ||
           line.starts_with("Failure, exiting");
}

// What people should read of it: pg_upgrade's own last lines, and the lines of the files it names. Names that
// users gave may be in any encoding.
std::string last_lines(const std::string& output) {
    std::vector<std::string_view> lines;
    for (const std::string_view line : split(output, '\n'))
        if (!is_of_no_use(trimmed(line))) lines.push_back(trimmed(line));
    const std::size_t skipped = lines.size() > trouble_lines_max ? lines.size() - trouble_lines_max : 0;
    std::string text;
    for (std::string_view line : std::span(lines).subspan(skipped)) {
        if (line.starts_with(own_prefix)) line.remove_prefix(own_prefix.size());
        text += text.empty() ? std::string(line) : fmt::format(" {}", line);
    }
    return text.empty() ? "it ended without a word" : printable(text);
}

// Users' names are in what is printed before, at most.
bool ends_in_success(std::string_view output) {
    const std::string_view all = trimmed(output);
    return all.substr(all.rfind('\n') + 1) == success;
}

}  // namespace

void MajorUpgrade::begin(const EngineVersion& from, const EngineVersion& to) {
    trouble_.clear();
    exchanged_ = from.major == to.major;
    from_ = from.major;
    to_ = to.major;
    state_ = exchanged_ ? WorkState::done : WorkState::running;
    if (exchanged_) return;
    Result<void> begun = prepare(from, to);
    if (begun) begun = spawn(from, to);
    if (begun) return;
    trouble_ = begun.error().message;
    state_ = WorkState::failed;
}

Result<void> MajorUpgrade::prepare(const EngineVersion& from, const EngineVersion& to) {
    if (from.major > to.major)
        return Error{Fault::invalid, "PostgreSQL does not go back to an older version"};
    for (const EngineVersion* version : {&from, &to})
        if (!file_exists(version->bin / "pg_upgrade"))
            return Error{Fault::unavailable,
                         fmt::format("{} has no pg_upgrade; install it", version->bin.string())};
    if (is_nameless(keeper_.owner(home_)) && !can_be_named())
        return Error{Fault::unavailable,
                     "pg_upgrade cannot run as a user without a name; install the package libnss-wrapper"};
    end_processes();
    TRY(keeper_.remove_tree(home_.other_data()));
    std::error_code absent;
    std::filesystem::remove(home_.upgraded_mark(), absent);
    TRY(make_directory(home_.other_data()));
    TRY(keeper_.hand_over_part(home_, home_.other_data()));
    return keeper_.make_run(home_);
}

Result<void> MajorUpgrade::spawn(const EngineVersion& from, const EngineVersion& to) {
    const Path other = home_.other_data();
    const uid_t user = keeper_.owner(home_);
    std::vector<std::string> environment = {"COUNTERSIGN_MANAGED=restoring"};
    std::string preload = preload_.string();
    std::string names;
    if (is_nameless(user)) {
        names = fmt::format("umask 077; echo 'rdsadmin:x:{0}:{0}::/:/bin/sh' > passwd; : > group\n", user);
        preload += preload.empty() ? "libnss_wrapper.so" : " libnss_wrapper.so";
        environment.push_back("NSS_WRAPPER_PASSWD=" + (other / "passwd").string());
        environment.push_back("NSS_WRAPPER_GROUP=" + (other / "group").string());
    }
    if (!preload.empty()) environment.push_back("LD_PRELOAD=" + preload);
    const std::string sums = to.major >= checksums_by_default_from ? "yes" : "no";
    process_ =
        TRY(keeper_.spawn(home_,
                          {.program = "/bin/sh",
                           .arguments = {"-c", names + script, "upgrade", from.bin.string(), to.bin.string(),
                                         home_.data().string(), home_.run.string(), locale_of_this_machine(),
                                         sums, carried_recipe(to.major), preload_.filename().string()},
                           .environment = environment,
                           .directory = other},
                          preload_, {from.bin / "postgres", to.bin / "postgres"}));
    return {};
}

WorkState MajorUpgrade::state() {
    if (state_ == WorkState::running && !process_.alive()) note_end();
    return state_;
}

void MajorUpgrade::note_end() {
    end_processes();
    const Result<std::string> output = read_server_file(home_.start_log(), output_bytes_max);
    const std::string said = output ? *output : std::string();
    const bool whole = ends_in_success(said) && major_of(home_.other_data()) == to_;
    state_ = whole ? WorkState::done : WorkState::failed;
    if (!whole) trouble_ = last_lines(said);
}

// The mark comes first: the accounts of what is there afterwards are looked at in any case.
Result<void> MajorUpgrade::take_place() {
    TRY(replace_file(home_.upgraded_mark(), std::to_string(from_)));
    return exchange_durably(home_.other_data(), home_.data());
}

// Where the data of before is still in its place, that is a failure of the upgrade and not to be tried again.
Result<void> MajorUpgrade::finish() {
    Result<void> taken = exchanged_ ? Result<void>() : take_place();
    const bool failed = !taken && major_of(home_.data()) != to_;
    state_ = failed ? WorkState::failed : WorkState::none;
    if (failed) trouble_ = taken.error().message;
    return taken;
}

// The servers that pg_upgrade starts have sessions of their own.
void MajorUpgrade::end_processes() {
    if (process_.alive()) process_.signal(SIGTERM);
    static_cast<void>(process_.ends_within(end_patience));
    Postmaster::end_left(keeper_, home_);
    for (const pid_t pid : postgres_processes_in(home_.other_data() / "fresh"))
        if (Result<Process> left = Process::attach(pid)) left->signal(SIGKILL);
    process_ = Process();
}

void MajorUpgrade::stop() {
    if (state_ == WorkState::running) end_processes();
    state_ = WorkState::none;
}

Result<void> MajorUpgrade::drop_former() {
    TRY(keeper_.remove_tree(home_.other_data()));
    std::error_code absent;
    std::filesystem::remove(home_.upgraded_mark(), absent);
    return {};
}

}  // namespace countersign::databases::local
