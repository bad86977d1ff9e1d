#include "login/token_fault.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <map>

#include "formats/uri.h"
#include "login/hints.h"
#include "sigv4/token.h"

namespace countersign::login {
namespace {

using enum RefusalCode;

constexpr Instant signing_time{std::chrono::seconds(1'767'225'600)};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

rc::Gen<std::string> letters(int from, int to) {
    return rc::gen::mapcat(rc::gen::inRange(from, to), [](int size) {
        return rc::gen::container<std::string>(static_cast<std::size_t>(size),
                                               rc::gen::elementOf(std::string("abcdefghXYZ0189+/=")));
    });
}

// A token of a long-lived key or of a session.
std::string any_token() {
    const std::string host = *rc::gen::elementOf(
        std::vector<std::string>{"localhost", "c1.cluster-abc123.eu-west-1.rds.amazonaws.com", "10.0.0.7"});
    const std::string session = *rc::gen::oneOf(rc::gen::just(std::string()), letters(100, 900));
    const sigv4::Credentials key{"AKIAIOSFODNN7EXAMPLE", Secret(*letters(40, 41)), session};
    return sigv4::make_token({host, 5432, "us-east-1", "jane"}, key, signing_time);
}

// What is done to tokens on their way, and what that is called.
const std::map<RefusalCode, std::function<std::string(const std::string& token)>> mangles{
    {token_json, [](const std::string& token) { return "{\"token\": \"" + token + "\"}\n"; }},
    {token_wrapped,
     [](const std::string& token) {
         std::string wrapped = token;
         wrapped.insert(*rc::gen::inRange<std::size_t>(1, token.size()),
                        *rc::gen::elementOf(std::vector<std::string>{"\n", "\r\n", "\\\n", "\n  "}));
         return wrapped;
     }},
    {token_line_break, [](const std::string& token) { return token + "\r\n"; }},
    {token_blanks_around, [](const std::string& token) { return "\t" + token; }},
    {token_quoted, [](const std::string& token) { return "b'" + token + "'"; }},
    {token_scheme, [](const std::string& token) { return "https://" + token; }},
    {token_html, [](const std::string& token) { return replaced(token, "&", "&amp;"); }},
    {token_json_escaped, [](const std::string& token) { return replaced(token, "&", "\\u0026"); }},
    {token_backslashes,
     [](const std::string& token) { return replaced(replaced(token, "&", "\\&"), "=", "\\="); }},
    {token_encoded_whole,
     [](const std::string& token) {
         return *rc::gen::arbitrary<bool>() ? formats::percent_encode(token) : replaced(token, "&", "%26");
     }},
    {token_encoded_twice,
     [](const std::string& token) {
         return *rc::gen::arbitrary<bool>() ? formats::percent_encode(formats::percent_encode(token))
                                            : replaced(token, "%", "%25");
     }},
    {token_cut_at_question_mark, [](const std::string& token) { return token.substr(0, token.find('?')); }},
    {token_cut_at_ampersand, [](const std::string& token) { return token.substr(0, token.find('&')); }},
    {token_cut_at_buffer, [](const std::string& token) { return token.substr(0, 255); }},
    {token_cut, [](const std::string& token) { return token.substr(0, token.size() - 1); }},
};

RC_GTEST_PROP(TokenFaults, WhatWasDoneToATokenIsNamed, ()) {
    const std::string token = any_token();
    // One letter less may be what a buffer holds, which is another name for it.
    for (const std::size_t buffer : {255U, 256U, 511U, 512U, 995U, 2047U, 2048U})
        RC_PRE(token.size() != buffer + 1);
    for (const auto& [code, mangle] : mangles) {
        const std::string mangled = mangle(token);
        RC_ASSERT(!sigv4::parse_token(mangled));
        RC_LOG() << row_of(code).name << ": " << mangled << '\n';
        RC_ASSERT(row_of(form_fault_of(mangled).code).name == row_of(code).name);
    }
}

// Eight letters in a row of signature or session token are in no word about it.
RC_GTEST_PROP(TokenFaults, NoPartOfATokenIsShown, ()) {
    constexpr std::size_t shown_at_most = 8;
    const std::string token = any_token();
    for (const auto& [code, mangle] : mangles) {
        const std::string mangled = mangle(token);
        const FormFault fault = form_fault_of(mangled);
        const std::string words =
            sigv4::parse_token(mangled).error().message + fault.looks + hint_for(fault.code, {});
        const std::string signature = token.substr(token.size() - 64);
        for (std::size_t at = 0; at + shown_at_most <= signature.size(); ++at)
            RC_ASSERT(words.find(signature.substr(at, shown_at_most)) == words.npos);
        const std::size_t session = token.find("X-Amz-Security-Token=");
        for (std::size_t at = session; at != token.npos && at + shown_at_most < token.find('&', session);
             ++at)
            RC_ASSERT(words.find(token.substr(at, shown_at_most)) == words.npos ||
                      std::string("X-Amz-Security-Token=").find(token.substr(at, shown_at_most)) !=
                          token.npos);
    }
}

TEST(TokenFaults, AHostAloneWasCutAtTheColonAndAPasswordIsOne) {
    EXPECT_EQ(form_fault_of("localhost").code, token_cut_at_colon);
    EXPECT_EQ(form_fault_of("c1.abc.eu-west-1.rds.amazonaws.com").code, token_cut_at_colon);
    for (const char* password : {"secret", "correct-horse.battery", "localhost1", "a:b", ""})
        EXPECT_EQ(form_fault_of(password).code, token_is_password) << password;
}

TEST(TokenFaults, ABufferIsNamedByItsSizeAlone) {
    const std::string token(2'000, 'x');
    const std::string begun = "localhost:1/?Action=connect&DBUser=" + token;
    EXPECT_EQ(form_fault_of(begun.substr(0, 99)).looks,
              "; it was cut off after 99 bytes, which is what psql 13 and older read at their prompt");
    EXPECT_EQ(form_fault_of(begun.substr(0, 100)).looks, "; it was cut off after 100 bytes");
}

}  // namespace
}  // namespace countersign::login
