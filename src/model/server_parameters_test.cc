#include "model/server_parameters.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign::model {
namespace {

bool takes(std::string_view name, std::string_view value) {
    const ServerParameter* parameter = find_server_parameter(name);
    return parameter != nullptr && takes(*parameter, value);
}

TEST(ServerParameters, EachTakesItsOwnDefault) {
    for (const ServerParameter& parameter : server_parameters()) {
        EXPECT_EQ(find_server_parameter(parameter.name), &parameter);
        EXPECT_TRUE(parameter.value.empty() || takes(parameter, parameter.value)) << parameter.name;
        EXPECT_FALSE(takes(parameter, "no\nvalue\nat all")) << parameter.name;
    }
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
    EXPECT_TRUE(takes("search_path", "\"$user\", app"));
    EXPECT_FALSE(takes("search_path", std::string(1025, 'a')));
}

TEST(ServerParameters, WhatIsCountersignsIsNotAmongThem) {
    for (const char* name :
         {"port", "listen_addresses", "hba_file", "ssl_cert_file", "ssl", "archive_command",
          "log_destination", "password_encryption", "local_preload_libraries", "nothing"})
        EXPECT_EQ(find_server_parameter(name), nullptr) << name;
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
