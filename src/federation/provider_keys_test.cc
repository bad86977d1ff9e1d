#include "federation/provider_keys.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "federation/test_tokens.h"

namespace countersign::federation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Instant start{seconds(token_time)};
const Provider provider{"https://idp.example.com", {"aa"}};

// A provider on the network: what it publishes, whether it answers, and how often it was asked for its keys.
struct Site {
    std::string issuer = provider.url;
    std::string jwks_uri = "https://keys.example.com/jwks";
    std::string keys = jwks({ec_jwk("one")});
    bool is_up = true;
    int fetches = 0;
    std::vector<std::string> asked;

    Result<std::string> answer(const std::string& url, const std::vector<std::string>& thumbprints) {
        asked.push_back(url);
        EXPECT_EQ(thumbprints, provider.thumbprints);
        if (!is_up) return Error{Fault::unavailable, "down"};
        if (url == jwks_uri) {
            ++fetches;
            return keys;
        }
        return json::serialize(json::object{{"issuer", issuer}, {"jwks_uri", jwks_uri}});
    }
    ProviderKeys::Fetch fetch() {
        return [this](const std::string& url, const std::vector<std::string>& thumbprints) {
            return answer(url, thumbprints);
        };
    }
};

bool has(const Result<ProviderKeys::Keys>& keys, const char* id) {
    return keys && (*keys)->has(id);
}

struct SetClock : Clock {
    Instant now() const override { return time; }
    Instant time = start;
};

// As who may wait: asks, has fetched what is not at hand, and asks again.
class AskedKeys {
public:
    explicit AskedKeys(ProviderKeys::Fetch fetch)
        : keys_(
              std::move(fetch),
              [](const std::string&, const ProviderKeys::Job& job) {
                  job();
                  return true;
              },
              clock_) {}

    Result<ProviderKeys::Keys> keys_for(const Provider& of, const std::optional<std::string>& key_id,
                                        Instant now) {
        clock_.time = now;
        if (auto known = keys_.at_hand(of, key_id, now)) return *std::move(known);
        bool is_told = false;
        EXPECT_TRUE(keys_.fetch_then(of, key_id, now, [&] { is_told = true; }));
        EXPECT_TRUE(is_told);
        auto known = keys_.at_hand(of, key_id, now);
        return known ? *std::move(known) : Error{Fault::internal, "nothing came of the fetch"};
    }

private:
    SetClock clock_;
    ProviderKeys keys_;
};

TEST(ProviderKeys, FetchesOnceAndKeepsAMinute) {
    Site site;
    AskedKeys keys(site.fetch());
    EXPECT_TRUE(has(keys.keys_for(provider, "one", start), "one"));
    EXPECT_EQ(site.asked,
              (std::vector<std::string>{"https://idp.example.com/.well-known/openid-configuration",
                                        "https://keys.example.com/jwks"}));
    EXPECT_TRUE(has(keys.keys_for(provider, {}, start + seconds(59)), "one"));
    EXPECT_EQ(site.fetches, 1);
    EXPECT_TRUE(has(keys.keys_for(provider, "one", start + minutes(1)), "one"));
    EXPECT_EQ(site.fetches, 2);
}

TEST(ProviderKeys, LooksForUnknownKeysOnceAMinute) {
    Site site;
    AskedKeys keys(site.fetch());
    ASSERT_TRUE(keys.keys_for(provider, "one", start));
    EXPECT_FALSE(has(keys.keys_for(provider, "two", start + seconds(1)), "two"));
    EXPECT_EQ(site.fetches, 2);
    site.keys = jwks({ec_jwk("one"), ec_jwk("two")});
    EXPECT_FALSE(has(keys.keys_for(provider, "two", start + seconds(60)), "two"));
    EXPECT_EQ(site.fetches, 2);
    EXPECT_TRUE(has(keys.keys_for(provider, "two", start + seconds(61)), "two"));
    EXPECT_EQ(site.fetches, 3);
    for (int i = 0; i < 50; ++i)
        EXPECT_TRUE(has(keys.keys_for(provider, std::to_string(i), start + seconds(61 + i)), "one"));
    EXPECT_EQ(site.fetches, 3);
}

TEST(ProviderKeys, SeesANewKeyAtOnce) {
    Site site;
    AskedKeys keys(site.fetch());
    ASSERT_TRUE(keys.keys_for(provider, "one", start));
    site.keys = jwks({ec_jwk("two"), ec_jwk("one")});
    EXPECT_TRUE(has(keys.keys_for(provider, "two", start), "two"));
    EXPECT_TRUE(has(keys.keys_for(provider, "one", start), "one"));
    EXPECT_EQ(site.fetches, 2);
}

