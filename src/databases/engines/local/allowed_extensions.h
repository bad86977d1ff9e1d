// The extensions that RDS lets members of rds_superuser create and PostgreSQL leaves to superusers: of those
// that come with PostgreSQL the ones that show and reach what a user of a database may. What PostgreSQL
// itself trusts (pgcrypto, hstore, citext ...) needs no row. Values.
//
// Not here, though RDS or PostgreSQL has them: adminpack, file_fdw, pg_walinspect and xml2's kind read files
// or memory of the server's; pageinspect and pg_surgery take pages that can end the server; autoinc, refint
// and insert_username run statements made of a table's names; earthdistance and intagg find functions by name
// in schemas of the user's, or change the catalogs; untrusted languages run programs.
//
// Sources: Amazon RDS for PostgreSQL Release Notes, "Extension versions"; PostgreSQL documentation,
// "Additional Supplied Modules".
#pragma once

#include <string_view>
#include <vector>

namespace countersign::databases::local {

// A statement after those of a script; for a version that has no such script it is nothing. By it
// rds_superuser has what it has on RDS and the script leaves to superusers.
struct ExtensionAddition {
    std::string_view script;
    std::string_view sql;
};

struct AllowedExtension {
    std::string_view name;
    std::string_view why;
    std::vector<ExtensionAddition> additions = {};
    // Its scripts make functions that run as their owner, and an addition makes them run as their caller.
    bool definers_are_changed = false;
};

const std::vector<AllowedExtension>& allowed_extensions();

}  // namespace countersign::databases::local
