#include "console/signin/visit.h"

#include <gtest/gtest.h>

#include "console/signin/html.h"

namespace countersign::console {
namespace {

const Site site{"https://db.example:7070", {"db.example", "[::1]"}, true};

http::Request with(std::vector<http::Header> headers) {
    return {"POST", "/device", std::move(headers), "a=1&b=%20x", ""};
}

TEST(Visit, IsForANameOfTheServersOwn) {
    for (const char* host : {"db.example", "DB.example:7070", "[::1]", "[::1]:7070"})
        EXPECT_TRUE(check_host(with({{"Host", host}}), site)) << host;
    for (const char* host : {"", "elsewhere.example", "db.example.elsewhere.example", "::1", "7070"})
        EXPECT_FALSE(check_host(with({{"Host", host}}), site)) << host;
    EXPECT_FALSE(check_host(with({}), site));
}

TEST(Visit, TakesFormsOfItsOwnPagesAlone) {
    EXPECT_TRUE(check_same_origin(with({{"Host", "db.example:7070"}, {"Sec-Fetch-Site", "same-origin"}})));
    EXPECT_TRUE(
        check_same_origin(with({{"Host", "db.example:7070"}, {"Origin", "https://db.example:7070"}})));
    for (const auto& [name, value] : std::vector<http::Header>{{"Sec-Fetch-Site", "cross-site"},
                                                               {"Sec-Fetch-Site", "same-site"},
                                                               {"Sec-Fetch-Site", "none"},
                                                               {"Origin", "https://elsewhere.example"},
                                                               {"Origin", "https://db.example"},
                                                               {"Origin", "null"},
                                                               {"Referer", "https://db.example:7070/device"}})
        EXPECT_FALSE(check_same_origin(with({{"Host", "db.example:7070"}, {name, value}}))) << name << value;
}

TEST(Visit, KnowsItsCookie) {
    EXPECT_EQ(cookie_of(with({{"Cookie", "a=b; __Host-countersign=xyz; c=d"}}), site), "xyz");
    EXPECT_EQ(cookie_of(with({{"Cookie", "countersign=xyz"}}), site), "");
    EXPECT_EQ(set_cookie(site, "xyz").second,
              "__Host-countersign=xyz; Path=/; HttpOnly; SameSite=Strict; Secure");
}

TEST(Visit, LeadsToPagesOfItsOwnAlone) {
    for (const char* good :
         {"/device?user_code=ABCD-EFGH", "/start/d-0123456789", "/authorize?client_id=x%2Fy", "/console"})
        EXPECT_EQ(safe_path(good), good);
    for (const char* bad :
         {"", "/", "//elsewhere.example/", "https://elsewhere.example/", "/devices", "/start\\x",
          "/start/\r\nSet-Cookie: a=b", "/\\elsewhere.example", "/device.elsewhere"})
        EXPECT_EQ(safe_path(bad), "/start") << bad;
}

TEST(Html, ShowsForeignTextAsText) {
    EXPECT_EQ(escaped("<img src=x onerror='a&b'>\""), "&lt;img src=x onerror=&#39;a&amp;b&#39;&gt;&quot;");
    EXPECT_EQ(hidden("a", "\"><script>"),
              "<input type=\"hidden\" name=\"a\" value=\"&quot;&gt;&lt;script&gt;\">\n");
}

}  // namespace
}  // namespace countersign::console
