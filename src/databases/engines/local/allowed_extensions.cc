#include "databases/engines/local/allowed_extensions.h"

namespace countersign::databases::local {

const std::vector<AllowedExtension>& allowed_extensions() {
    static const std::vector<AllowedExtension> all = {
        {"amcheck",
         "verifies indexes and tables; what it says of their rows goes to whoever rds_superuser lets",
         {{"amcheck--1.0.sql",
           "GRANT EXECUTE ON FUNCTION bt_index_check(regclass), "
           "bt_index_parent_check(regclass) TO rds_superuser"},
          {"amcheck--1.0--1.1.sql",
           "GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean), "
           "bt_index_parent_check(regclass, boolean) TO rds_superuser"},
          {"amcheck--1.1--1.2.sql",
           "GRANT EXECUTE ON FUNCTION bt_index_parent_check(regclass, boolean, boolean) TO rds_superuser"},
          {"amcheck--1.2--1.3.sql",
           "GRANT EXECUTE ON FUNCTION verify_heapam(regclass, boolean, boolean, text, "
           "bigint, bigint) TO rds_superuser"},
          {"amcheck--1.3--1.4.sql",
           "GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean, boolean), "
           "bt_index_parent_check(regclass, boolean, boolean, boolean) TO rds_superuser"},
          {"amcheck--1.4--1.5.sql", "GRANT EXECUTE ON FUNCTION gin_index_check(regclass) TO rds_superuser"}}},
        {"bloom", "an index access method: reads what the user's tables hold"},
        {"dblink",
         "connects to other databases: by TCP, naming no file, with a password that the other asks for",
         {{"dblink--1.2.sql",
           "GRANT USAGE ON FOREIGN DATA WRAPPER dblink_fdw TO rds_superuser WITH GRANT OPTION"},
          {"dblink--1.2.sql", "ALTER FUNCTION dblink_connect_u(text) SECURITY INVOKER"},
          {"dblink--1.2.sql", "ALTER FUNCTION dblink_connect_u(text, text) SECURITY INVOKER"}},
         true},
        {"dict_xsyn", "a text search dictionary: its rules come from the server's tsearch_data alone"},
        {"moddatetime", "a trigger that sets a column of its own row"},
        {"pg_buffercache", "shows what is in shared buffers; its script lets pg_monitor"},
        {"pg_freespacemap", "shows the free space of tables; its script lets pg_stat_scan_tables"},
        {"pg_prewarm", "reads tables into memory that the user may select from"},
        {"pg_stat_statements",
         "statistics of statements; the text of others' statements is shown to pg_read_all_stats",
         {{"pg_stat_statements--1.4.sql",
           "GRANT EXECUTE ON FUNCTION pg_stat_statements_reset() TO rds_superuser"},
          {"pg_stat_statements--1.6--1.7.sql",
           "GRANT EXECUTE ON FUNCTION pg_stat_statements_reset(oid, oid, bigint) TO rds_superuser"},
          {"pg_stat_statements--1.10--1.11.sql",
           "GRANT EXECUTE ON FUNCTION pg_stat_statements_reset(oid, oid, bigint, boolean) TO "
           "rds_superuser"}}},
        {"pg_visibility",
         "shows visibility maps; its script lets pg_stat_scan_tables, and nobody change them"},
        {"pgrowlocks", "shows row locks of tables that the user may read"},
        {"pgstattuple", "statistics of tables and indexes; its script lets pg_stat_scan_tables"},
        {"postgres_fdw",
         "connects to other databases: by TCP, naming no file, with a password that the other asks for",
         {{"postgres_fdw--1.0.sql",
           "GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO rds_superuser WITH GRANT OPTION"}}},
        {"sslinfo", "shows the certificates of the session's own connection"},
    };
    return all;
}

}  // namespace countersign::databases::local
