#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/text.h"
#include "policy/explain.h"
#include "policy/matching.h"
#include "policy/sentence.h"
#include "policy/test_policies.h"

namespace countersign::policy {

namespace {

using testing::policy_of;

using StatementTexts = std::vector<std::string>;  // of one policy
using PolicyTexts = std::vector<StatementTexts>;  // of one list of policies

// A policy set before it is parsed, so that a test can change it.
struct SetTexts {
    PolicyTexts identity;
    std::optional<PolicyTexts> boundary;
    std::optional<PolicyTexts> session;
    std::optional<std::vector<PolicyTexts>> guardrails;
    PolicyTexts resource;

    PolicySet parsed() const;
    // Every list of policies; those of resource policies last.
    std::vector<PolicyTexts*> lists();
};

class Draw {
public:
    explicit Draw(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t bound) { return random_() % bound; }
    std::mt19937& engine() { return random_; }

    SetTexts set();
    Request request();
    // One statement, with a Principal for the list of resource policies.
    std::string statement(const std::string& effect, bool of_resource);

private:
    const std::string& one_of(const std::vector<std::string>& texts) { return texts[below(texts.size())]; }
    PolicyTexts list(bool of_resource);

    std::mt19937 random_;
};

std::vector<Policy> parsed_list(const PolicyTexts& list, Form form = Form::identity) {
    std::vector<Policy> policies;
    for (const StatementTexts& texts : list) policies.push_back(policy_of(joined(texts, ","), form));
    return policies;
}

const std::vector<std::string> actions = {R"("Action":"*")",
                                          R"("Action":"rds-db:connect")",
                                          R"("Action":"RDS-DB:Con*")",
                                          R"("Action":"*:connect")",
                                          R"("Action":"rds*:*")",
                                          R"("Action":["s3:Get*","rds-db:?onnect"])",
                                          R"("Action":"s3:GetObject")",
                                          R"("Action":["s3:*","iam:*"])",
                                          R"("NotAction":"s3:*")",
                                          R"("NotAction":["rds-db:connect","ec2:*"])"};
const std::vector<std::string> resources = {
    R"("Resource":"*")",
    R"("Resource":"arn:aws:rds-db:*:*:dbuser:db-X/alice")",
    R"("Resource":"arn:aws:rds-db:*:111122223333:dbuser:*/${aws:username}")",
    R"("Resource":["arn:aws:s3:::x","arn:aws:rds-db:us-east-1:111122223333:dbuser:db-X/bob"])",
    R"("Resource":"arn:aws:rds-db:*")",
    R"("Resource":"arn:aws:s3:::x")",
    R"("NotResource":"arn:aws:s3:::x")",
    R"("NotResource":"arn:aws:rds-db:*:*:dbuser:*/alice")"};
const std::vector<std::string> conditions = {
    "",
    "",
    R"(,"Condition":{"Bool":{"mfa":"true"}})",
    R"(,"Condition":{"StringNotEquals":{"team":"red"}})",
    R"(,"Condition":{"ForAllValues:StringLike":{"team":["bl*","${aws:username}"]}})",
    R"(,"Condition":{"NumericLessThan":{"age":"3600"},"IpAddressIfExists":{"ip":"10.0.0.0/8"}})"};
const std::vector<std::string> principals = {R"("Principal":"*",)", R"("Principal":{"AWS":"111122223333"},)",
                                             R"("Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},)",
                                             R"("Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},)"};

PolicySet SetTexts::parsed() const {
    PolicySet set{.identity = parsed_list(identity)};
    if (boundary) set.boundary = parsed_list(*boundary);
    if (session) set.session = parsed_list(*session);
    if (guardrails) set.guardrails.emplace();
    if (guardrails)
        for (const PolicyTexts& level : *guardrails) set.guardrails->push_back(parsed_list(level));
    set.resource = parsed_list(resource, Form::resource);
    return set;
}

std::vector<PolicyTexts*> SetTexts::lists() {
    std::vector<PolicyTexts*> all = {&identity};
    if (boundary) all.push_back(&*boundary);
    if (session) all.push_back(&*session);
    if (guardrails)
        for (PolicyTexts& level : *guardrails) all.push_back(&level);
    all.push_back(&resource);
    return all;
}

std::string Draw::statement(const std::string& effect, bool of_resource) {
    return R"({"Effect":")" + effect + R"(",)" + (of_resource ? one_of(principals) : "") + one_of(actions) +
           "," + one_of(resources) + one_of(conditions) + "}";
}

