// Which values of parameters a server can be started with on this machine: those that need files which are
// there.
#pragma once

#include "databases/engines/local/server_home.h"
#include "databases/versions.h"

namespace countersign::databases::local {

// Without libraries to preload that are not installed, and without a time zone that this machine does not
// know: with either PostgreSQL would not start. Of the libraries RDS offers, these alone are preloaded:
// auto_explain, pg_hint_plan, pg_prewarm, pg_stat_statements, pgaudit.
Parameters without_missing(Parameters parameters, const EngineVersion& version);

}  // namespace countersign::databases::local
