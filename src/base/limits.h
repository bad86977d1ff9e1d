// Every limit on what is read from outside, each with its reason. Full or too large means "no" now.
#pragma once

#include <chrono>
#include <cstddef>

namespace countersign::limits {

using namespace std::chrono_literals;

// API requests.
inline constexpr std::size_t header_bytes_max = 64UL * 1024;  // a session token in a header is a few KiB
inline constexpr std::size_t body_bytes_max =
    1024UL * 1024;                                      // the largest policy, form-encoded, is far below
inline constexpr std::size_t parameters_max = 4096;     // names in one Query request
inline constexpr std::size_t connections_max = 10'000;  // idle SDK connections cost only memory
inline constexpr std::size_t connections_of_one_max = connections_max / 4;  // client address; IPv6: network
inline constexpr std::size_t requests_waiting_max = 1024;  // beyond, the answer is Throttling
inline constexpr std::size_t requests_of_one_max = requests_waiting_max / 2;  // client address
// Calls that wait for somebody else's server, beside the API's own threads.
inline constexpr std::size_t outside_threads = 16;
inline constexpr std::size_t outside_running_of_one_max = 4;  // account: its slow server stops no other's
inline constexpr std::size_t outside_of_one_max = 64;         // account: running or waiting
inline constexpr std::size_t outside_waiting_max = 256;
inline constexpr auto request_read_max = 30s;      // a slow sender is cut off
inline constexpr auto connection_idle_max = 120s;  // keep-alive connections without a request
inline constexpr auto clock_skew_api_max = 15min;  // AWS's window for signed API requests

// Documents.
inline constexpr std::size_t json_depth_max = 32;
inline constexpr std::size_t policy_bytes_max = 128UL * 1024;  // before white space is taken out

// Logins.
inline constexpr std::size_t token_bytes_max = 65'535;  // PG_MAX_AUTH_TOKEN_LENGTH of PostgreSQL 14 and later
inline constexpr std::size_t db_user_bytes_max = 255;   // longer than any role name (63)
inline constexpr auto token_lifetime_max = 900s;        // AWS: X-Amz-Expires at most 15 minutes
inline constexpr auto token_future_skew_max = 300s;     // a client's clock may be this much ahead
inline constexpr auto login_answer_max = 1500ms;        // the agent answers, or the module refuses
inline constexpr std::size_t recorded_name_bytes_max = 255;   // in the audit; PostgreSQL's names have 63
inline constexpr std::size_t recorded_text_bytes_max = 4096;  // reasons, ARNs, names of policies
inline constexpr std::size_t recorded_trail_bytes_max = 64UL * 1024;
inline constexpr std::size_t logins_waiting_max = 1024;
// Logins that came to a pooler, whose server behind it is asked.
inline constexpr unsigned pooler_threads = 16;
inline constexpr std::size_t pooler_logins_running_of_one_max =
    6;                                                       // account: its hung server stops no other's
inline constexpr std::size_t pooler_logins_of_one_max = 64;  // account: running or waiting
inline constexpr std::size_t pooler_logins_waiting_max = 256;
inline constexpr std::size_t sessions_max = 100'000;    // live ones of one agent; PostgreSQL has a few 1,000
inline constexpr std::size_t answers_delayed_max = 16;  // of one server: each holds one of its connections
inline constexpr std::size_t tokens_seen_max = 1'000'000;   // 800 a second for their whole life
inline constexpr std::size_t failing_sources_max = 10'000;  // beyond, none is slowed down
inline constexpr int throttled_tokens_per_second = 200;     // AWS's, where an operator asks for it

// `countersign proxy`.
inline constexpr std::size_t startup_bytes_max = 10'000;  // MAX_STARTUP_PACKET_LENGTH of PostgreSQL
inline constexpr std::size_t startup_answer_bytes_max = 1024UL * 1024;  // a server's, before a session is up
inline constexpr int encryption_requests_max = 2;                       // SSLRequest and GSSENCRequest
inline constexpr auto startup_read_max = 30s;    // a client that says nothing is cut off
inline constexpr auto server_connect_max = 10s;  // of a cancel request, which its client waits for
inline constexpr auto server_login_max = 60s;    // authentication_timeout of PostgreSQL
inline constexpr auto refusal_heard_max = 1s;
inline constexpr std::size_t proxy_sessions_max = 1000;  // a thread each; PostgreSQL has as many connections

// PostgreSQL's logs, which whoever may run statements in a database fills as fast as the machine writes.
inline constexpr std::size_t log_slice_bytes =
    1024UL * 1024;  // read of one database before the next has its turn
inline constexpr std::size_t log_bytes_max =
    128UL * 1024 *
    1024;  // of each kind, csvlog and text: seconds of the fastest writer, for a reader that is busy
inline constexpr auto log_room_every = 200ms;  // between two looks at what a database's logs take up
inline constexpr auto log_lost_every = 60s;    // between two lines of the audit about one database's lost log

// Agents of other hosts, each.
inline constexpr int agent_requests_per_second =
    250;                                             // more than AWS lets log in, each with a key of its own
inline constexpr int agent_requests_at_once = 2000;  // after a rest, or when all records were forgotten
inline constexpr std::size_t agent_request_bytes = 4096;  // of a larger request, each so many count as one

}  // namespace countersign::limits
