// Verdicts per second on one core: the whole of login::judge, its two large parts by themselves, and as a
// floor OpenSSL's SHA-256 over the bytes of the token. Each with the token of a long-term key and of a
// session, and with a short and a long policy.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "crypto/digest.h"
#include "login/verdict.h"
#include "sigv4/token.h"

namespace countersign::bench {
namespace {

using std::chrono::seconds;

constexpr Instant signed_at{seconds(1'767'225'600)};
constexpr Instant judged_at = signed_at + seconds(30);
constexpr std::size_t session_token_bytes = 1200;
constexpr const char* arn_start =
    "arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-ABCDEFGHIJKLMNOPQRSTUVWXY0/";

// Base64: of 64 letters two are escaped.
std::string session_token() {
    constexpr std::string_view letters = "IQoJb3pZ2luXVjE+HAYDz/cOGF1dB4y5rKxC7kqM8tRfT0NgSnUvL6wPieWm9ash";
    static_assert(letters.size() == 64);
    std::string text;
    while (text.size() < session_token_bytes) text += letters[text.size() % letters.size()];
    return text;
}

// The statement that allows comes last.
std::string document(std::int64_t statements) {
    std::string text = R"({"Version":"2012-10-17","Statement":[)";
    for (std::int64_t i = 1; i <= statements; ++i) {
        const std::string user = i == statements ? "jane" : "service_" + std::to_string(i);
        text += R"({"Effect":"Allow","Action":"rds-db:connect","Resource":")" + (arn_start + user) + "\"}";
        text += i == statements ? "]}" : ",";
    }
    return text;
}

// One login that is allowed.
struct Login {
    Login(bool with_session, std::int64_t statements) {
        const sigv4::Credentials key{"AKIAIOSFODNN7EXAMPLE",
                                     Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                                     with_session ? session_token() : ""};
        server = {"cluster-ABCDEFGHIJKLMNOPQRSTUVWXY0",         "us-east-1", "123456789012", true,
                  {{"localhost", 15432}, {"127.0.0.1", 15432}}, {}};
        token = sigv4::make_token({"localhost", 15432, "us-east-1", "jane"}, key, signed_at);
        record.active = true;
        record.scope = {"20260101", "us-east-1", "rds-db"};
        record.signing_key = sigv4::derive_key(key.secret_access_key, record.scope);
        if (with_session) record.session_digest = crypto::sha256_hex(key.session_token);
        auto principal = std::make_shared<login::Principal>();
        principal->arn = "arn:aws:iam::123456789012:user/jane";
        principal->account = "123456789012";
        principal->policies.identity.push_back({"policy", *policy::parse(document(statements))});
        principal->context = {{"aws:username", {"jane"}}, {"aws:principalarn", {principal->arn}}};
        record.principal = std::move(principal);
    }

    // With the token's reading, which a login does once.
    login::Verdict judged() const {
        const login::Attempt attempt{login::Transport::tls, login::Membership::member, "jane", "",
                                     login::SentToken(token)};
        return login::judge(attempt, server, {&record}, judged_at);
    }

    policy::Request request() const {
        policy::Request asked;
        asked.principal_arn = record.principal->arn;
        asked.account = record.principal->account;
        asked.action = "rds-db:connect";
        asked.resource = std::string(arn_start) + "jane";
        asked.resource_account = asked.account;
        asked.context = record.principal->context;
        return asked;
    }

    std::string token;
    login::Server server;
    login::LoginRecord record;
};

// A refusal would be quicker than what is to be measured.
void require(bool right, const std::string& why) {
    if (right) return;
    std::fprintf(stderr, "bench_verdicts: %s\n", why.c_str());
    std::exit(1);
}

void judge(benchmark::State& state) {
    const Login login(state.range(0) != 0, state.range(1));
    require(login.judged().allowed(), login.judged().reason());
    const std::size_t before = mallinfo2().uordblks;
    while (state.KeepRunning()) benchmark::DoNotOptimize(login.judged());
    state.counters["bytes_kept"] = static_cast<double>(mallinfo2().uordblks) - static_cast<double>(before);
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(judge)->ArgNames({"session", "statements"})->ArgsProduct({{0, 1}, {1, 50}});

void parse_token(benchmark::State& state) {
    const Login login(state.range(0) != 0, 1);
    require(static_cast<bool>(sigv4::parse_token(login.token)), "the token is not well-formed");
    while (state.KeepRunning()) benchmark::DoNotOptimize(sigv4::parse_token(login.token));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_token)->ArgName("session")->Arg(0)->Arg(1);

void evaluate(benchmark::State& state) {
    const Login login(false, state.range(0));
    const policy::Request asked = login.request();
    const policy::PolicySet& policies = login.record.principal->policies;
    require(policy::evaluate(policies, asked).allowed(), "the policy does not allow");
    while (state.KeepRunning()) benchmark::DoNotOptimize(policy::evaluate(policies, asked));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(evaluate)->ArgName("statements")->Arg(1)->Arg(50);

const unsigned char* octets(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void sha256_evp(benchmark::State& state) {
    const Login login(state.range(0) != 0, 1);
    const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    while (state.KeepRunning())
        EVP_Digest(login.token.data(), login.token.size(), digest, nullptr, method, nullptr);
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(sha256_evp)->ArgName("session")->Arg(0)->Arg(1);

void sha256_plain(benchmark::State& state) {
    const Login login(state.range(0) != 0, 1);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    while (state.KeepRunning()) SHA256(octets(login.token), login.token.size(), digest);
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(sha256_plain)->ArgName("session")->Arg(0)->Arg(1);

}  // namespace
}  // namespace countersign::bench

BENCHMARK_MAIN();
