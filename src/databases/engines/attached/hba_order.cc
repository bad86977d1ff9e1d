#include "databases/engines/attached/hba_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>

#include "base/text.h"
#include "formats/json.h"

namespace countersign::databases {

namespace {

constexpr std::string_view members_of_rds_iam = "+rds_iam";
constexpr std::size_t shown_bytes_max = 200;  // of what the file says
constexpr int has_file_names_from = 16;

// Kinds of connections over TCP: TLS, neither, encrypted by GSSAPI; each over IPv4 and over IPv6.
using Ways = std::bitset<6>;
constexpr unsigned long tls_ways = 0b000011;
constexpr unsigned long plain_ways = 0b001100;
constexpr unsigned long gss_ways = 0b110000;
constexpr unsigned long v4_ways = 0b010101;
constexpr unsigned long v6_ways = 0b101010;

Ways ways_of_type(const std::string& type) {
    if (type == "host") return tls_ways | plain_ways | gss_ways;
    if (type == "hostssl") return tls_ways;
    if (type == "hostnossl") return plain_ways | gss_ways;
    if (type == "hostgssenc") return gss_ways;
    if (type == "hostnogssenc") return tls_ways | plain_ways;
    return 0;
}

bool is_v4(const std::string& address) {
    return !address.empty() && address.find_first_not_of("0123456789.") == std::string::npos;
}

bool is_v6(const std::string& address) {
    return address.find(':') != std::string::npos;
}

// Those for which the line could be the one that matches.
Ways ways_touched(const HbaRule& rule) {
    Ways ways = ways_of_type(rule.type);
    if (is_v4(rule.address)) ways &= v4_ways;
    if (is_v6(rule.address)) ways &= v6_ways;
    return ways;
}

bool has_word(const std::vector<std::string>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

// Those that end at the line, whichever member comes from whatever address to whatever database.
Ways ways_closed(const HbaRule& rule) {
    if (!has_word(rule.databases, "all") ||
        !(has_word(rule.users, "all") || has_word(rule.users, members_of_rds_iam)))
        return 0;
    const bool any = rule.address == "all";
    const bool any_v4 = rule.address == "0.0.0.0" && rule.netmask == "0.0.0.0";
    const bool any_v6 = rule.address == "::" && rule.netmask == "::";
    return any || any_v4 || any_v6 ? ways_touched(rule) : Ways();
}

bool could_be_a_members(const std::string& user, const HbaFacts& facts) {
    if (user == "all" || user == members_of_rds_iam || user.starts_with('/')) return true;
    if (user.starts_with('+')) return facts.roles.contains(user.substr(1));
    return facts.members.contains(user);
}

bool could_match(const HbaRule& rule, const HbaFacts& facts) {
    if (rule.databases == std::vector<std::string>{"replication"}) return false;
    return std::ranges::any_of(rule.users,
                               [&](const std::string& user) { return could_be_a_members(user, facts); });
}

// The service of this server alone, or the preload's.
bool asks_countersign(const HbaRule& rule, std::string_view resource_id) {
    return rule.method == "pam" && (has_word(rule.options, "pamservice=countersign") ||
                                    has_word(rule.options, "pamservice=countersign-" + lower(resource_id)));
}

std::string place_in_file(const HbaRule& rule) {
    return fmt::format("line {} of {}", rule.line, printable(rule.file, shown_bytes_max));
}

std::string words_for(const HbaRule& rule) {
    return fmt::format("{} ({}, {})", place_in_file(rule), printable(rule.type, shown_bytes_max),
                       printable(rule.method, shown_bytes_max));
}

// The first line by which a member gets in without being asked for a token; none: there is no such line.
const HbaRule* detour(const HbaFacts& facts, std::string_view resource_id) {
    Ways open = tls_ways | plain_ways | gss_ways;
    for (const HbaRule& rule : facts.rules) {
        if (!could_match(rule, facts) || (ways_touched(rule) & open).none()) continue;
        if (rule.method != "reject" && !asks_countersign(rule, resource_id)) return &rule;
        open &= ~ways_closed(rule);
    }
    return nullptr;
}

HbaFinding finding_of_gone(const HbaFacts& facts, const HbaRule* way) {
    std::string what = facts.has_rds_iam
                           ? "no line of pg_hba.conf asks Countersign about members of rds_iam"
                           : "the role rds_iam does not exist, and no line is for those who were its members";
    if (way != nullptr) what += fmt::format("; {} lets them in without a token", words_for(*way));
    return {HbaState::gone, std::move(what)};
}

constexpr const char* rules_query =
    "SELECT {}, line_number, coalesce(type, ''), coalesce(array_to_json(database)::text, '[]'),"
    " coalesce(array_to_json(user_name)::text, '[]'), coalesce(address, ''), coalesce(netmask, ''),"
    " coalesce(auth_method, ''), coalesce(array_to_json(options)::text, '[]'), coalesce(error, '')"
    " FROM pg_hba_file_rules() WITH ORDINALITY ORDER BY ordinality LIMIT 20000";

constexpr const char* members_query = R"(
WITH RECURSIVE member(id) AS (
    SELECT oid FROM pg_roles WHERE rolname = 'rds_iam'
    UNION SELECT m.member FROM pg_auth_members m JOIN member ON m.roleid = id),
person(id) AS (
    SELECT id FROM member JOIN pg_roles ON oid = id WHERE rolcanlogin),
role(id) AS (
    SELECT id FROM person
    UNION SELECT m.roleid FROM pg_auth_members m JOIN role ON m.member = id)
SELECT rolname, id IN (SELECT id FROM person) FROM role JOIN pg_roles ON oid = id LIMIT 200000)";

Result<std::vector<std::string>> words_in(const std::string& text) {
    const formats::json::value list = TRY(formats::parse_json(text));
    std::vector<std::string> words;
    if (!list.is_array()) return words;
    for (const formats::json::value& word : list.get_array())
        if (word.is_string()) words.emplace_back(word.get_string());
    return words;
}

Result<HbaRule> rule_of(const std::vector<std::string>& row) {
    HbaRule rule;
    if (!row[0].empty()) rule.file = row[0].substr(row[0].rfind('/') + 1);
    rule.line = parse_number<unsigned>(row[1]).value_or(0);
    rule.type = row[2];
    rule.databases = TRY(words_in(row[3]));
    rule.users = TRY(words_in(row[4]));
    rule.address = row[5];
    rule.netmask = row[6];
    rule.method = row[7];
    rule.options = TRY(words_in(row[8]));
    rule.error = row[9];
    return rule;
}

}  // namespace

HbaFinding judge_hba(const HbaFacts& facts, std::string_view resource_id) {
    for (const HbaRule& rule : facts.rules)
        if (!rule.error.empty())
            return {HbaState::faulty,
                    fmt::format("{} cannot be read ({}): PostgreSQL goes on with the lines that it had, and "
                                "would not start again",
                                place_in_file(rule), printable(rule.error, shown_bytes_max))};
    const HbaRule* const way = detour(facts, resource_id);
    const auto ours = std::ranges::find_if(
        facts.rules, [&](const HbaRule& rule) { return asks_countersign(rule, resource_id); });
    if (!facts.has_rds_iam || ours == facts.rules.end()) return finding_of_gone(facts, way);
    if (way == nullptr)
        return {HbaState::in_order,
                fmt::format("{} is the first that could let members of rds_iam in", place_in_file(*ours))};
    const bool in_front = way < &*ours;
    return {HbaState::overtaken,
            fmt::format("{} lets members of rds_iam in without a token, {} {}", words_for(*way),
                        in_front ? "in front of" : "who do not come to", place_in_file(*ours))};
}

Result<HbaFacts> read_hba(Session& session) {
    const char* const file = session.server_major() >= has_file_names_from ? "file_name" : "''";
    HbaFacts facts;
    for (const std::vector<std::string>& row :
         TRY(session.query(fmt::format(fmt::runtime(rules_query), file), {}, 10))) {
        HbaRule rule = TRY(rule_of(row));
        facts.rules.push_back(std::move(rule));
    }
    facts.has_rds_iam =
        TRY(session.value("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam')")) == "t";
    for (const std::vector<std::string>& row : TRY(session.query(members_query, {}, 2))) {
        facts.roles.insert(row[0]);
        if (row[1] == "t") facts.members.insert(row[0]);
    }
    return facts;
}

}  // namespace countersign::databases
