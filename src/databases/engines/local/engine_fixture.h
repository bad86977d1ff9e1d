// A Databases of its own for one test: a temporary directory, a store in memory, and PostgreSQL as it is
// installed, or those whose programs are in the directories $COUNTERSIGN_TEST_POSTGRES.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/scram.h"
#include "databases/databases.h"
#include "databases/engines/local/local_engine.h"
#include "databases/engines/local/server_home.h"
#include "databases/recording_observer.h"
#include "databases/session.h"
#include "model/keys.h"
#include "model/rds.h"
#include "store/records.h"

namespace countersign::databases {

class EngineTest : public ::testing::Test {
protected:
    static constexpr const char* account = "123456789012";
    static constexpr const char* region = "us-east-1";
    static constexpr const char* password = "correct-horse";

    EngineTest();
    ~EngineTest() override;

    Result<void> start();
    void stop() { databases_->stop(); }

    // Writes the record and the claim of an instance of its own, as the API does; its resource id is "db-" +
    // ID.
    model::DBInstance create_instance(const std::string& id);
    // A cluster record with its claim; its resource id is "cluster-" + ID.
    model::DBCluster create_cluster(const std::string& id);
    // A record without a server of its own.
    void add_member(const std::string& id, const std::string& cluster_id);
    void change_cluster(const std::string& id, const std::function<void(model::DBCluster&)>& change);
    void change_instance(const std::string& id, const std::function<void(model::DBInstance&)>& change);
    std::optional<model::DBInstance> instance(const std::string& id);
    std::optional<model::DBCluster> cluster(const std::string& id);
    std::vector<std::string> event_messages();

    // Waits until the condition holds; false after a time in which it must have.
    static bool eventually(const std::function<bool()>& condition);
    bool becomes(const std::string& id, const std::string& status);

    local::ServerHome home(const std::string& resource_id) const;
    std::string ask(const model::Server& server, const std::string& sql);  // the first field of the answer
    // What went wrong; empty when all is done. May be several statements.
    std::string do_as_master(const model::Server& server, const std::string& sql);
    // Puts the rules of a server with IAM in force, with a refusal in the place of PAM.
    bool force_iam_rules(const model::Server& server);
    static bool knows_pam();
    static bool forces_tls();  // from version 15 on, as RDS does by default
    int postmaster_pid(const model::Server& server) const;
    std::string seal_password(const model::Server& server, const std::string& secret);
    // Over TCP to the database `app`; empty when the login succeeds.
    std::string log_in(const model::Server& server, const std::string& user, const std::string& secret,
                       const std::string& sslmode);
    std::uint16_t free_port();
    // A child process with a control plane of its own over this directory, that makes an instance and is then
    // killed with its server running. The store is kept in a file.
    void make_instance_and_die(const std::string& id);
    void open_store_file();

    std::filesystem::path directory_;
    SystemClock clock_;
    crypto::SystemRandom random_;
    std::filesystem::path preload_;              // the login hook; none by default
    const isolation::Warden* warden_ = nullptr;  // none by default
    LogLevel log_level_ = LogLevel::off;
    std::unique_ptr<Log> log_;
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    crypto::CertifiedKey authority_;
    std::unique_ptr<store::Store> store_;
    Listener listener_;
    std::unique_ptr<local::LocalEngine> engine_;
    std::unique_ptr<Databases> databases_;

private:
    local::Options options() const;
    model::Server new_server(const std::string& resource_id);
    void write_new(const std::string& key, const std::string& record, const model::Server& server);
};

}  // namespace countersign::databases
