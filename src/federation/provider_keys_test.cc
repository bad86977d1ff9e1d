#include "federation/provider_keys.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <thread>

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

TEST(ProviderKeys, FetchesOnceAndKeepsAnHour) {
    Site site;
    ProviderKeys keys(site.fetch());
    EXPECT_TRUE(has(keys.keys_for(provider, "one", start), "one"));
    EXPECT_EQ(site.asked,
              (std::vector<std::string>{"https://idp.example.com/.well-known/openid-configuration",
                                        "https://keys.example.com/jwks"}));
    EXPECT_TRUE(has(keys.keys_for(provider, {}, start + minutes(59)), "one"));
    EXPECT_EQ(site.fetches, 1);
    EXPECT_TRUE(has(keys.keys_for(provider, "one", start + hours(1)), "one"));
    EXPECT_EQ(site.fetches, 2);
}

TEST(ProviderKeys, LooksForUnknownKeysOnceAMinute) {
    Site site;
    ProviderKeys keys(site.fetch());
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
    ProviderKeys keys(site.fetch());
    ASSERT_TRUE(keys.keys_for(provider, "one", start));
    site.keys = jwks({ec_jwk("two"), ec_jwk("one")});
    EXPECT_TRUE(has(keys.keys_for(provider, "two", start), "two"));
    EXPECT_TRUE(has(keys.keys_for(provider, "one", start), "one"));
    EXPECT_EQ(site.fetches, 2);
}

TEST(ProviderKeys, AnOutageDoesNotMakeUnknownKeysFetchMore) {
    Site site;
    ProviderKeys keys(site.fetch());
    ASSERT_TRUE(keys.keys_for(provider, "one", start));
    site.is_up = false;
    const auto asked = site.asked.size();
    for (int i = 0; i < 60; ++i) EXPECT_TRUE(keys.keys_for(provider, "two", start + seconds(i)));
    EXPECT_EQ(site.asked.size(), asked + 1);
}

TEST(ProviderKeys, OutlivesAnOutageForADay) {
    Site site;
    ProviderKeys keys(site.fetch());
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
    ProviderKeys keys(site.fetch());
    EXPECT_FALSE(keys.keys_for(provider, "one", start));
    EXPECT_FALSE(keys.keys_for(provider, "one", start + seconds(9)));
    EXPECT_EQ(site.asked.size(), 1U);
    site.is_up = true;
    EXPECT_TRUE(has(keys.keys_for(provider, "one", start + seconds(10)), "one"));
}

TEST(ProviderKeys, AClockThatWasSetBackMakesKeysOld) {
    Site site;
    ProviderKeys keys(site.fetch());
    ASSERT_TRUE(keys.keys_for(provider, "one", start));
    site.is_up = false;
    EXPECT_TRUE(keys.keys_for(provider, "one", start - hours(2)));
    EXPECT_FALSE(keys.keys_for(provider, "one", start - hours(25)));
}

TEST(ProviderKeys, TheDiscoveryDocumentMustBeTheProviders) {
    for (const char* issuer : {"https://idp.example.com/", "https://evil.example", ""}) {
        Site site;
        site.issuer = issuer;
        ProviderKeys keys(site.fetch());
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
        ProviderKeys keys(site.fetch());
        EXPECT_FALSE(keys.keys_for(provider, "one", start)) << url;
        EXPECT_EQ(site.fetches, 0) << url;
    }
}

TEST(ProviderKeys, RefusesWhatIsNoDocument) {
    for (const std::string& text : {std::string("[]"), std::string("{"), std::string(300UL * 1024, ' ')}) {
        ProviderKeys keys([&](const std::string&, const std::vector<std::string>&) { return text; });
        EXPECT_FALSE(keys.keys_for(provider, "one", start));
    }
    int asked = 0;
    ProviderKeys keys([&](const std::string&, const std::vector<std::string>&) -> Result<std::string> {
        ++asked;
        return Error{Fault::internal, "asked"};
    });
    EXPECT_FALSE(keys.keys_for({"http://idp.example.com", {}}, "one", start));
    EXPECT_EQ(asked, 0);
}

TEST(ProviderKeys, OtherThumbprintsAreAnotherTrust) {
    std::vector<std::vector<std::string>> seen;
    Site site;
    ProviderKeys keys([&](const std::string& url, const std::vector<std::string>& thumbprints) {
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
    ProviderKeys keys([&](const std::string& url, const std::vector<std::string>&) -> Result<std::string> {
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

// A fetch that waits until it is let go, so that others can be seen to pass by.
class Gate {
public:
    void wait() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait_for(lock, seconds(30), [this] { return is_open_; });
    }
    void wait_for_one() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, seconds(30), [this] { return waiting_ > 0; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_ = 0;
    bool is_open_ = false;
};

TEST(ProviderKeys, OthersDoNotWaitForAFetch) {
    Site site;
    Gate gate;
    std::atomic<bool> is_slow = false;
    ProviderKeys keys([&](const std::string& url, const std::vector<std::string>& thumbprints) {
        if (is_slow && url.starts_with(provider.url)) gate.wait();
        const std::string issuer = url.starts_with("https://other") ? "https://other.example" : provider.url;
        if (url.find(".well-known") == std::string::npos) return Result<std::string>(site.keys);
        EXPECT_EQ(thumbprints, provider.thumbprints);
        return Result<std::string>(
            json::serialize(json::object{{"issuer", issuer}, {"jwks_uri", site.jwks_uri}}));
    });
    ASSERT_TRUE(keys.keys_for(provider, "one", start));
    is_slow = true;
    std::thread slow([&] { EXPECT_TRUE(keys.keys_for(provider, "one", start + hours(2))); });
    gate.wait_for_one();
    EXPECT_TRUE(has(keys.keys_for(provider, "one", start + hours(2)), "one"));
    EXPECT_TRUE(has(keys.keys_for({"https://other.example", {"aa"}}, "one", start), "one"));
    gate.open();
    slow.join();
}

TEST(ProviderKeys, TheFirstOnesShareOneFetch) {
    std::atomic<int> fetches = 0;
    ProviderKeys keys([&](const std::string& url, const std::vector<std::string>&) -> Result<std::string> {
        if (url.ends_with("/jwks")) return jwks({ec_jwk("one")});
        ++fetches;
        return json::serialize(json::object{{"issuer", provider.url}, {"jwks_uri", provider.url + "/jwks"}});
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] { EXPECT_TRUE(has(keys.keys_for(provider, "one", start), "one")); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(fetches, 1);
}

}  // namespace
}  // namespace countersign::federation