PolicyTexts Draw::list(bool of_resource) {
    PolicyTexts policies(below(4));
    for (StatementTexts& texts : policies)
        for (std::size_t count = 1 + below(3); count > 0; --count)
            texts.push_back(statement(below(6) == 0 ? "Deny" : "Allow", of_resource));
    return policies;
}

SetTexts Draw::set() {
    SetTexts drawn;
    drawn.identity = list(false);
    if (below(4) == 0) drawn.boundary = list(false);
    if (below(4) == 0) drawn.session = list(false);
    if (below(4) == 0) drawn.guardrails = {list(false), list(false)};
    if (below(4) == 0) drawn.resource = list(true);
    return drawn;
}

Request Draw::request() {
    const std::vector<std::string> callers = {"arn:aws:iam::111122223333:user/alice",
                                              "arn:aws:sts::111122223333:assumed-role/app/s-1"};
    const std::vector<std::string> asked = {"rds-db:connect", "rds-db:connect", "s3:GetObject", "plain"};
    const std::vector<std::string> targets = {"arn:aws:rds-db:us-east-1:111122223333:dbuser:db-X/alice",
                                              "arn:aws:rds-db:us-east-1:111122223333:dbuser:db-X/bob",
                                              "arn:aws:s3:::x", "*"};
    Request request{one_of(callers), "111122223333", one_of(asked), one_of(targets), "", {}};
    if (below(5) == 0) request.resource_account = "444455556666";
    if (below(2) == 0) request.context["mfa"] = {below(2) == 0 ? "true" : "false"};
    if (below(2) == 0) request.context["team"] = {"blue", below(2) == 0 ? "red" : "alice"};
    if (below(2) == 0) request.context["aws:username"] = {"alice"};
    if (below(2) == 0) request.context["age"] = {below(2) == 0 ? "12.5" : "03600"};
    if (below(2) == 0) request.context["ip"] = {below(2) == 0 ? "10.1.2.3" : "192.168.0.1"};
    return request;
}

constexpr int rounds = 3'000;

// Calls the property with drawn sets and requests; it must hold whatever is drawn, and some must be allowed.
template <class Property>
void for_drawn(unsigned seed, Property property) {
    Draw draw(seed);
    int allowed = 0;
    for (int round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
        SCOPED_TRACE(round);
        const SetTexts texts = draw.set();
        const Request request = draw.request();
        const Decision decision = evaluate(texts.parsed(), request);
        allowed += decision.allowed() ? 1 : 0;
        property(draw, texts, request, decision);
    }
    EXPECT_GT(allowed, rounds / 20);
}

TEST(PolicyProperties, ADenialMoreNeverAllows) {
    for_drawn(1, [](Draw& draw, SetTexts texts, const Request& request, const Decision& before) {
        const auto lists = texts.lists();
        const std::size_t chosen = draw.below(lists.size());
        PolicyTexts& list = *lists[chosen];
        if (list.empty()) return;
        StatementTexts& policy = list[draw.below(list.size())];
        policy.insert(policy.begin() + static_cast<std::ptrdiff_t>(draw.below(policy.size() + 1)),
                      draw.statement("Deny", chosen + 1 == lists.size()));
        const Decision after = evaluate(texts.parsed(), request);
        EXPECT_TRUE(before.allowed() || !after.allowed());
        EXPECT_TRUE(before.effect() != Effect::explicit_deny || after.effect() == Effect::explicit_deny);
    });
}

TEST(PolicyProperties, ADenialOfEverythingDenies) {
    for_drawn(2, [](Draw& draw, SetTexts texts, const Request& request, const Decision&) {
        const auto lists = texts.lists();
        const std::size_t chosen = draw.below(lists.size());
        const std::string everybody = chosen + 1 == lists.size() ? R"("Principal":"*",)" : "";
        lists[chosen]->push_back({R"({"Effect":"Deny",)" + everybody + R"("Action":"*","Resource":"*"})"});
        EXPECT_EQ(evaluate(texts.parsed(), request).effect(), Effect::explicit_deny);
    });
}

TEST(PolicyProperties, AnAllowanceLessNeverAllows) {
    for_drawn(3, [](Draw& draw, SetTexts texts, const Request& request, const Decision& before) {
        const auto lists = texts.lists();
        PolicyTexts& list = *lists[draw.below(lists.size())];
        if (list.empty()) return;
        StatementTexts& policy = list[draw.below(list.size())];
        const auto allow = std::ranges::find_if(
            policy, [](const std::string& text) { return text.starts_with(R"({"Effect":"Allow")"); });
        if (allow == policy.end()) return;
        policy.erase(allow);
        EXPECT_TRUE(before.allowed() || !evaluate(texts.parsed(), request).allowed());
    });
}

