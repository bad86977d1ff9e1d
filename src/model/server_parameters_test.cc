#include "model/server_parameters.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign::model {
namespace {

constexpr std::string_view family = "postgres15";

bool takes(std::string_view name, std::string_view value) {
    const ServerParameter* parameter = find_server_parameter(family, name);
    return parameter != nullptr && takes(*parameter, value);
}

TEST(ServerParameters, EachTakesWhatRdsSets) {
    for (const std::string family_name : {"postgres14", "postgres15", "postgres17", "postgres18",
                                          "aurora-postgresql15", "aurora-postgresql17"}) {
        const auto all = server_parameters_of(family_name);
        EXPECT_GT(all.size(), 300U) << family_name;
        for (const ServerParameter* parameter : all) {
            EXPECT_EQ(find_server_parameter(family_name, parameter->name), parameter) << parameter->name;
            EXPECT_FALSE(takes(*parameter, "no\nvalue\nat all")) << parameter->name;
            const bool has_value = parameter->modifiable && !parameter->value.empty();
            EXPECT_TRUE(!has_value || takes(*parameter, parameter->value)) << parameter->name;
            EXPECT_TRUE(parameter->modifiable || !parameter->effective) << parameter->name;
        }
    }
}

TEST(ServerParameters, AreThoseOfTheVersionAndTheEngine) {
    EXPECT_EQ(find_server_parameter("postgres15", "transaction_timeout"), nullptr);
    EXPECT_NE(find_server_parameter("postgres17", "transaction_timeout"), nullptr);
    EXPECT_EQ(find_server_parameter("postgres15", "apg_ccm_enabled"), nullptr);
    EXPECT_NE(find_server_parameter("aurora-postgresql15", "apg_ccm_enabled"), nullptr);
    EXPECT_EQ(find_server_parameter("postgres15", "shared_buffers")->value, "{DBInstanceClassMemory/32768}");
    EXPECT_EQ(find_server_parameter("aurora-postgresql15", "shared_buffers")->value,
              "SUM({DBInstanceClassMemory/12038},-50003)");
}

TEST(ServerParameters, InForceIsWhatHasAnEffectHere) {
    const auto in_force = parameters_in_force("postgres15", "db.t3.micro",
                                              {{"work_mem", "LEAST({DBInstanceClassMemory/32768},99999)"},
                                               {"max_connections", "{DBInstanceClassMemory/1}"},
                                               {"datestyle", "iso"},
                                               {"password_encryption", "md5"},
                                               {"rds.logical_replication", "1"}});
    EXPECT_EQ(in_force.at("work_mem"), "32768");
    EXPECT_EQ(in_force.at("max_connections"), "262143");
    EXPECT_EQ(in_force.at("rds.logical_replication"), "1");
    EXPECT_EQ(in_force.at("track_io_timing"), "1");
    for (const char* name : {"datestyle", "password_encryption", "shared_buffers", "port", "wal_level"})
        EXPECT_FALSE(in_force.contains(name)) << name;
}

TEST(ServerParameters, ValuesAreOfTheirType) {
    EXPECT_TRUE(takes("work_mem", "64"));
    for (const char* value : {"", "63", "2147483648", "64kB", "1e3", "6 4", "64.5", "+64"})
        EXPECT_FALSE(takes("work_mem", value)) << value;
    EXPECT_TRUE(takes("log_min_duration_statement", "-1"));
    EXPECT_FALSE(takes("log_min_duration_statement", "-2"));
    EXPECT_TRUE(takes("random_page_cost", "1.1"));
    EXPECT_FALSE(takes("random_page_cost", "nan"));
    EXPECT_FALSE(takes("random_page_cost", "inf"));
    EXPECT_TRUE(takes("log_statement", "ddl"));
    EXPECT_FALSE(takes("log_statement", "everything"));
    EXPECT_TRUE(takes("jit", "off"));
    EXPECT_FALSE(takes("jit", "2"));
    EXPECT_TRUE(takes("shared_preload_libraries", "pg_stat_statements, auto_explain"));
    EXPECT_TRUE(takes("shared_preload_libraries", ""));
    EXPECT_FALSE(takes("shared_preload_libraries", "/tmp/mine"));
    EXPECT_TRUE(takes("timezone", "Europe/Berlin"));
    EXPECT_FALSE(takes("timezone", "../../etc/passwd"));
    EXPECT_TRUE(takes("search_path", "\"$user\", app"));
    EXPECT_FALSE(takes("search_path", std::string(1025, 'a')));
}

TEST(ServerParameters, WhatIsCountersignsIsAbsentFixedOrWithoutEffect) {
    for (const char* name :
         {"local_preload_libraries", "session_preload_libraries", "dynamic_library_path",
          "krb_server_keyfile", "jit_provider", "primary_conninfo", "restore_command", "nothing"})
        EXPECT_EQ(find_server_parameter(family, name), nullptr) << name;
    for (const char* name : {"port", "listen_addresses", "hba_file", "ssl_cert_file", "ssl",
                             "archive_command", "log_directory", "unix_socket_directories", "wal_level"})
        EXPECT_FALSE(find_server_parameter(family, name)->modifiable) << name;
    for (const char* name :
         {"log_destination", "log_filename", "log_hostname", "log_min_messages", "password_encryption",
          "row_security", "standard_conforming_strings", "default_transaction_read_only"})
        EXPECT_FALSE(find_server_parameter(family, name)->effective) << name;
    EXPECT_FALSE(takes("rds.restrict_password_commands", "1"));  // it would promise what is not kept
}

TEST(ServerParameters, TlsIsForcedFrom15On) {
    EXPECT_FALSE(forces_ssl("postgres14"));
    EXPECT_TRUE(forces_ssl("aurora-postgresql15"));
    EXPECT_FALSE(forces_ssl("postgres"));
    EXPECT_TRUE(is_on("on"));
    EXPECT_FALSE(is_on("0"));
}

}  // namespace
}  // namespace countersign::model
