// DescribeDBLogFiles and DownloadDBLogFilePortion: the log files of a database's server, by the names that
// RDS gives them. What a caller names is looked up in a listing made here; no path of a caller's is ever
// opened.
//
//     error/postgresql.log.2026-01-31-120000      PostgreSQL's own
//     error/iam-db-auth-error.log.2026-01-31-12   logins that were refused, when that log is exported
#pragma once

#include <string_view>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::DescribeDBLogFilesResponse> describe_log_files(const Deps& deps, const gateway::Call& call,
                                                           const api::DescribeDBLogFilesMessage& input);
Result<api::DownloadDBLogFilePortionDetails> download_log_file_portion(
    const Deps& deps, const gateway::Call& call, const api::DownloadDBLogFilePortionMessage& input);

// A database as the audit names it.
struct AuditedDatabase {
    std::string_view account;
    std::string_view region;
    std::string_view identifier;
    std::string_view resource_id;
};
// Whether its record has the log export iam-db-auth-error. No, when that cannot be told.
bool exports_auth_errors(store::Store& store, const AuditedDatabase& database);

}  // namespace countersign::rds
