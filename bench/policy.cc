// Decisions of policy::evaluate() on one core, as policies grow that cannot match: statements of one policy,
// and policies attached across principals, of which each has ten. With --cases it prints the cases, one JSON
// object a line, so that other engines can be asked the same (policy_peers.mjs).
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "policy/policy.h"

namespace countersign::bench {
namespace {

constexpr std::string_view account = "123456789012";
constexpr std::string_view arn_start =
    "arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-ABCDEFGHIJKLMNOPQRSTUVWXY0/";
constexpr std::string_view action = "rds-db:connect";
constexpr std::size_t policies_each = 10;

struct Principal {
    std::string name;                    // also the database user that it connects as
    std::vector<std::string> documents;  // attached to it
};

struct Case {
    std::string name;
    std::vector<Principal> principals;  // who ask in turn; each is allowed
};

std::string statement(std::string_view of_action, std::string_view resource, std::string_view more = "") {
    return fmt::format(R"({{"Effect":"Allow","Action":"{}","Resource":"{}"{}}})", of_action, resource, more);
}

std::string document(const std::vector<std::string>& statements) {
    return fmt::format(R"({{"Version":"2012-10-17","Statement":[{}]}})", joined(statements, ","));
}

std::string own_statement(std::string_view user) {
    return statement(action, std::string(arn_start) + std::string(user));
}

// About another service than the request's.
std::string foreign_statement(std::size_t number) {
    constexpr std::string_view services[] = {"s3", "ec2", "sqs", "sns", "kms", "logs", "lambda", "dynamodb"};
    const std::string_view service = services[number % std::size(services)];
    return statement(fmt::format("{}:Action{}", service, number),
                     fmt::format("arn:aws:{}:::thing-{}", service, number));
}

// About the request's action, on behalf of another database user.
std::string neighbour_statement(std::size_t number) {
    return own_statement(fmt::format("service_{}", number));
}

// The statement that allows comes last.
Case one_policy(std::string name, std::size_t others, std::string (*other)(std::size_t)) {
    std::vector<std::string> statements;
    for (std::size_t number = 0; number < others; ++number) statements.push_back(other(number));
    statements.push_back(own_statement("jane"));
    return {std::move(name), {{"jane", {document(statements)}}}};
}

Case with_conditions() {
    const std::string more = R"(,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},)"
                             R"("Bool":{"aws:MultiFactorAuthPresent":"true"},)"
                             R"("NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}})";
    return {"1 statement, 3 conditions",
            {{"jane", {document({statement(action, std::string(arn_start) + "jane", more)})}}}};
}

Case attached(std::size_t policies) {
    Case made{fmt::format("{} {} attached", policies, policies == 1 ? "policy" : "policies"), {}};
    while (made.principals.size() * policies_each < policies) {
        const std::string user = fmt::format("user_{}", made.principals.size());
        std::vector<std::string> documents;
        for (std::size_t number = 1; number < std::min(policies, policies_each); ++number)
            documents.push_back(document({foreign_statement(number + made.principals.size())}));
        documents.push_back(document({own_statement(user)}));
        made.principals.push_back({user, std::move(documents)});
    }
    return made;
}

std::vector<Case> all_cases() {
    std::vector<Case> cases = {one_policy("1 statement", 0, foreign_statement)};
    for (const std::size_t others : {10U, 100U})
        cases.push_back(one_policy(fmt::format("{} statements, others of other services", others + 1), others,
                                   foreign_statement));
    for (const std::size_t others : {10U, 100U})
        cases.push_back(one_policy(fmt::format("{} statements, others of other users", others + 1), others,
                                   neighbour_statement));
    cases.push_back(with_conditions());
    for (const std::size_t policies : {1U, 10U, 100U, 1'000U, 10'000U}) cases.push_back(attached(policies));
    return cases;
}

policy::Request request_of(const Principal& principal) {
    return {fmt::format("arn:aws:iam::{}:user/{}", account, principal.name),
            std::string(account),
            std::string(action),
            std::string(arn_start) + principal.name,
            std::string(account),
            {{"aws:username", {principal.name}},
             {"aws:sourceip", {"10.1.2.3"}},
             {"aws:multifactorauthpresent", {"true"}},
             {"aws:multifactorauthage", {"60"}}}};
}

struct Asker {
    policy::PolicySet policies;
    policy::Request request;
};

// A refusal would be quicker than what is to be measured.
std::vector<Asker> askers_of(const Case& measured) {
    std::vector<Asker> askers;
    for (const Principal& principal : measured.principals) {
        Asker& asker = askers.emplace_back();
        asker.request = request_of(principal);
        for (const std::string& text : principal.documents)
            asker.policies.identity.push_back({"arn:aws:iam::123456789012:policy/p", *policy::parse(text)});
        if (policy::evaluate(asker.policies, asker.request).allowed()) continue;
        std::fprintf(stderr, "bench_policy: %s: refused\n", measured.name.c_str());
        std::exit(1);
    }
    return askers;
}

void decide(benchmark::State& state, const Case& measured) {
    const std::vector<Asker> askers = askers_of(measured);
    std::size_t next = 0;
    while (state.KeepRunning()) {
        benchmark::DoNotOptimize(policy::evaluate(askers[next].policies, askers[next].request));
        if (++next == askers.size()) next = 0;
    }
    state.SetItemsProcessed(state.iterations());
}

// {"name", "principals": [{"name", "documents"}], "action", "arn_start", "account"}
void print(const Case& printed) {
    std::vector<std::string> principals;
    for (const Principal& principal : printed.principals)
        principals.push_back(fmt::format(R"({{"name":"{}","documents":[{}]}})", principal.name,
                                         joined(principal.documents, ",")));
    fmt::print(R"({{"name":"{}","action":"{}","arn_start":"{}","account":"{}","principals":[{}]}})"
               "\n",
               printed.name, action, arn_start, account, joined(principals, ","));
}

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
    using namespace countersign::bench;
    const std::vector<Case> cases = all_cases();
    if (argc == 2 && std::string_view(argv[1]) == "--cases") {
        for (const Case& one : cases) print(one);
        return 0;
    }
    for (const Case& one : cases)
        benchmark::RegisterBenchmark(one.name.c_str(),
                                     [&one](benchmark::State& state) { decide(state, one); });
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
