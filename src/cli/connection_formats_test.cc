#include "cli/connection_formats.h"

#include <gtest/gtest.h>

#include "cli/shell_words.h"
#include "formats/json.h"
#include "formats/uri.h"

namespace countersign::cli {
namespace {

namespace json = formats::json;

ConnectInfo plain() {
    ConnectInfo info;
    info.name = "orders";
    info.host = "localhost";
    info.port = 15432;
    info.region = "us-east-1";
    info.dbname = "postgres";
    info.user = "jane";
    info.sslrootcert = "/data/bundle.pem";
    info.token_command = "/bin/countersign token --username=jane";
    return info;
}

// With everything that some form has to escape.
ConnectInfo odd() {
    ConnectInfo info = plain();
    info.dbname = "o'rders\\ &=?#/%+";
    info.user = "jane@a b";
    info.sslrootcert = "/my data/b&c.pem";
    info.token = "h:1/?Action=connect&X=%2B+/=%25";
    return info;
}

std::string text_of(const ConnectInfo& info, std::string_view format) {
    for (const ConnectFormat& one : connect_formats()) {
        if (one.name != format) continue;
        const Result<std::string> text = one.form(info);
        return text ? *text : "refused: " + text.error().message;
    }
    return "no such format";
}

TEST(ShellWords, QuotesWhatAShellWouldRead) {
    EXPECT_EQ(shell_quoted("/a/b-c.d"), "/a/b-c.d");
    EXPECT_EQ(shell_quoted(""), "''");
    EXPECT_EQ(shell_quoted("a b$c`d\"e"), "'a b$c`d\"e'");
    EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_quoted("~x"), "'~x'");
}

TEST(ConnectForms, PsqlMakesItsTokenWhenItRuns) {
    EXPECT_EQ(text_of(plain(), "psql"),
              "PGPASSWORD=\"$(/bin/countersign token --username=jane)\" psql 'host=localhost port=15432 "
              "dbname=postgres user=jane sslmode=verify-full sslrootcert=/data/bundle.pem'\n");
}

TEST(ConnectForms, ConnectionStringsQuoteTheirValues) {
    ConnectInfo info = odd();
    info.token.clear();
    EXPECT_NE(text_of(info, "psql").find(R"(dbname='\''o\'\''rders\\ &=?#/%+'\'' user='\''jane@a b'\'')"),
              std::string::npos)
        << text_of(info, "psql");
}

TEST(ConnectForms, UrisEscapeEveryByteOfTheToken) {
    EXPECT_EQ(
        text_of(plain(), "uri"),
        "postgresql://jane@localhost:15432/postgres?sslmode=verify-full&sslrootcert=%2Fdata%2Fbundle.pem\n");
    const std::string uri = text_of(odd(), "uri");
    EXPECT_EQ(uri.find("postgresql://jane%40a%20b:h%3A1%2F%3FAction%3Dconnect%26X%3D%252B%2B%2F%3D%2525@"), 0)
        << uri;
    EXPECT_NE(uri.find("/o%27rders%5C%20%26%3D%3F%23%2F%25%2B?sslmode"), std::string::npos) << uri;
}

TEST(ConnectForms, AnAddressOfVersion6StandsInBrackets) {
    ConnectInfo info = plain();
    info.host = "::1";
    EXPECT_NE(text_of(info, "uri").find("@[::1]:15432/"), std::string::npos);
}

TEST(ConnectForms, JdbcHasBothDrivers) {
    const std::string text = text_of(plain(), "jdbc");
    EXPECT_NE(text.find("\njdbc:postgresql://localhost:15432/"
                        "postgres?user=jane&sslmode=verify-full&sslrootcert=%2Fdata%2Fbundle.pem\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("\njdbc:aws-wrapper:postgresql://localhost:15432/postgres?user=jane&"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("&iamHost=localhost&iamDefaultPort=15432&iamRegion=us-east-1\n"), std::string::npos);
    EXPECT_NE(text.find("token --username=jane"), std::string::npos);
    ConnectInfo system = plain();
    system.sslrootcert = "system";
    EXPECT_NE(text_of(system, "jdbc").find("&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory\n"),
              std::string::npos);
}

TEST(ConnectForms, OnlyTheFormsThatAreAskedToHoldAToken) {
    for (const ConnectFormat& format : connect_formats()) {
        EXPECT_EQ(text_of(plain(), format.name).find("Action="), std::string::npos) << format.name;
        if (format.name == "pgadmin") continue;
        const std::string text = text_of(odd(), format.name);
        EXPECT_TRUE(text.find(odd().token) != std::string::npos ||
                    text.find(formats::percent_encode(odd().token)) != std::string::npos)
            << text;
    }
}

TEST(ConnectForms, PgAdminRenewsBeforeTheTokenDies) {
    const auto parsed = formats::parse_json(text_of(plain(), "pgadmin"));
    ASSERT_TRUE(parsed);
    const json::object& server = parsed->at("Servers").at("1").as_object();
    EXPECT_EQ(server.at("Name"), "orders (jane)");
    EXPECT_EQ(server.at("PasswordExecCommand"), "/bin/countersign token --username=jane");
    EXPECT_LT(server.at("PasswordExecExpiration").as_int64(), 900);
    EXPECT_EQ(server.at("ConnectionParameters").at("sslmode"), "verify-full");
    EXPECT_EQ(text_of(odd(), "pgadmin").find("refused: "), 0);
}

TEST(ConnectForms, AServiceFileTakesNoLineThatLibpqCannotRead) {
    EXPECT_EQ(text_of(plain(), "service"),
              "[orders]\nhost=localhost\nport=15432\ndbname=postgres\nuser=jane\nsslmode=verify-full\n"
              "sslrootcert=/data/bundle.pem\n# PGPASSWORD: /bin/countersign token --username=jane\n");
    ConnectInfo info = plain();
    info.token = std::string(1012, 'x');
    EXPECT_NE(text_of(info, "service").find("\npassword=xxx"), std::string::npos);
    info.token += 'x';
    EXPECT_EQ(text_of(info, "service").find("refused: "), 0);
    info = plain();
    info.user = "jane ";
    EXPECT_EQ(text_of(info, "service").find("refused: "), 0);
}

TEST(ConnectForms, ProgramsGetEveryPart) {
    const json::object all = connect_json(plain());
    for (const char* part : {"host", "port", "user", "dbname", "sslrootcert", "token_command", "psql", "uri",
                             "jdbc", "jdbc_aws_wrapper"})
        EXPECT_TRUE(all.contains(part)) << part;
    EXPECT_FALSE(all.contains("token"));
    EXPECT_EQ(connect_json(odd()).at("token").as_string(), std::string_view(odd().token));
}

}  // namespace
}  // namespace countersign::cli
