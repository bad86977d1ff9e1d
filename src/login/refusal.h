// The checks of a login and the causes for which one refuses: a code for each cause, and one table of codes
// with the check, the text and the hint of each. Pure.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace countersign::login {

// The checks, in the order in which they are made; the first that fails decides. The last four stand for
// refusals without a judgement: the agent did not answer, PostgreSQL runs without the login hook, no rule of
// the database's security groups admits the address, PostgreSQL's own.
enum class Check {
    transport,
    resource,
    token_form,
    token_user,
    token_endpoint,
    token_region,
    token_time,
    throttle,
    key,
    signature,
    role,
    policy,
    token_replay,
    agent,
    preload,
    network,
    postgresql,
};

// The stable name that logs, metrics and commands share: "transport", "token.form", …
std::string_view name_of(Check check);

// In the order of the table.
enum class RefusalCode {
    transport_unknown,
    transport_rejected,
    transport_plain,
    iam_off,
    iam_off_password,
    token_json,
    token_wrapped,
    token_line_break,
    token_masked,
    token_blanks_around,
    token_quoted,
    token_scheme,
    token_html,
    token_json_escaped,
    token_backslashes,
    token_encoded_whole,
    token_encoded_twice,
    token_decoded,
    token_of_rds,
    token_payload,
    token_cut_at_colon,
    token_cut_at_question_mark,
    token_cut_at_ampersand,
    token_cut_at_buffer,
    token_cut,
    token_is_password,
    token_empty,
    password_too_long,
    token_too_long,
    token_other_service,
    token_lifetime,
    token_signed_headers,
    token_no_port,
    token_malformed,
    user_differs,
    endpoint_differs,
    region_differs,
    signed_in_future,
    token_expired,
    too_many_tokens,
    key_unavailable,
    key_inactive,
    session_expired,
    key_unpaired,
    key_unknown,
    key_gone,
    signature_scope,
    signature_unsigned_payload,
    signature_without_port,
    signature_session_token,
    signature_differs,
    membership_unknown,
    user_unmade,
    not_member,
    not_member_password,
    policy_denies,
    token_used,
    agent_failed,
    preload_missing,
    network_not_admitted,
    postgresql_refused,
};

// Who refused: what the judge refuses has passed its checks before that one; of what PostgreSQL refused by
// itself no other check is known to have been made.
enum class RefusedBy { judge, postgresql };

// In text and hint, names in braces stand for facts of the login. The text is in the verdict's words; a hint
// is one sentence on what to do.
struct RefusalRow {
    RefusalCode code;
    std::string_view name;  // in the audit; stable
    Check check;
    RefusedBy by;
    std::string_view text;
    std::string_view hint;
};

std::span<const RefusalRow> refusal_rows();
const RefusalRow& row_of(RefusalCode code);
std::optional<RefusalCode> refusal_code_named(std::string_view name);

// The most general code of a check, for refusals that were recorded without one.
RefusalCode general_code_of(std::string_view check);

struct Refusal {
    RefusalCode code;
    std::string reason;  // one sentence

    Check check() const { return row_of(code).check; }
};

// `facts` are fmt::arg() for every name in the text of the code.
template <class... Facts>
Refusal refuse(RefusalCode code, const Facts&... facts) {
    return {code, fmt::format(fmt::runtime(row_of(code).text), facts...)};
}

}  // namespace countersign::login
