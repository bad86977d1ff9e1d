#include "login/refusal.h"

#include <algorithm>
#include <array>

namespace countersign::login {

namespace {

constexpr std::string_view load_hook =
    "restart the database, so that its PostgreSQL loads the libcountersign_pam.so of this version";
constexpr std::string_view enable_iam =
    "aws rds {modify} {database} --enable-iam-database-authentication --apply-immediately";
constexpr std::string_view whole_session =
    "make the token with the access key, the secret and the whole session token of one and the same session";
constexpr std::string_view no_unsigned_payload =
    "sign the hash of an empty body instead of UNSIGNED-PAYLOAD: use the SDK's own function for database "
    "tokens";
constexpr std::string_view use_tls = "connect with TLS: sslmode=verify-full sslrootcert=global-bundle.pem";
constexpr std::string_view token_alone = "send the token alone: none is as long as that";
constexpr std::string_view make_new_token = "make a new token";
constexpr std::string_view signature_text =
    "the signature does not match: the token was altered, or signed with another secret key";

// What sigv4::parse_token() says, and how the text looks where that stands out.
constexpr std::string_view form_text = "{form}{looks}";

using By = RefusedBy;
using Code = RefusalCode;

constexpr std::array refusal_table{
    RefusalRow{Code::transport_unknown, "transport_unknown", Check::transport, By::judge,
               "the database server did not say whether the connection is encrypted", load_hook},
    RefusalRow{Code::transport_rejected, "transport_rejected", Check::transport, By::postgresql,
               "the connection is not encrypted; use sslmode=verify-full", use_tls},
    RefusalRow{Code::transport_plain, "transport_plain", Check::transport, By::judge,
               "the connection is not encrypted; IAM authentication needs TLS", use_tls},
    RefusalRow{Code::iam_off, "iam_off", Check::resource, By::judge,
               "IAM database authentication is not enabled for {resource}", enable_iam},
    RefusalRow{Code::iam_off_password, "iam_off_password", Check::resource, By::postgresql,
               "IAM database authentication is not enabled for {database}: PostgreSQL asked for the password "
               "of '{user}', and what was sent is not it",
               enable_iam},
    RefusalRow{Code::token_json, "token_json", Check::token_form, By::judge, form_text,
               "send the text inside it alone: read it with a JSON parser (jq -r)"},
    RefusalRow{
        Code::token_wrapped, "token_wrapped", Check::token_form, By::judge, form_text,
        "send it as one line: what was copied from a terminal, a mail or a folded YAML text is wrapped, "
        "and base64 -w0 or a literal text is not"},
    RefusalRow{Code::token_line_break, "token_line_break", Check::token_form, By::judge, form_text,
               "strip the line break at its end: PGPASSWORD=\"$(…)\" does, a file or a secret that was "
               "stored with it does not"},
    RefusalRow{Code::token_masked, "token_masked", Check::token_form, By::judge, form_text,
               "send the token itself: what a log or a CI system shows as *** is its mask, and was copied or "
               "kept"},
    RefusalRow{Code::token_blanks_around, "token_blanks_around", Check::token_form, By::judge, form_text,
               "strip the blanks around it"},
    RefusalRow{Code::token_quoted, "token_quoted", Check::token_form, By::judge, form_text,
               "take the quotes off: they are not a part of the token"},
    RefusalRow{Code::token_scheme, "token_scheme", Check::token_form, By::judge, form_text,
               "cut https:// off its beginning: a token begins with the host"},
    RefusalRow{Code::token_html, "token_html", Check::token_form, By::judge, form_text,
               "write & for &amp;: an XML or HTML file, a template or a chat has escaped it"},
    RefusalRow{Code::token_json_escaped, "token_json_escaped", Check::token_form, By::judge, form_text,
               "read it with a JSON parser (jq -r), or make the JSON without escapes for & (in Go: "
               "SetEscapeHTML(false))"},
    RefusalRow{
        Code::token_backslashes, "token_backslashes", Check::token_form, By::judge, form_text,
        "take the backslashes out: put quotes around $(…) instead; shells put them before ?, & and = of "
        "what is pasted or printed with %q"},
    RefusalRow{Code::token_encoded_whole, "token_encoded_whole", Check::token_form, By::judge, form_text,
               "decode it once before it is sent: only inside a connection URL is it percent-encoded as a "
               "whole"},
    RefusalRow{Code::token_encoded_twice, "token_encoded_twice", Check::token_form, By::judge, form_text,
               "do not encode it again: inside a connection URL it is encoded once as a whole, elsewhere it "
               "is sent as printed"},
    RefusalRow{Code::token_decoded, "token_decoded", Check::token_form, By::judge, form_text,
               "do not decode it: send it as printed, with its %2F, %2B and %3D"},
    RefusalRow{Code::token_of_rds, "token_of_rds", Check::token_form, By::judge, form_text,
               "sign for the service rds-db: make it with `aws rds generate-db-auth-token`, not as a "
               "presigned URL of the RDS API"},
    RefusalRow{Code::token_payload, "token_payload", Check::token_form, By::judge, form_text,
               "sign the hash of an empty body, not UNSIGNED-PAYLOAD, and no X-Amz-Content-Sha256: use the "
               "SDK's own function for database tokens"},
    RefusalRow{
        Code::token_cut_at_colon, "token_cut_at_colon", Check::token_form, By::judge, form_text,
        "pass it by PGPASSWORD, or put a backslash before the colon behind the host: in a password file and "
        "in user:password the colon ends it"},
    RefusalRow{
        Code::token_cut_at_question_mark, "token_cut_at_question_mark", Check::token_form, By::judge,
        form_text,
        "percent-encode the whole token inside a connection URL (its ? begins the parameters there), or "
        "pass it by PGPASSWORD"},
    RefusalRow{Code::token_cut_at_ampersand, "token_cut_at_ampersand", Check::token_form, By::judge,
               form_text,
               "quote it in a shell (PGPASSWORD=\"$(…)\"), and percent-encode the whole token inside a "
               "connection URL: there & ends it"},
    RefusalRow{Code::token_cut_at_buffer, "token_cut_at_buffer", Check::token_form, By::judge, form_text,
               "pass it by PGPASSWORD or a password file, through clients, poolers and variables that keep "
               "at least 8 KiB: this one keeps too few bytes (99, 128, 255, 512, 995 and 2047 are usual)"},
    RefusalRow{Code::token_cut, "token_cut", Check::token_form, By::judge, form_text,
               "copy the whole of it, and pass it by PGPASSWORD or a password file, through clients, poolers "
               "and variables that keep "
               "at least 8 KiB: what has cut it kept too few bytes (99, 128, 255, 512, 995 and 2047 are "
               "usual)"},
    RefusalRow{Code::token_is_password, "token_is_password", Check::token_form, By::judge, form_text,
               "send a token, not a password: members of rds_iam have no other way in; {revoke} gives "
               "the password back"},
    RefusalRow{Code::token_empty, "token_empty", Check::token_form, By::postgresql, "the password is empty",
               "send the token as the password; a command that prints none has failed before"},
    RefusalRow{Code::password_too_long, "password_too_long", Check::token_form, By::postgresql,
               "what was sent for the password is longer than PostgreSQL reads", token_alone},
    RefusalRow{Code::token_too_long, "token_too_long", Check::token_form, By::judge, form_text, token_alone},
    RefusalRow{Code::token_other_service, "token_other_service", Check::token_form, By::judge, form_text,
               "sign for the service rds-db: make it with `aws rds generate-db-auth-token`"},
    RefusalRow{Code::token_lifetime, "token_lifetime", Check::token_form, By::judge, form_text,
               "ask for a lifetime of 1 to 900 seconds (X-Amz-Expires); 900 is usual"},
    RefusalRow{Code::token_signed_headers, "token_signed_headers", Check::token_form, By::judge, form_text,
               "sign the header host and no other (X-Amz-SignedHeaders=host)"},
    RefusalRow{Code::token_no_port, "token_no_port", Check::token_form, By::judge, form_text,
               "sign for HOST:PORT, with the port of the endpoint"},
    RefusalRow{Code::token_malformed, "token_malformed", Check::token_form, By::judge, form_text,
               "send what `aws rds generate-db-auth-token` prints, unchanged, as the password"},
    RefusalRow{Code::user_differs, "user_differs", Check::token_user, By::judge,
               "the token is for database user '{token_user}', not for '{user}' who connects",
               "make the token with --username {user}, spelled as the database role is: case counts; or "
               "connect as the user that it is for"},
    RefusalRow{Code::endpoint_differs, "endpoint_differs", Check::token_endpoint, By::judge,
               "the token was signed for {signed_for}, which is no endpoint of {resource} ({endpoints})",
               "sign for {endpoints}, even where you dial another name or a tunnel; or declare the name with "
               "`countersign alias add {database} {signed_for}`"},
    RefusalRow{Code::region_differs, "region_differs", Check::token_region, By::judge,
               "the token was signed for region {token_region}, but the database is in {region}",
               "sign for the region of the database: --region {region}"},
    RefusalRow{Code::signed_in_future, "signed_in_future", Check::token_time, By::judge,
               "the token was signed in the future, at {signed_at}; it is {now} here",
               "set the clock of the machine that makes the token: it is more than 5 minutes ahead of this "
               "one"},
    RefusalRow{Code::token_expired, "token_expired", Check::token_time, By::judge,
               "the token expired at {expired_at}; it is {now} here",
               "make a new token for each connection: tokens live 15 minutes; if it was new, set the clocks"},
    RefusalRow{Code::too_many_tokens, "too_many_tokens", Check::throttle, By::judge,
               "more than {limit} new tokens in a second; use a token again while it is valid, or a pool of "
               "connections",
               "use one token for several connections, or a pool of connections; or run the server without "
               "--aws-throttle"},
    RefusalRow{Code::key_unavailable, "key_unavailable", Check::key, By::judge, "{reason}",
               "see that the agent reaches its control plane, and log in again"},
    RefusalRow{Code::key_inactive, "key_inactive", Check::key, By::judge, "the access key is inactive",
               "make {key} active again with `aws iam update-access-key --status Active`, or sign with "
               "another key"},
    RefusalRow{Code::session_expired, "session_expired", Check::key, By::judge,
               "the session of the access key expired at {expired_at}",
               "get new credentials (sts assume-role, sso login, …) and make a new token with them: the "
               "token ends with its session"},
    RefusalRow{Code::key_unpaired, "key_unpaired", Check::key, By::judge,
               "the access key and the session token are no pair that was issued here: one was altered or "
               "cut, is another system's, or its role or user is gone",
               "make the token with the access key, the secret and the whole session token of one and the "
               "same session; if its role or user is gone, with another"},
    RefusalRow{Code::key_unknown, "key_unknown", Check::key, By::judge,
               "the access key is not known here: it was deleted, or is another system's",
               "sign with an access key of this system (`aws iam create-access-key`; look at AWS_PROFILE and "
               "AWS_ACCESS_KEY_ID): {key} is none"},
    RefusalRow{Code::key_gone, "key_gone", Check::key, By::judge,
               "the access key, or the user or role behind it, is gone",
               "sign with the access key of a principal that exists"},
    RefusalRow{Code::signature_scope, "signature_scope", Check::signature, By::judge,
               "the key that is at hand is for another date or region", make_new_token},
    RefusalRow{Code::signature_unsigned_payload, "signature_unsigned_payload", Check::signature, By::judge,
               "the signature does not match: the token was altered, or signed with another secret key; it "
               "was made over UNSIGNED-PAYLOAD",
               no_unsigned_payload},
    RefusalRow{Code::signature_without_port, "signature_without_port", Check::signature, By::judge,
               "the signature does not match: the token was altered, or signed with another secret key; it "
               "was made for the host without its port",
               "sign for HOST:PORT: the host header must have the port"},
    RefusalRow{Code::signature_session_token, "signature_session_token", Check::signature, By::judge,
               "the session token is not the one that belongs to the access key", whole_session},
    RefusalRow{Code::signature_differs, "signature_differs", Check::signature, By::judge, signature_text,
               "make the token with the secret that belongs to {key} (a changed profile, a blank at the "
               "secret's end), and send it unchanged"},
    RefusalRow{Code::membership_unknown, "membership_unknown", Check::role, By::judge,
               "the database server did not say whether the user is a member of rds_iam", load_hook},
    RefusalRow{Code::user_unmade, "user_unmade", Check::role, By::judge,
               "there is no database user '{user}', and it could not be made: {why}",
               "see to what it says, or make the user: CREATE USER {role}; GRANT rds_iam TO {role}"},
    RefusalRow{Code::not_member, "not_member", Check::role, By::judge,
               "the database user '{user}' is not a member of rds_iam", "GRANT rds_iam TO {role}"},
    RefusalRow{Code::not_member_password, "not_member_password", Check::role, By::postgresql,
               "'{user}' is not a member of rds_iam: PostgreSQL asked for its password, and what was sent is "
               "not it; for logins by token: GRANT rds_iam TO \"{user}\"",
               "GRANT rds_iam TO {role}"},
    RefusalRow{Code::policy_denies, "policy_denies", Check::policy, By::judge,
               "{principal} may not perform rds-db:connect on {resource} {why}",
               "ask `countersign explain --principal {principal} --database {database} --user {user}`"},
    RefusalRow{Code::token_used, "token_used", Check::token_replay, By::judge,
               "the token has been used already, and is good for one login; make a new one",
               "make a new token for each login: this one was good for one"},
    RefusalRow{Code::agent_failed, "agent_failed", Check::agent, By::postgresql, "{reason}",
               "see that Countersign runs on the database's host and answers there"},
    RefusalRow{Code::preload_missing, "preload_missing", Check::preload, By::postgresql,
               "PostgreSQL runs without libcountersign_pam.so, so nothing can judge a token; restart the "
               "database",
               "let Countersign start this PostgreSQL: stop it, and it comes back by itself"},
    RefusalRow{Code::network_not_admitted, "network_not_admitted", Check::network, By::postgresql,
               "no rule of the database's security groups admits the address {address}",
               "add a rule to one of them: `aws ec2 authorize-security-group-ingress --group-id … --protocol "
               "tcp --port 5432 --cidr …`"},
    RefusalRow{Code::postgresql_refused, "postgresql_refused", Check::postgresql, By::postgresql, "{reason}",
               "read PostgreSQL's own log: it refused before anything of the token was asked"},
};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < refusal_table.size(); ++i)
        if (static_cast<std::size_t>(refusal_table[i].code) != i) return false;
    return refusal_table.size() == static_cast<std::size_t>(Code::postgresql_refused) + 1;
}
static_assert(is_in_order(), "row_of() looks up by position");

}  // namespace

