#include "databases/engines/local/extension_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace countersign::databases::local {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(ExtensionScript, StatementsAreFoundBetweenCommentsAndQuotes) {
    EXPECT_THAT(
        statements_of("/* one; */ -- two;\n\\echo Use \"CREATE EXTENSION x\" to load. \\quit\n"
                      "CREATE FUNCTION  f(a text)\n RETURNS text AS $body$ SELECT 1; $x$; $body$"
                      " LANGUAGE sql;\nCOMMENT ON FUNCTION f IS 'it''s; \"all\"' ; GRANT \"a;b\" TO c"),
        Optional(ElementsAre("CREATE FUNCTION f(a text) RETURNS text AS $body$ SELECT 1; $x$; $body$"
                             " LANGUAGE sql",
                             "COMMENT ON FUNCTION f IS 'it''s; \"all\"'", "GRANT \"a;b\" TO c")));
    EXPECT_THAT(statements_of(" \n"), Optional(ElementsAre()));
}

TEST(ExtensionScript, WhatCannotBeReadForSureIsNotRead) {
    for (const char* script :
         {"GRANT a TO 'b", "GRANT a TO $$b", "GRANT a TO b /* c", "GRANT a TO b /* /* */ */",
          "COMMENT ON VIEW v IS E'it\\'; DO'", "GRANT a \\ TO b", "GRANT \"a"})
        EXPECT_FALSE(statements_of(script)) << script;
}

TEST(ExtensionScript, WhatMakesSomethingExecutesNothing) {
    EXPECT_TRUE(
        executes_nothing("create or REPLACE\nfunction f() RETURNS int AS 'MODULE_PATHNAME' LANGUAGE C;"
                         "CREATE VIEW v AS SELECT * FROM f(); REVOKE ALL ON v FROM PUBLIC;"));
    EXPECT_TRUE(
        executes_nothing("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2;\nEND;"
                         "GRANT EXECUTE ON FUNCTION f() TO a"));
    EXPECT_TRUE(executes_nothing(""));
}

TEST(ExtensionScript, FunctionsThatRunAsTheirOwnerAreSeen) {
    EXPECT_TRUE(makes_definers("CREATE FUNCTION f() RETURNS int LANGUAGE C SECURITY\n DEFINER AS 'f'"));
    EXPECT_TRUE(makes_definers("CREATE FUNCTION f() RETURNS 'unread"));
    EXPECT_EQ(definers_in("CREATE FUNCTION f() RETURNS int LANGUAGE C SECURITY DEFINER AS 'f';\n"
                          "CREATE FUNCTION g() RETURNS int LANGUAGE C SECURITY DEFINER AS 'g'"),
              2U);
    EXPECT_FALSE(makes_definers("-- SECURITY DEFINER\nCREATE FUNCTION f() RETURNS int LANGUAGE C AS 'f'"));
}

TEST(ExtensionScript, WhatRunsSomethingIsNotTaken) {
    for (const char* script :
         {"SELECT f()", "DO $$ BEGIN END $$", "GRANT a TO b; UPDATE pg_proc SET prolang = 1",
          "INSERT INTO t VALUES (1)", "CALL p()", "CREATE TABLE t AS SELECT f()", "CREATE INDEX ON t (f(a))",
          "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", "SET search_path = public",
          "CREATE MATERIALIZED VIEW v AS SELECT f()", "CREATE DOMAIN d AS int CHECK (f(value))",
          "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; SELECT f()",
          "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
          "CREATE FUNCTION", "CREATEFUNCTION f()", "/**/ COPY t FROM PROGRAM 'id'",
          "COMMENT ON VIEW v IS '@extschema@'", "GRANT a TO @extowner@"})
        EXPECT_FALSE(executes_nothing(script)) << script;
}

}  // namespace countersign::databases::local