TEST(ProviderKeys, AnOutageDoesNotMakeUnknownKeysFetchMore) {
    Site site;
    AskedKeys keys(site.fetch());
    ASSERT_TRUE(keys.keys_for(provider, "one", start));
    site.is_up = false;
    const auto asked = site.asked.size();
    for (int i = 0; i < 60; ++i) EXPECT_TRUE(keys.keys_for(provider, "two", start + seconds(i)));
    EXPECT_EQ(site.asked.size(), asked + 1);
}

TEST(ProviderKeys, OutlivesAnOutageForADay) {
    Site site;
    AskedKeys keys(site.fetch());
    ASSERT_TRUE(keys.keys_for(provider, "one", start));
    site.is_up = false;
    for (const auto later : {hours(1), hours(2), hours(23)})
        EXPECT_TRUE(has(keys.keys_for(provider, "one", start + later), "one"));
    const auto stale = keys.keys_for(provider, "one", start + hours(24));
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().code, "IDPCommunicationError");
    site.is_up = true;
    EXPECT_TRUE(has(keys.keys_for(provider, "one", start + hours(24) + seconds(10)), "one"));
}

TEST(ProviderKeys, TriesAgainSoonAfterAFailure) {
    Site site;
    site.is_up = false;
    AskedKeys keys(site.fetch());
    EXPECT_FALSE(keys.keys_for(provider, "one", start));
    EXPECT_FALSE(keys.keys_for(provider, "one", start + seconds(9)));
    EXPECT_EQ(site.asked.size(), 1U);
    site.is_up = true;
    EXPECT_TRUE(has(keys.keys_for(provider, "one", start + seconds(10)), "one"));
}

TEST(ProviderKeys, AClockThatWasSetBackMakesKeysOld) {
    Site site;
    AskedKeys keys(site.fetch());
    ASSERT_TRUE(keys.keys_for(provider, "one", start));
    site.is_up = false;
    EXPECT_TRUE(keys.keys_for(provider, "one", start - hours(2)));
    EXPECT_FALSE(keys.keys_for(provider, "one", start - hours(25)));
}

TEST(ProviderKeys, TheDiscoveryDocumentMustBeTheProviders) {
    for (const char* issuer : {"https://idp.example.com/", "https://evil.example", ""}) {
        Site site;
        site.issuer = issuer;
        AskedKeys keys(site.fetch());
        const auto answer = keys.keys_for(provider, "one", start);
        ASSERT_FALSE(answer) << issuer;
        EXPECT_EQ(answer.error().code, "InvalidIdentityToken");
        EXPECT_EQ(site.fetches, 0);
    }
    for (const char* url : {"http://keys.example.com/jwks", "file:///etc/passwd", "https://", "https:///jwks",
                            "https://user@keys.example.com/", "https://keys.example.com/\r\nX: y",
                            "https://keys.example.com/#x", ""}) {
        Site site;
        site.jwks_uri = url;
        AskedKeys keys(site.fetch());
        EXPECT_FALSE(keys.keys_for(provider, "one", start)) << url;
        EXPECT_EQ(site.fetches, 0) << url;
    }
}

TEST(ProviderKeys, RefusesWhatIsNoDocument) {
    for (const std::string& text : {std::string("[]"), std::string("{"), std::string(300UL * 1024, ' ')}) {
        AskedKeys keys([&](const std::string&, const std::vector<std::string>&) { return text; });
        EXPECT_FALSE(keys.keys_for(provider, "one", start));
    }
    int asked = 0;
    AskedKeys keys([&](const std::string&, const std::vector<std::string>&) -> Result<std::string> {
        ++asked;
        return Error{Fault::internal, "asked"};
    });
    EXPECT_FALSE(keys.keys_for({"http://idp.example.com", {}}, "one", start));
    EXPECT_EQ(asked, 0);
}

TEST(ProviderKeys, OtherThumbprintsAreAnotherTrust) {
    std::vector<std::vector<std::string>> seen;
    Site site;
    AskedKeys keys([&](const std::string& url, const std::vector<std::string>& thumbprints) {
        seen.push_back(thumbprints);
        return site.answer(url, provider.thumbprints);
    });
    ASSERT_TRUE(keys.keys_for(provider, "one", start));
    ASSERT_TRUE(keys.keys_for({provider.url, {"bb"}}, "one", start));
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen.back(), std::vector<std::string>{"bb"});
}