std::string_view name_of(Check check) {
    switch (check) {
        case Check::transport:
            return "transport";
        case Check::resource:
            return "resource";
        case Check::token_form:
            return "token.form";
        case Check::token_user:
            return "token.user";
        case Check::token_endpoint:
            return "token.endpoint";
        case Check::token_region:
            return "token.region";
        case Check::token_time:
            return "token.time";
        case Check::throttle:
            return "throttle";
        case Check::key:
            return "key";
        case Check::signature:
            return "signature";
        case Check::role:
            return "role";
        case Check::policy:
            return "policy";
        case Check::token_replay:
            return "token.replay";
        case Check::agent:
            return "agent";
        case Check::preload:
            return "preload";
        case Check::network:
            return "network";
        case Check::postgresql:
            return "postgresql";
    }
    return "unknown";
}

std::span<const RefusalRow> refusal_rows() {
    return refusal_table;
}

const RefusalRow& row_of(RefusalCode code) {
    return refusal_table[static_cast<std::size_t>(code)];
}

std::optional<RefusalCode> refusal_code_named(std::string_view name) {
    const auto row = std::ranges::find(refusal_table, name, &RefusalRow::name);
    if (row == refusal_table.end()) return std::nullopt;
    return row->code;
}

// The last row of a check that the judge makes is its most general one; a check that is none is PostgreSQL's.
RefusalCode general_code_of(std::string_view check) {
    RefusalCode code = Code::postgresql_refused;
    for (const RefusalRow& row : refusal_table) {
        const bool is_judges = row.by == By::judge || row.check >= Check::agent;
        if (is_judges && name_of(row.check) == check) code = row.code;
    }
    return code;
}

}  // namespace countersign::login
