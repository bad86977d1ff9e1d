#include "databases/engines/attached/hba_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace countersign::databases {
namespace {

using testing::HasSubstr;

constexpr const char* resource = "db-ONE";
constexpr const char* closed = "hostnossl all +rds_iam all reject\n";
constexpr const char* asked = "hostssl all +rds_iam all pam pamservice=countersign-db-one\n";

std::vector<std::string> words_of(const std::string& text, char separator) {
    std::vector<std::string> words;
    std::istringstream from(text);
    for (std::string word; std::getline(from, word, separator);)
        if (!word.empty()) words.push_back(word);
    return words;
}

// TYPE DATABASE USER [ADDRESS[/MASK]] METHOD [OPTION]
HbaFacts facts_of(const std::string& text) {
    HbaFacts facts;
    facts.has_rds_iam = true;
    facts.members = {"jane", "Ada"};
    facts.roles = {"jane", "Ada", "rds_iam", "staff"};
    unsigned line = 0;
    for (const std::string& one : words_of(text, '\n')) {
        std::vector<std::string> words = words_of(one, ' ');
        HbaRule rule;
        rule.line = ++line;
        rule.type = words.at(0);
        rule.databases = words_of(words.at(1), ',');
        rule.users = words_of(words.at(2), ',');
        const std::size_t method = rule.type == "local" ? 3 : 4;
        if (method == 4) {
            const std::size_t slash = words.at(3).find('/');
            rule.address = words[3].substr(0, slash);
            if (slash != std::string::npos) rule.netmask = words[3].substr(slash + 1);
        }
        rule.method = words.at(method);
        rule.options.assign(words.begin() + static_cast<std::ptrdiff_t>(method) + 1, words.end());
        facts.rules.push_back(rule);
    }
    return facts;
}

HbaFinding judged(const std::string& text) {
    return judge_hba(facts_of(text), resource);
}

TEST(HbaOrder, CountersignsLinesInFrontAreInOrder) {
    const std::string ours = std::string(closed) + asked;
    for (const std::string& text :
         {ours, ours + "host all all all scram-sha-256\n", "local all all trust\n" + ours,
          "host all app all md5\nhost all +others all trust\nhostssl replication all all trust\n" + ours,
          "host all all 10.0.0.0/255.0.0.0 reject\n" + ours,
          std::string("host all +rds_iam all pam pamservice=countersign\nhost all all all trust\n"),
          std::string("hostssl all all 0.0.0.0/0.0.0.0 pam pamservice=countersign\n") +
              "hostssl all all ::/:: pam pamservice=countersign\nhostssl all all all md5\n",
          std::string(asked)})
        EXPECT_EQ(judged(text).state, HbaState::in_order) << text << judged(text).what;
}

TEST(HbaOrder, ALineThatLetsMembersInWhereCountersignIsNotAskedHasOvertaken) {
    const std::string ours = std::string(closed) + asked;
    for (const char* method : {"trust", "password", "md5", "scram-sha-256", "cert", "peer", "ident", "ldap",
                               "pam pamservice=postgresql", "pam pamservice=countersign-db-two"})
        EXPECT_EQ(judged(std::string("host all all all ") + method + '\n' + ours).state, HbaState::overtaken)
            << method;
    for (const std::string& text :
         {"hostssl all jane all scram-sha-256\n" + ours, "hostssl all Ada 127.0.0.1/255.0.0.0 md5\n" + ours,
          "host all +staff all md5\n" + ours, "host all +rds_iam all md5\n" + ours,
          "host all /^j all md5\n" + ours, "host orders all all md5\n" + ours,
          "host all app,jane samenet md5\n" + ours, "hostgssenc all all all gss\n" + ours,
          "host replication,all all all md5\n" + ours, asked + std::string("host all all all md5\n"),
          closed + std::string("hostssl all +rds_iam 10.0.0.0/255.0.0.0 pam pamservice=countersign\n") +
              "hostssl all all all md5\n",
          closed + std::string("hostssl orders +rds_iam all pam pamservice=countersign\n") +
              "hostssl all all all md5\n",
          closed + std::string("hostssl all +rds_iam 0.0.0.0/0.0.0.0 pam pamservice=countersign\n") +
              "hostssl all all ::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff md5\n"})
        EXPECT_EQ(judged(text).state, HbaState::overtaken) << text << judged(text).what;
}

TEST(HbaOrder, SaysWhichLineAndByWhatMethod) {
    EXPECT_EQ(judged("local all all peer\nhostssl all all all md5\n" + std::string(closed) + asked).what,
              "line 2 of pg_hba.conf (hostssl, md5) lets members of rds_iam in without a token, in front of "
              "line 4 of pg_hba.conf");
    EXPECT_EQ(judged(std::string(asked) + "host all all all trust\n").what,
              "line 2 of pg_hba.conf (host, trust) lets members of rds_iam in without a token, who do not "
              "come to line 1 of pg_hba.conf");
    EXPECT_THAT(judged("host all all all md5\n").what, HasSubstr("; line 1 of pg_hba.conf (host, md5)"));
}

TEST(HbaOrder, WithoutALineOfCountersignsItIsGone) {
    for (const char* text : {"host all all all scram-sha-256\n", "local all all peer\n", "",
                             "hostssl all +rds_iam all pam pamservice=countersign-db-two\n"})
        EXPECT_EQ(judged(text).state, HbaState::gone) << text;
    HbaFacts nobody = facts_of(std::string(closed) + asked);
    nobody.has_rds_iam = false;
    EXPECT_EQ(judge_hba(nobody, resource).state, HbaState::gone) << "lines for a role that is not there";
}

TEST(HbaOrder, AnErrorGoesBeforeAllElse) {
    HbaFacts facts = facts_of(std::string(closed) + asked);
    facts.rules.push_back({});
    facts.rules.back().line = 7;
    facts.rules.back().error = "invalid authentication method \"\x1b[31mred\"";
    const HbaFinding found = judge_hba(facts, resource);
    EXPECT_EQ(found.state, HbaState::faulty);
    EXPECT_THAT(found.what, HasSubstr("line 7 of pg_hba.conf cannot be read (invalid authentication method"));
    EXPECT_THAT(found.what, HasSubstr(R"(\x1B)"));
}

}  // namespace
}  // namespace countersign::databases
