#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/deadline.h"
#include "base/files.h"
#include "base/text.h"
#include "crypto/certificates.h"
#include "databases/engines/local/access_rules.h"
#include "databases/engines/local/accounts.h"
#include "databases/engines/local/engine_fixture.h"
#include "databases/engines/local/own_session.h"
#include "databases/ports.h"
#include "store/memory.h"
#include "store/sqlite.h"

namespace countersign::databases {

namespace {

using namespace std::chrono_literals;

// PostgreSQL refuses to run as root, so neither do its tests.
class Unprivileged : public ::testing::Environment {
public:
    void SetUp() override {
        if (geteuid() != 0) return;
        const passwd* user = getpwnam("postgres");
        ASSERT_NE(user, nullptr) << "tests as root need a user `postgres` to become";
        const uid_t uid = user->pw_uid;
        ASSERT_EQ(setgroups(0, nullptr), 0);
        ASSERT_EQ(setgid(user->pw_gid), 0);
        ASSERT_EQ(setuid(uid), 0);
        ASSERT_EQ(setenv("HOME", "/var/lib/postgresql", 1), 0);
    }
};

std::vector<std::filesystem::path> roots() {
    const char* chosen = std::getenv("COUNTERSIGN_TEST_POSTGRES");
    if (chosen == nullptr) return default_postgres_roots();
    std::vector<std::filesystem::path> directories;
    for (const std::string_view one : split(chosen, ':')) directories.emplace_back(one);
    return directories;
}

template <class Record>
Result<void> change_record(store::Store& store, const std::string& key,
                           const std::function<void(Record&)>& change) {
    return store::retry_races([&]() -> Result<void> {
        auto stored = TRY(store::load<Record>(store, key));
        change(stored->record);
        const Result<store::Revision> written =
            store.commit({{stored->unchanged()}, {store::put(stored->key, stored->record)}});
        if (written) return {};
        return Error{Fault::conflict, "lost", std::string(store::lost_race)};
    });
}

const ::testing::Environment* const unprivileged = ::testing::AddGlobalTestEnvironment(new Unprivileged);

}  // namespace

EngineTest::EngineTest() : store_(store::make_memory()) {
    std::string pattern = std::filesystem::temp_directory_path() / "databases-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    if (std::getenv("COUNTERSIGN_TEST_LOG") != nullptr) log_level_ = LogLevel::info;
    log_ = std::make_unique<Log>(log_level_);
    authority_ = *crypto::make_authority("Test CA", clock_.now(), random_);
}

EngineTest::~EngineTest() {
    databases_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

local::Options EngineTest::options() const {
    return local::Options{.dir = directory_,
                          .preload = preload_,
                          .authority = authority_,
                          .postgres_roots = roots(),
                          .warden = warden_};
}

Result<void> EngineTest::start() {
    databases_.reset();
    engine_ = std::make_unique<local::LocalEngine>(
        local::LocalEngine::Deps{sealing_, clock_, random_, *log_, listener_}, options());
    databases_ = std::make_unique<Databases>(Databases::Deps{*store_, *engine_, clock_, random_, *log_});
    return databases_->start();
}

std::uint16_t EngineTest::free_port() {
    const std::string bytes = random_.bytes(2);
    const unsigned first =
        20000 + (static_cast<unsigned char>(bytes[0]) * 256U + static_cast<unsigned char>(bytes[1])) % 12000;
    const PortRange range{"localhost", static_cast<std::uint16_t>(first), 32767};
    return choose_port(*store_, range, std::nullopt, "any")->port;
}

model::Server EngineTest::new_server(const std::string& resource_id) {
    model::Server server;
    server.resource_id = resource_id;
    server.engine = "postgres";
    server.host = "localhost";
    server.port = free_port();
    server.database_name = "app";
    server.master_username = "boss";
    server.master_verifier = seal_password(server, password);
    return server;
}

std::string EngineTest::seal_password(const model::Server& server, const std::string& secret) {
    return sealing_.seal(Secret(crypto::scram_verifier(Secret(secret), random_)), server.resource_id,
                         random_);
}

void EngineTest::write_new(const std::string& key, const std::string& record, const model::Server& server) {
    const std::string claim = model::keys::port(server.port);
    const Result<store::Revision> written =
        store_->commit({{store::absent(claim), store::absent(key)},
                        {{key, record}, store::put(claim, model::PortClaim{server.resource_id})}});
    EXPECT_TRUE(written);
}

model::DBInstance EngineTest::create_instance(const std::string& id) {
    model::DBInstance instance;
    instance.id = id;
    instance.account = account;
    instance.region = region;
    instance.resource_id = "db-" + id;
    instance.status = model::DatabaseStatus::creating;
    instance.server = new_server(instance.resource_id);
    write_new(model::keys::instance(account, region, id), formats::to_record(instance), *instance.server);
    return instance;
}

model::DBCluster EngineTest::create_cluster(const std::string& id) {
    model::DBCluster cluster;
    cluster.id = id;
    cluster.account = account;
    cluster.region = region;
    cluster.status = model::DatabaseStatus::creating;
    cluster.server = new_server("cluster-" + id);
    write_new(model::keys::cluster(account, region, id), formats::to_record(cluster), cluster.server);
    return cluster;
}

void EngineTest::add_member(const std::string& id, const std::string& cluster_id) {
    model::DBInstance instance;
    instance.id = id;
    instance.account = account;
    instance.region = region;
    instance.resource_id = "db-" + id;
    instance.status = model::DatabaseStatus::creating;
    instance.cluster = cluster_id;
    EXPECT_TRUE(store_->commit({{}, {store::put(model::keys::instance(account, region, id), instance)}}));
}

void EngineTest::open_store_file() {
    store_.reset();
    store_ = *store::open_sqlite(directory_ / "state.db");
}

void EngineTest::make_instance_and_die(const std::string& id) {
    const pid_t child = fork();
    if (child == 0) {
        open_store_file();
        const bool made = start() && !create_instance(id).id.empty() && becomes(id, "available");
        raise(made ? SIGKILL : SIGABRT);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(WTERMSIG(status), SIGKILL);
    open_store_file();
}

void EngineTest::change_cluster(const std::string& id, const std::function<void(model::DBCluster&)>& change) {
    EXPECT_TRUE(change_record(*store_, model::keys::cluster(account, region, id), change));
}

void EngineTest::change_instance(const std::string& id,
                                 const std::function<void(model::DBInstance&)>& change) {
    EXPECT_TRUE(change_record(*store_, model::keys::instance(account, region, id), change));
}

std::optional<model::DBInstance> EngineTest::instance(const std::string& id) {
    const auto stored = store::load<model::DBInstance>(*store_, model::keys::instance(account, region, id));
    if (!stored || !*stored) return std::nullopt;
    return (*stored)->record;
}

std::optional<model::DBCluster> EngineTest::cluster(const std::string& id) {
    const auto stored = store::load<model::DBCluster>(*store_, model::keys::cluster(account, region, id));
    if (!stored || !*stored) return std::nullopt;
    return (*stored)->record;
}

std::vector<std::string> EngineTest::event_messages() {
    std::vector<std::string> messages;
    const auto events = store::load_all<model::Event>(*store_, model::keys::events(account, region));
    for (const auto& event : *events) messages.push_back(event.record.message);
    return messages;
}

bool EngineTest::eventually(const std::function<bool()>& condition) {
    const Deadline deadline(60s);
    while (!condition()) {
        if (deadline.passed()) return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

bool EngineTest::becomes(const std::string& id, const std::string& status) {
    return eventually([&] {
        const std::optional<model::DBInstance> now = instance(id);
        return now && text_of(now->status) == status;
    });
}

local::ServerHome EngineTest::home(const std::string& resource_id) const {
    return local::home_of(directory_, resource_id);
}

std::string EngineTest::ask(const model::Server& server, const std::string& sql) {
    Result<Session> session = local::open_session(home(server.resource_id), server.port, "postgres");
    if (!session) return session.error().message;
    const Result<Rows> rows = session->query(sql);
    if (!rows) return rows.error().message;
    return rows->empty() ? "" : rows->front().front();
}

std::string EngineTest::do_as_master(const model::Server& server, const std::string& sql) {
    Result<Session> session = local::open_session(home(server.resource_id), server.port, "postgres");
    if (!session) return session.error().message;
    const Result<void> become = session->execute("SET SESSION AUTHORIZATION boss");
    if (!become) return become.error().message;
    for (const std::string_view statement : split(sql, ';')) {
        const Result<void> done = session->execute(std::string(statement));
        if (!done) return done.error().message;
    }
    return {};
}

bool EngineTest::force_iam_rules(const model::Server& server) {
    const std::string major = ask(server, "SELECT current_setting('server_version_num')::int / 10000");
    Result<Session> session = local::open_session(home(server.resource_id), server.port, "postgres");
    if (!session) return false;
    const int number = std::stoi(major);
    const Result<std::vector<std::string>> formal = local::formal_members(*session);
    if (!formal) return false;
    std::string rules = local::pg_hba({number, true, *formal});
    constexpr std::string_view pam = "pam pamservice=countersign";
    rules.replace(rules.find(pam), pam.size(), "reject");
    if (!replace_file(home(server.resource_id).hba(), rules)) return false;
    const std::string before = ask(server, "SELECT pg_conf_load_time()::text");
    ask(server, "SELECT pg_reload_conf()");
    return eventually([&] { return ask(server, "SELECT pg_conf_load_time()::text") != before; }) &&
           ask(server, "SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL") == "0";
}

bool EngineTest::forces_tls() {
    const Result<EngineVersion> version = Versions::discover(roots()).runner_of("");
    return version && version->major >= 15;
}

bool EngineTest::knows_pam() {
    const Result<EngineVersion> version = Versions::discover(roots()).runner_of("");
    if (!version) return false;
    std::ifstream program(version->bin / "postgres", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(program), {}};
    return bytes.find("libpam.so") != std::string::npos;
}

int EngineTest::postmaster_pid(const model::Server& server) const {
    std::ifstream file(home(server.resource_id).data() / "postmaster.pid");
    int pid = 0;
    file >> pid;
    return pid;
}

std::string EngineTest::log_in(const model::Server& server, const std::string& user,
                               const std::string& secret, const std::string& sslmode) {
    const std::string port = std::to_string(server.port);
    const char* const names[] = {"host",   "port",    "user",       "password",
                                 "dbname", "sslmode", "gssencmode", nullptr};
    const char* const values[] = {"localhost", port.c_str(),    user.c_str(), secret.c_str(),
                                  "app",       sslmode.c_str(), "disable",    nullptr};
    PGconn* connection = PQconnectdbParams(names, values, 0);
    std::string message = PQstatus(connection) == CONNECTION_OK ? "" : PQerrorMessage(connection);
    PQfinish(connection);
    return message;
}

}  // namespace countersign::databases
