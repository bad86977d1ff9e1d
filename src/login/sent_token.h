// What a client sent for its password, read as a token once: whoever needs what the token says takes this,
// and none of the functions of a login takes a token's text. Immutable; its text is not kept. Safe to use
// from any thread.
#pragma once

#include <string_view>

#include "base/result.h"
#include "sigv4/token.h"

namespace countersign::login {

class SentToken {
public:
    SentToken() : SentToken(std::string_view()) {}
    // The text must outlive it.
    explicit SentToken(std::string_view text) : text_(text), parsed_(sigv4::parse_token(text)) {}

    std::string_view text() const { return text_; }
    // nullptr when the text is no token.
    const sigv4::PresentedToken* token() const { return parsed_ ? &*parsed_ : nullptr; }
    // Why it is none: a sentence, and never a part of the text.
    const std::string& fault() const { return parsed_.error().message; }

private:
    std::string_view text_;
    Result<sigv4::PresentedToken> parsed_;
};

}  // namespace countersign::login
