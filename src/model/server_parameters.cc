#include "model/server_parameters.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/text.h"

namespace countersign::model {

namespace {

// Source: pg_settings of PostgreSQL 15; each is known, and takes these values, in every version from 14 on.
// clang-format off
constexpr ServerParameter table[] = {
    {"auto_explain.log_min_duration", DataType::integer, Applies::at_once, "-1-2147483647", "-1",
     "(ms) Sets the minimum execution time above which plans will be logged."},
    {"autovacuum", DataType::boolean, Applies::at_once, "0,1", "1",
     "Starts the autovacuum subprocess."},
    {"autovacuum_analyze_scale_factor", DataType::real, Applies::at_once, "0-100", "0.1",
     "Number of tuple inserts, updates, or deletes prior to analyze as a fraction of reltuples."},
    {"autovacuum_analyze_threshold", DataType::integer, Applies::at_once, "0-2147483647", "50",
     "Minimum number of tuple inserts, updates, or deletes prior to analyze."},
    {"autovacuum_freeze_max_age", DataType::integer, Applies::at_start, "100000-2000000000", "200000000",
     "Age at which to autovacuum a table to prevent transaction ID wraparound."},
    {"autovacuum_max_workers", DataType::integer, Applies::at_start, "1-262143", "3",
     "Sets the maximum number of simultaneously running autovacuum worker processes."},
    {"autovacuum_naptime", DataType::integer, Applies::at_once, "1-2147483", "60",
     "(s) Time to sleep between autovacuum runs."},
    {"autovacuum_vacuum_cost_delay", DataType::real, Applies::at_once, "-1-100", "2",
     "(ms) Vacuum cost delay in milliseconds, for autovacuum."},
    {"autovacuum_vacuum_cost_limit", DataType::integer, Applies::at_once, "-1-10000", "-1",
     "Vacuum cost amount available before napping, for autovacuum."},
    {"autovacuum_vacuum_insert_scale_factor", DataType::real, Applies::at_once, "0-100", "0.2",
     "Number of tuple inserts prior to vacuum as a fraction of reltuples."},
    {"autovacuum_vacuum_insert_threshold", DataType::integer, Applies::at_once, "-1-2147483647", "1000",
     "Minimum number of tuple inserts prior to vacuum, or -1 to disable insert vacuums."},
    {"autovacuum_vacuum_scale_factor", DataType::real, Applies::at_once, "0-100", "0.2",
     "Number of tuple updates or deletes prior to vacuum as a fraction of reltuples."},
    {"autovacuum_vacuum_threshold", DataType::integer, Applies::at_once, "0-2147483647", "50",
     "Minimum number of tuple updates or deletes prior to vacuum."},
    {"autovacuum_work_mem", DataType::integer, Applies::at_once, "-1-2147483647", "-1",
     "(kB) Sets the maximum memory to be used by each autovacuum worker process."},
    {"backend_flush_after", DataType::integer, Applies::at_once, "0-256", "0",
     "(8kB) Number of pages after which previously performed writes are flushed to disk."},
    {"bgwriter_delay", DataType::integer, Applies::at_once, "10-10000", "200",
     "(ms) Background writer sleep time between rounds."},
    {"bgwriter_lru_maxpages", DataType::integer, Applies::at_once, "0-1073741823", "100",
     "Background writer maximum number of LRU pages to flush per round."},
    {"bgwriter_lru_multiplier", DataType::real, Applies::at_once, "0-10", "2",
     "Multiple of the average buffer usage to free per round."},
    {"bytea_output", DataType::string, Applies::at_once, "escape,hex", "hex",
     "Sets the output format for bytea."},
    {"check_function_bodies", DataType::boolean, Applies::at_once, "0,1", "1",
     "Check routine bodies during CREATE FUNCTION and CREATE PROCEDURE."},
    {"checkpoint_completion_target", DataType::real, Applies::at_once, "0-1", "0.9",
     "Time spent flushing dirty buffers during checkpoint, as fraction of checkpoint interval."},
    {"checkpoint_timeout", DataType::integer, Applies::at_once, "30-86400", "300",
     "(s) Sets the maximum time between automatic WAL checkpoints."},
    {"checkpoint_warning", DataType::integer, Applies::at_once, "0-2147483647", "30",
     "(s) Sets the maximum time before warning if checkpoints triggered by WAL volume happen too frequently."},
    {"client_connection_check_interval", DataType::integer, Applies::at_once, "0-2147483647", "0",
     "(ms) Sets the time interval between checks for disconnection while running queries."},
    {"client_min_messages", DataType::string, Applies::at_once, "debug5,debug4,debug3,debug2,debug1,log,notice,warning,error", "notice",
     "Sets the message levels that are sent to the client."},
    {"commit_delay", DataType::integer, Applies::at_once, "0-100000", "0",
     "Sets the delay in microseconds between transaction commit and flushing WAL to disk."},
    {"commit_siblings", DataType::integer, Applies::at_once, "0-1000", "5",
     "Sets the minimum number of concurrent open transactions required before performing commit_delay."},
    {"compute_query_id", DataType::string, Applies::at_once, "auto,regress,on,off", "auto",
     "Enables in-core computation of query identifiers."},
    {"constraint_exclusion", DataType::string, Applies::at_once, "partition,on,off", "partition",
     "Enables the planner to use constraints to optimize queries."},
    {"cpu_index_tuple_cost", DataType::real, Applies::at_once, "0-1.79769e+308", "0.005",
     "Sets the planner's estimate of the cost of processing each index entry during an index scan."},
    {"cpu_operator_cost", DataType::real, Applies::at_once, "0-1.79769e+308", "0.0025",
     "Sets the planner's estimate of the cost of processing each operator or function call."},
    {"cpu_tuple_cost", DataType::real, Applies::at_once, "0-1.79769e+308", "0.01",
     "Sets the planner's estimate of the cost of processing each tuple (row)."},
    {"cursor_tuple_fraction", DataType::real, Applies::at_once, "0-1", "0.1",
     "Sets the planner's estimate of the fraction of a cursor's rows that will be retrieved."},
    {"deadlock_timeout", DataType::integer, Applies::at_once, "1-2147483647", "1000",
     "(ms) Sets the time to wait on a lock before checking for deadlock."},
    {"default_statistics_target", DataType::integer, Applies::at_once, "1-10000", "100",
     "Sets the default statistics target."},
    {"default_toast_compression", DataType::string, Applies::at_once, "pglz,lz4", "pglz",
     "Sets the default compression method for compressible values."},
    {"default_transaction_deferrable", DataType::boolean, Applies::at_once, "0,1", "0",
     "Sets the default deferrable status of new transactions."},
    {"default_transaction_isolation", DataType::string, Applies::at_once, "serializable,repeatable read,read committed,read uncommitted", "read committed",
     "Sets the transaction isolation level of each new transaction."},
    {"effective_cache_size", DataType::integer, Applies::at_once, "1-2147483647", "524288",
     "(8kB) Sets the planner's assumption about the total size of the data caches."},
    {"effective_io_concurrency", DataType::integer, Applies::at_once, "0-1000", "1",
     "Number of simultaneous requests that can be handled efficiently by the disk subsystem."},
    {"enable_bitmapscan", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of bitmap-scan plans."},
    {"enable_hashagg", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of hashed aggregation plans."},
    {"enable_hashjoin", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of hash join plans."},
    {"enable_indexonlyscan", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of index-only-scan plans."},
    {"enable_indexscan", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of index-scan plans."},
    {"enable_material", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of materialization."},
    {"enable_memoize", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of memoization."},
    {"enable_mergejoin", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of merge join plans."},
    {"enable_nestloop", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of nested-loop join plans."},
    {"enable_partition_pruning", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables plan-time and execution-time partition pruning."},
    {"enable_partitionwise_aggregate", DataType::boolean, Applies::at_once, "0,1", "0",
     "Enables partitionwise aggregation and grouping."},
    {"enable_partitionwise_join", DataType::boolean, Applies::at_once, "0,1", "0",
     "Enables partitionwise join."},
    {"enable_seqscan", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of sequential-scan plans."},
    {"enable_sort", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables the planner's use of explicit sort steps."},
    {"from_collapse_limit", DataType::integer, Applies::at_once, "1-2147483647", "8",
     "Sets the FROM-list size beyond which subqueries are not collapsed."},
    {"geqo", DataType::boolean, Applies::at_once, "0,1", "1",
     "Enables genetic query optimization."},
    {"geqo_threshold", DataType::integer, Applies::at_once, "2-2147483647", "12",
     "Sets the threshold of FROM items beyond which GEQO is used."},
    {"gin_pending_list_limit", DataType::integer, Applies::at_once, "64-2147483647", "4096",
     "(kB) Sets the maximum size of the pending list for GIN index."},
    {"hash_mem_multiplier", DataType::real, Applies::at_once, "1-1000", "2",
     "Multiple of work_mem to use for hash tables."},
    {"idle_in_transaction_session_timeout", DataType::integer, Applies::at_once, "0-2147483647", "0",
     "(ms) Sets the maximum allowed idle time between queries, when in a transaction."},
    {"idle_session_timeout", DataType::integer, Applies::at_once, "0-2147483647", "0",
     "(ms) Sets the maximum allowed idle time between queries, when not in a transaction."},
    {"intervalstyle", DataType::string, Applies::at_once, "postgres,postgres_verbose,sql_standard,iso_8601", "postgres",
     "Sets the display format for interval values."},
    {"jit", DataType::boolean, Applies::at_once, "0,1", "1",
     "Allow JIT compilation."},
    {"jit_above_cost", DataType::real, Applies::at_once, "-1-1.79769e+308", "100000",
     "Perform JIT compilation if query is more expensive."},
    {"join_collapse_limit", DataType::integer, Applies::at_once, "1-2147483647", "8",
     "Sets the FROM-list size beyond which JOIN constructs are not flattened."},
    {"lock_timeout", DataType::integer, Applies::at_once, "0-2147483647", "0",
     "(ms) Sets the maximum allowed duration of any wait for a lock."},
    {"log_autovacuum_min_duration", DataType::integer, Applies::at_once, "-1-2147483647", "600000",
     "(ms) Sets the minimum execution time above which autovacuum actions will be logged."},
    {"log_checkpoints", DataType::boolean, Applies::at_once, "0,1", "1",
     "Logs each checkpoint."},
    {"log_connections", DataType::boolean, Applies::at_once, "0,1", "0",
     "Logs each successful connection."},
    {"log_disconnections", DataType::boolean, Applies::at_once, "0,1", "0",
     "Logs end of a session, including duration."},
    {"log_duration", DataType::boolean, Applies::at_once, "0,1", "0",
     "Logs the duration of each completed SQL statement."},
    {"log_lock_waits", DataType::boolean, Applies::at_once, "0,1", "0",
     "Logs long lock waits."},
    {"log_min_duration_sample", DataType::integer, Applies::at_once, "-1-2147483647", "-1",
     "(ms) Sets the minimum execution time above which a sample of statements will be logged. Sampling is determined by log_statement_sample_rate."},
    {"log_min_duration_statement", DataType::integer, Applies::at_once, "-1-2147483647", "-1",
     "(ms) Sets the minimum execution time above which all statements will be logged."},
    {"log_min_error_statement", DataType::string, Applies::at_once, "debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic", "error",
     "Causes all statements generating error at or above this level to be logged."},
    {"log_parameter_max_length", DataType::integer, Applies::at_once, "-1-1073741823", "-1",
     "(B) Sets the maximum length in bytes of data logged for bind parameter values when logging statements."},
    {"log_statement", DataType::string, Applies::at_once, "none,ddl,mod,all", "none",
     "Sets the type of statements logged."},
    {"log_statement_sample_rate", DataType::real, Applies::at_once, "0-1", "1",
     "Fraction of statements exceeding log_min_duration_sample to be logged."},
    {"log_temp_files", DataType::integer, Applies::at_once, "-1-2147483647", "-1",
     "(kB) Log the use of temporary files larger than this number of kilobytes."},
    {"log_transaction_sample_rate", DataType::real, Applies::at_once, "0-1", "0",
     "Sets the fraction of transactions from which to log all statements."},
    {"logical_decoding_work_mem", DataType::integer, Applies::at_once, "64-2147483647", "65536",
     "(kB) Sets the maximum memory to be used for logical decoding."},
    {"maintenance_work_mem", DataType::integer, Applies::at_once, "1024-2147483647", "65536",
     "(kB) Sets the maximum memory to be used for maintenance operations."},
    {"max_connections", DataType::integer, Applies::at_start, "1-262143", "100",
     "Sets the maximum number of concurrent connections."},
    {"max_locks_per_transaction", DataType::integer, Applies::at_start, "10-2147483647", "64",
     "Sets the maximum number of locks per transaction."},
    {"max_parallel_maintenance_workers", DataType::integer, Applies::at_once, "0-1024", "2",
     "Sets the maximum number of parallel processes per maintenance operation."},
    {"max_parallel_workers", DataType::integer, Applies::at_once, "0-1024", "8",
     "Sets the maximum number of parallel workers that can be active at one time."},
    {"max_parallel_workers_per_gather", DataType::integer, Applies::at_once, "0-1024", "2",
     "Sets the maximum number of parallel processes per executor node."},
    {"max_pred_locks_per_transaction", DataType::integer, Applies::at_start, "10-2147483647", "64",
     "Sets the maximum number of predicate locks per transaction."},
    {"max_prepared_transactions", DataType::integer, Applies::at_start, "0-262143", "0",
     "Sets the maximum number of simultaneously prepared transactions."},
    {"max_replication_slots", DataType::integer, Applies::at_start, "0-262143", "10",
     "Sets the maximum number of simultaneously defined replication slots."},
    {"max_wal_senders", DataType::integer, Applies::at_start, "0-262143", "10",
     "Sets the maximum number of simultaneously running WAL sender processes."},
    {"max_wal_size", DataType::integer, Applies::at_once, "2-2147483647", "1024",
     "(MB) Sets the WAL size that triggers a checkpoint."},
    {"max_worker_processes", DataType::integer, Applies::at_start, "0-262143", "8",
     "Maximum number of concurrent worker processes."},
    {"min_wal_size", DataType::integer, Applies::at_once, "2-2147483647", "80",
     "(MB) Sets the minimum size to shrink the WAL to."},
    {"parallel_setup_cost", DataType::real, Applies::at_once, "0-1.79769e+308", "1000",
     "Sets the planner's estimate of the cost of starting up worker processes for parallel query."},
    {"parallel_tuple_cost", DataType::real, Applies::at_once, "0-1.79769e+308", "0.1",
     "Sets the planner's estimate of the cost of passing each tuple (row) from worker to leader backend."},
    {"pg_stat_statements.max", DataType::integer, Applies::at_start, "100-1073741823", "5000",
     "Sets the maximum number of statements tracked by pg_stat_statements."},
    {"pg_stat_statements.track", DataType::string, Applies::at_once, "none,top,all", "top",
     "Selects which statements are tracked by pg_stat_statements."},
    {"plan_cache_mode", DataType::string, Applies::at_once, "auto,force_generic_plan,force_custom_plan", "auto",
     "Controls the planner's selection of custom or generic plan."},
    {"quote_all_identifiers", DataType::boolean, Applies::at_once, "0,1", "0",
     "When generating SQL fragments, quote all identifiers."},
    {"random_page_cost", DataType::real, Applies::at_once, "0-1.79769e+308", "4",
     "Sets the planner's estimate of the cost of a nonsequentially fetched disk page."},
    {"rds.force_ssl", DataType::boolean, Applies::at_once, "0,1", "",
     "Force SSL connections."},
    {"search_path", DataType::string, Applies::at_once, "", "\"$user\", public",
     "Sets the schema search order for names that are not schema-qualified."},
    {"seq_page_cost", DataType::real, Applies::at_once, "0-1.79769e+308", "1",
     "Sets the planner's estimate of the cost of a sequentially fetched disk page."},
    {"session_replication_role", DataType::string, Applies::at_once, "origin,replica,local", "origin",
     "Sets the session's behavior for triggers and rewrite rules."},
    {"shared_buffers", DataType::integer, Applies::at_start, "16-1073741823", "4096",
     "(8kB) Sets the number of shared memory buffers used by the server."},
    {"shared_preload_libraries", DataType::list, Applies::at_start, "auto_explain,pg_stat_statements", "",
     "Lists shared libraries to preload into server."},
    {"statement_timeout", DataType::integer, Applies::at_once, "0-2147483647", "0",
     "(ms) Sets the maximum allowed duration of any statement."},
    {"synchronous_commit", DataType::string, Applies::at_once, "local,remote_write,remote_apply,on,off", "on",
     "Sets the current transaction's synchronization level."},
    {"tcp_keepalives_count", DataType::integer, Applies::at_once, "0-2147483647", "0",
     "Maximum number of TCP keepalive retransmits."},
    {"tcp_keepalives_idle", DataType::integer, Applies::at_once, "0-2147483647", "0",
     "(s) Time between issuing TCP keepalives."},
    {"tcp_keepalives_interval", DataType::integer, Applies::at_once, "0-2147483647", "0",
     "(s) Time between TCP keepalive retransmits."},
    {"temp_buffers", DataType::integer, Applies::at_once, "100-1073741823", "1024",
     "(8kB) Sets the maximum number of temporary buffers used by each session."},
    {"temp_file_limit", DataType::integer, Applies::at_once, "-1-2147483647", "-1",
     "(kB) Limits the total size of all temporary files used by each process."},
    {"track_activity_query_size", DataType::integer, Applies::at_start, "100-1048576", "1024",
     "(B) Sets the size reserved for pg_stat_activity.query, in bytes."},
    {"track_commit_timestamp", DataType::boolean, Applies::at_start, "0,1", "0",
     "Collects transaction commit time."},
    {"track_functions", DataType::string, Applies::at_once, "none,pl,all", "none",
     "Collects function-level statistics on database activity."},
    {"track_io_timing", DataType::boolean, Applies::at_once, "0,1", "0",
     "Collects timing statistics for database I/O activity."},
    {"vacuum_cost_delay", DataType::real, Applies::at_once, "0-100", "0",
     "(ms) Vacuum cost delay in milliseconds."},
    {"vacuum_cost_limit", DataType::integer, Applies::at_once, "1-10000", "200",
     "Vacuum cost amount available before napping."},
    {"vacuum_freeze_min_age", DataType::integer, Applies::at_once, "0-1000000000", "50000000",
     "Minimum age at which VACUUM should freeze a table row."},
    {"vacuum_freeze_table_age", DataType::integer, Applies::at_once, "0-2000000000", "150000000",
     "Age at which VACUUM should scan whole table to freeze tuples."},
    {"wal_buffers", DataType::integer, Applies::at_start, "-1-262143", "-1",
     "(8kB) Sets the number of disk-page buffers in shared memory for WAL."},
    {"wal_keep_size", DataType::integer, Applies::at_once, "0-2147483647", "0",
     "(MB) Sets the size of WAL files held for standby servers."},
    {"wal_sender_timeout", DataType::integer, Applies::at_once, "0-2147483647", "60000",
     "(ms) Sets the maximum time to wait for WAL replication."},
    {"work_mem", DataType::integer, Applies::at_once, "64-2147483647", "4096",
     "(kB) Sets the maximum memory to be used for query workspaces."},
    {"xmlbinary", DataType::string, Applies::at_once, "base64,hex", "base64",
     "Sets how binary values are to be encoded in XML."},
    {"xmloption", DataType::string, Applies::at_once, "content,document", "content",
     "Sets whether XML data in implicit parsing and serialization operations is to be considered as documents or content fragments."},
};
// clang-format on

static_assert(std::ranges::is_sorted(table, {}, &ServerParameter::name), "found by halving");

std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_whole(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return parse_number<std::uint64_t>(text).has_value();
}

// A range is FIRST-LAST, and either may be negative.
bool is_in_range(std::string_view range, std::string_view value) {
    const std::size_t hyphen = range.find('-', 1);
    const std::optional<double> number = number_of(value);
    return number && *number >= *number_of(range.substr(0, hyphen)) &&
           *number <= *number_of(range.substr(hyphen + 1));
}

bool is_among(std::string_view known, std::string_view value) {
    return std::ranges::count(split(known, ','), value) > 0;
}

bool is_plain(std::string_view value) {
    constexpr std::size_t bytes_max = 1024;
    return value.size() <= bytes_max &&
           std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::span<const ServerParameter> server_parameters() {
    return table;
}

const ServerParameter* find_server_parameter(std::string_view name) {
    const auto found = std::ranges::lower_bound(table, name, {}, &ServerParameter::name);
    return found != std::end(table) && found->name == name ? &*found : nullptr;
}

bool takes(const ServerParameter& parameter, std::string_view value) {
    switch (parameter.type) {
        case DataType::boolean:
            return is_among("0,1,on,off,true,false", value);
        case DataType::integer:
            return is_whole(value) && is_in_range(parameter.allowed, value);
        case DataType::real:
            return is_in_range(parameter.allowed, value);
        case DataType::string:
            return parameter.allowed.empty() ? is_plain(value) : is_among(parameter.allowed, value);
        case DataType::list:
            return value.empty() || std::ranges::all_of(split(value, ','), [&](std::string_view part) {
                       return is_among(parameter.allowed, trimmed(part));
                   });
    }
    return false;
}

bool is_on(std::string_view value) {
    return is_among("1,on,true", value);
}

bool forces_ssl(std::string_view family) {
    const std::size_t digits = family.find_first_of("0123456789");
    if (digits == std::string_view::npos) return false;
    return parse_number<unsigned>(family.substr(digits)).value_or(0) >= force_ssl_from;
}

std::string_view name_of(DataType type) {
    switch (type) {
        case DataType::boolean:
            return "boolean";
        case DataType::integer:
            return "integer";
        case DataType::real:
            return "float";
        case DataType::string:
            return "string";
        case DataType::list:
            return "list";
    }
    return "string";
}

}  // namespace countersign::model