TEST(PolicyProperties, OrderNeverMatters) {
    for_drawn(4, [](Draw& draw, SetTexts texts, const Request& request, const Decision& before) {
        for (PolicyTexts* list : texts.lists()) {
            std::ranges::shuffle(*list, draw.engine());
            for (StatementTexts& policy : *list) std::ranges::shuffle(policy, draw.engine());
        }
        if (texts.guardrails) std::ranges::shuffle(*texts.guardrails, draw.engine());
        const Decision after = evaluate(texts.parsed(), request);
        EXPECT_EQ(after.effect(), before.effect());
        EXPECT_EQ(after.kind(), before.kind());
    });
}

// What the statements of a list say, from their trails alone.
Effect effect_in(const KindTrail& kind) {
    Effect effect = Effect::implicit_deny;
    for (const PolicyTrail& policy : kind.policies)
        for (const StatementTrail& statement : policy.statements) {
            if (statement.outcome != Outcome::applies) continue;
            if (!statement.allows) return Effect::explicit_deny;
            effect = Effect::allowed;
        }
    return effect;
}

const StatementTrail* deciding(const Explanation& explanation) {
    const auto& by = explanation.decision.by();
    for (const KindTrail& kind : explanation.kinds)
        for (const PolicyTrail& policy : kind.policies)
            for (const StatementTrail& statement : policy.statements)
                if (kind.kind == by->kind && statement.number == by->statement &&
                    statement.outcome == Outcome::applies &&
                    statement.allows == explanation.decision.allowed())
                    return &statement;
    return nullptr;
}

TEST(PolicyProperties, AnExplanationIsOfTheDecision) {
    for_drawn(5, [](Draw&, const SetTexts& texts, const Request& request, const Decision& decision) {
        const Explanation explanation = explain(texts.parsed(), request);
        EXPECT_EQ(explanation.decision.effect(), decision.effect());
        EXPECT_EQ(explanation.decision.kind(), decision.kind());
        EXPECT_EQ(explanation.decision.by().has_value(), decision.by().has_value());
        bool denies = false;
        for (const KindTrail& kind : explanation.kinds) {
            EXPECT_EQ(kind.effect, effect_in(kind));
            denies = denies || kind.effect == Effect::explicit_deny;
        }
        EXPECT_EQ(decision.effect() == Effect::explicit_deny, denies);
        if (!decision.by()) return;
        EXPECT_EQ(decided_by_text(*explanation.decision.by()), decided_by_text(*decision.by()));
        EXPECT_NE(deciding(explanation), nullptr);
    });
}

// How many statements the gates keep out; none of them may match.
int kept_out_of(const Document& document, const Question& question) {
    int kept_out = 0;
    for (std::size_t index = 0; index < document.statements().size(); ++index) {
        const Outcome outcome = match(document.statements()[index], question).outcome;
        const bool admits = document.next_admitted(question.prefilter, index) == index;
        kept_out += admits ? 0 : 1;
        EXPECT_TRUE(admits || outcome <= Outcome::resource_differs);
        EXPECT_TRUE(!admits || document.prefilter().admits(question.prefilter));
    }
    return kept_out;
}

TEST(PolicyProperties, AGateAdmitsWhateverMatches) {
    int kept_out = 0;
    for_drawn(6, [&](Draw&, const SetTexts& texts, const Request& request, const Decision&) {
        const Question question(request);
        const std::vector<Policy> identity = texts.parsed().identity;
        for (const Policy& policy : identity) kept_out += kept_out_of(*policy.document, question);
    });
    EXPECT_GT(kept_out, rounds / 20);
}

// Longer than any drawn policy: more than one block of statements.
TEST(PolicyProperties, AStatementIsFoundWhereverItStands) {
    constexpr std::size_t statements = 50;
    const std::string other = R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*"})";
    const std::string own = R"({"Effect":"Allow","Action":"rds-db:Connect","Resource":"*"})";
    const Request request{
        "arn:aws:iam::111122223333:user/alice", "111122223333", "rds-db:connect", "*", "", {}};
    for (std::size_t place = 0; place < statements; ++place) {
        StatementTexts texts(statements, other);
        texts[place] = own;
        const Decision decision = evaluate({.identity = {policy_of(joined(texts, ","))}}, request);
        ASSERT_TRUE(decision.by());
        EXPECT_EQ(decision.by()->statement, place + 1);
    }
}

}  // namespace

}  // namespace countersign::policy
