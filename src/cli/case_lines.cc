#include "cli/case_lines.h"

#include <istream>

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/encoding.h"
#include "formats/iso_time.h"
#include "formats/json.h"
#include "login/verdict.h"
#include "model/arn.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

constexpr std::string_view account = "123456789012";
constexpr std::string_view allow_all =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}]})";

struct TokenCase {
    std::string token;
    std::string user;
    login::Server server;
    login::LoginRecord record;
    std::string access_key_id;
    Instant now;
};

std::string text_at(const json::object& object, const char* name) {
    const json::value* found = object.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

Result<std::uint16_t> port_at(const json::object& object) {
    const json::value* found = object.if_contains("port");
    if (found == nullptr || !found->is_int64() || !std::in_range<std::uint16_t>(found->get_int64()))
        return Error{Fault::invalid, "the case has no port"};
    return static_cast<std::uint16_t>(found->get_int64());
}

Result<TokenCase> read_case(const json::object& object) {
    TokenCase read;
    read.token = text_at(object, "token");
    if (const std::string encoded = text_at(object, "token_b64"); !encoded.empty())
        read.token = TRY(formats::from_base64(encoded));
    read.user = text_at(object, "db_user");
    read.access_key_id = text_at(object, "access_key_id");
    const auto now = formats::parse_extended_time(text_at(object, "now"));
    if (!now) return Error{Fault::invalid, "the case has no time `now`"};
    read.now = *now;
    read.server.resource_id = "db-CASE";
    read.server.region = text_at(object, "region");
    read.server.account = account;
    read.server.iam_enabled = true;
    const std::uint16_t port = TRY(port_at(object));
    read.server.endpoints.push_back({text_at(object, "host"), port});
    auto principal = std::make_shared<login::Principal>();
    principal->arn = model::iam_arn("123456789012", "user/case");
    principal->account = account;
    auto document = TRY(policy::parse(allow_all));
    principal->policies.identity.push_back({"case", std::move(document)});
    const std::string session = text_at(object, "session_token");
    if (!session.empty()) read.record.session_digest = crypto::sha256_hex(session);
    read.record.active = true;
    read.record.principal = std::move(principal);
    if (const auto claimed = login::claimed_key(login::SentToken(read.token)))
        read.record.scope = claimed->scope;
    read.record.signing_key =
        sigv4::derive_key(Secret(text_at(object, "secret_access_key")), read.record.scope);
    return read;
}

json::object verdict_of(const TokenCase& read) {
    const login::SentToken sent(read.token);
    const auto claimed = login::claimed_key(sent);
    const bool known = claimed && claimed->access_key_id == read.access_key_id;
    const login::Attempt attempt{login::Transport::tls, login::Membership::member, read.user, "", sent};
    const login::Verdict verdict =
        login::judge(attempt, read.server, {known ? &read.record : nullptr}, read.now);
    json::object answer;
    answer["valid"] = verdict.allowed();
    if (!verdict.allowed()) answer["check"] = login::name_of(verdict.failed());
    answer["reason"] = verdict.reason();
    return answer;
}

}  // namespace

std::string verify_token_line(std::string_view line) {
    const auto parsed = formats::parse_json(line);
    if (!parsed || !parsed->is_object())
        return R"({"id":null,"valid":false,"check":"token.form","reason":"the line is not a JSON object"})";
    const json::object& object = parsed->get_object();
    const Result<TokenCase> read = read_case(object);
    json::object answer;
    if (const json::value* id = object.if_contains("id")) answer["id"] = *id;
    const json::object verdict =
        read ? verdict_of(*read)
             : json::object{{"valid", false}, {"check", "token.form"}, {"reason", read.error().message}};
    for (const auto& member : verdict) answer[member.key()] = member.value();
    return json::serialize(answer);
}

void judge_lines(std::istream& in, std::string (*judge)(std::string_view),
                 const std::function<void(const std::string&)>& emit) {
    for (std::string line; std::getline(in, line);)
        if (!trimmed(line).empty()) emit(judge(line));
}

}  // namespace countersign::cli