TEST(ProviderKeys, RemembersABoundedNumberOfProviders) {
    int fetches = 0;
    AskedKeys keys([&](const std::string& url, const std::vector<std::string>&) -> Result<std::string> {
        ++fetches;
        if (url.ends_with("/jwks")) return jwks({ec_jwk("one")});
        const std::string issuer = url.substr(0, url.find("/.well-known"));
        return json::serialize(json::object{{"issuer", issuer}, {"jwks_uri", issuer + "/jwks"}});
    });
    const auto nth = [](std::size_t i) { return Provider{"https://" + std::to_string(i) + ".example", {}}; };
    for (std::size_t i = 0; i <= ProviderKeys::providers_max; ++i)
        ASSERT_TRUE(keys.keys_for(nth(i), {}, start + std::chrono::milliseconds(i)));
    const int before = fetches;
    ASSERT_TRUE(keys.keys_for(nth(ProviderKeys::providers_max), {}, start + seconds(1)));
    EXPECT_EQ(fetches, before);
    ASSERT_TRUE(keys.keys_for(nth(0), {}, start + seconds(1)));  // the least recently used one was forgotten
    EXPECT_EQ(fetches, before + 2);
}

// Fetches that are asked for, and wait until they are run.
struct Later {
    std::vector<std::pair<std::string, ProviderKeys::Job>> jobs;
    bool is_full = false;

    ProviderKeys::Run run() {
        return [this](const std::string& account, ProviderKeys::Job job) {
            if (is_full) return false;
            jobs.emplace_back(account, std::move(job));
            return true;
        };
    }
    void run_all() {
        for (const auto& [account, job] : std::exchange(jobs, {})) job();
    }
};

TEST(ProviderKeys, NobodyWaitsAndAllShareOneFetch) {
    Site site;
    Later later;
    const SetClock clock;
    ProviderKeys keys(site.fetch(), later.run(), clock);
    const Provider own{provider.url, provider.thumbprints, "123456789012"};
    EXPECT_FALSE(keys.at_hand(own, "one", start));
    int told = 0;
    for (std::size_t i = 0; i < ProviderKeys::waiting_max; ++i)
        EXPECT_TRUE(keys.fetch_then(own, "one", start, [&] { ++told; }));
    EXPECT_FALSE(keys.fetch_then(own, "one", start, [&] { ++told; })) << "one too many";
    ASSERT_EQ(later.jobs.size(), 1U);
    EXPECT_EQ(later.jobs[0].first, "123456789012");
    EXPECT_EQ(told, 0);
    later.run_all();
    EXPECT_EQ(told, static_cast<int>(ProviderKeys::waiting_max));
    EXPECT_EQ(site.fetches, 1);
    const auto known = keys.at_hand(own, "one", start);
    EXPECT_TRUE(known && has(*known, "one"));
}

TEST(ProviderKeys, WhoCannotBeFetchedForIsToldAtOnce) {
    Site site;
    Later later;
    later.is_full = true;
    const SetClock clock;
    ProviderKeys keys(site.fetch(), later.run(), clock);
    int told = 0;
    EXPECT_TRUE(keys.fetch_then(provider, "one", start, [&] { ++told; }));
    EXPECT_EQ(told, 1);
    EXPECT_FALSE(keys.at_hand(provider, "one", start));
    later.is_full = false;
    EXPECT_TRUE(keys.fetch_then(provider, "one", start, [&] { ++told; }));
    later.run_all();
    EXPECT_EQ(told, 2);
    EXPECT_TRUE(keys.at_hand(provider, "one", start));
}

// One that answers as slowly as it is waited for would be asked without end.
TEST(ProviderKeys, ThePauseAfterAFailureBeginsWhenItIsKnown) {
    Site site;
    site.is_up = false;
    SetClock clock;
    Later later;
    ProviderKeys keys(site.fetch(), later.run(), clock);
    EXPECT_TRUE(keys.fetch_then(provider, "one", start, [] {}));
    clock.time = start + seconds(30);
    later.run_all();
    const auto known = keys.at_hand(provider, "one", start + seconds(39));
    EXPECT_TRUE(known && !*known);
    EXPECT_FALSE(keys.at_hand(provider, "one", start + seconds(40)));
}

// What was signed with a key that the provider took back must not be good any longer.
TEST(ProviderKeys, AnotherKeyUnderTheSameIdIsNoticedWithinAMinute) {
    Site site;
    AskedKeys keys(site.fetch());
    const auto first = keys.keys_for(provider, "one", start);
    ASSERT_TRUE(first);
    site.keys = jwks({rsa_jwk("one")});
    const auto later = keys.keys_for(provider, "one", start + minutes(1));
    ASSERT_TRUE(later);
    EXPECT_TRUE((*first)->find("one", crypto::SignatureAlgorithm::es256));
    EXPECT_FALSE((*later)->find("one", crypto::SignatureAlgorithm::es256));
    EXPECT_TRUE((*later)->find("one", crypto::SignatureAlgorithm::rs256));
}

}  // namespace
}  // namespace countersign::federation
