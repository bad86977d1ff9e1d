// A connection in the words of the clients that people use. Pure. Sources: PostgreSQL's libpq documentation
// ("Connection Strings", "The Connection Service File"), pgJDBC and the AWS Advanced JDBC Wrapper ("IAM
// Authentication Plugin"), pgAdmin 4 ("Import/Export Servers").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/json.h"

namespace countersign::cli {

struct ConnectInfo {
    std::string name;  // of the database: what a service, or a server in pgAdmin, is called
    std::string host;
    std::uint16_t port = 0;
    std::string region;
    std::string dbname;
    std::string user;
    std::string sslrootcert;
    std::string token_command;  // a shell's; prints a token when it runs
    std::string token;          // empty: none is to be shown
};

// pgAdmin runs the command anew when a token is so old; it is good for 900 seconds.
inline constexpr int token_renewal_seconds = 840;

// Fault::invalid for what the form cannot carry, in a sentence that says why. Every text ends its last line.
using ConnectForm = Result<std::string> (*)(const ConnectInfo& info);
struct ConnectFormat {
    std::string_view name;
    ConnectForm form;
};
// psql, uri, jdbc, env, pgadmin, service.
const std::vector<ConnectFormat>& connect_formats();

// The parts and the forms of one line, for programs.
formats::json::object connect_json(const ConnectInfo& info);

}  // namespace countersign::cli
