#include "databases/engines/local/extension_script.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace countersign::databases::local {

namespace {

constexpr std::array<std::string_view, 17> harmless_beginnings{"alter extension ",
                                                               "alter function ",
                                                               "comment on ",
                                                               "create access method ",
                                                               "create foreign data wrapper ",
                                                               "create function ",
                                                               "create operator class ",
                                                               "create or replace function ",
                                                               "create or replace view ",
                                                               "create text search dictionary ",
                                                               "create text search template ",
                                                               "create type ",
                                                               "create view ",
                                                               "drop function ",
                                                               "drop view ",
                                                               "grant ",
                                                               "revoke "};

bool is_blank(char letter) {
    return std::string_view(" \t\r\n\f\v").find(letter) != std::string_view::npos;
}

bool is_name_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || static_cast<unsigned char>(letter) >= 0x80;
}

// The length of `$tag$` at the beginning of the text; 0 where there is none.
std::size_t dollar_tag(std::string_view text) {
    std::size_t at = 1;
    while (at < text.size() && is_name_letter(text[at])) ++at;
    return text.starts_with('$') && at < text.size() && text[at] == '$' ? at + 1 : 0;
}

class Scanner {
public:
    explicit Scanner(std::string_view script) : left_(script) {}

    std::optional<std::vector<std::string>> statements() {
        while (!left_.empty())
            if (!step()) return std::nullopt;
        end_statement();
        return statements_;
    }

private:
    bool step() {
        if (left_.starts_with('\\') && trimmed(statement_).empty()) return skip_line();
        if (left_.starts_with("--")) return skip_line();
        if (left_.starts_with("/*")) return skip_comment();
        if (left_.starts_with('\'') || left_.starts_with('"')) return take_quoted();
        const std::size_t tag = dollar_tag(left_);
        if (tag > 0) return take_dollar_quoted(tag);
        const char letter = left_.front();
        left_.remove_prefix(1);
        if (letter == '\\') return false;
        if (letter == ';' && !is_within_body())
            end_statement();
        else if (!is_blank(letter))
            statement_ += letter;
        else
            add_blank();
        return true;
    }

    // A function's statements of their own: BEGIN ATOMIC ...; END
    bool is_within_body() const {
        const std::string small = lower(statement_);
        return small.find(" begin atomic ") != small.npos && !trimmed(small).ends_with(" end");
    }

    void add_blank() {
        if (!statement_.empty() && statement_.back() != ' ') statement_ += ' ';
    }

    void end_statement() {
        const std::string_view whole = trimmed(statement_);
        if (!whole.empty()) statements_.emplace_back(whole);
        statement_.clear();
    }

    bool skip_line() {
        left_.remove_prefix(std::min(left_.find('\n'), left_.size()));
        add_blank();
        return true;
    }

    // PostgreSQL's comments nest; one that begins another is left to nobody's reading.
    bool skip_comment() {
        const std::size_t end = left_.find("*/", 2);
        if (end == left_.npos || left_.substr(2, end - 2).find("/*") != left_.npos) return false;
        left_.remove_prefix(end + 2);
        add_blank();
        return true;
    }

    bool take(std::size_t end, std::size_t tail) {
        if (end == left_.npos) return false;
        const std::string_view quoted = left_.substr(0, end + tail);
        if (!quoted.starts_with('$') && quoted.find('\\') != left_.npos) return false;
        statement_ += quoted;
        left_.remove_prefix(end + tail);
        return true;
    }

    // A doubled quote within is the end of one text and the beginning of the next, which is as good.
    bool take_quoted() { return take(left_.find(left_.front(), 1), 1); }
    bool take_dollar_quoted(std::size_t tag) { return take(left_.find(left_.substr(0, tag), tag), tag); }

    std::string_view left_;
    std::string statement_;
    std::vector<std::string> statements_;
};

bool is_harmless(const std::string& statement) {
    const std::string small = lower(statement);
    return std::ranges::any_of(harmless_beginnings,
                               [&](std::string_view beginning) { return small.starts_with(beginning); });
}

}  // namespace

std::optional<std::vector<std::string>> statements_of(std::string_view script) {
    return Scanner(script).statements();
}

std::optional<std::size_t> definers_in(std::string_view script) {
    const auto statements = statements_of(script);
    if (!statements) return std::nullopt;
    return static_cast<std::size_t>(std::ranges::count_if(*statements, [](const std::string& statement) {
        return lower(statement).find("security definer") != std::string::npos;
    }));
}

bool makes_definers(std::string_view script) {
    return definers_in(script) != 0U;
}

// PostgreSQL would put names of the user's in the place of @extschema@ and its kind before it reads the
// script.
bool executes_nothing(std::string_view script) {
    const auto statements = statements_of(script);
    return statements && script.find("@ext") == script.npos && std::ranges::all_of(*statements, is_harmless);
}

}  // namespace countersign::databases::local
