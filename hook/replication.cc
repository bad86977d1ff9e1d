#include "replication.h"

#include <string.h>

namespace countersign::hook {
namespace {

struct Word {
    const char* at;
    size_t size;
};

bool is_space(char letter) {
    return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

// The scanner's letters of an identifier, digits in front allowed.
bool is_in_word(char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '$' || byte >= 0x80;
}

Word word_at(const char* text) {
    size_t size = 0;
    while (is_in_word(text[size])) ++size;
    return {text, size};
}

bool is(const Word& word, const char* keyword) {
    return word.size == strlen(keyword) && memcmp(word.at, keyword, word.size) == 0;
}

// Keywords have upper case alone. Null unless `text` is blank, then the keyword, then blank.
const char* after_keyword(const char* text, const char* keyword) {
    if (text == nullptr || !is_space(*text)) return nullptr;
    while (is_space(*text)) ++text;
    const Word word = word_at(text);
    const char* const end = text + word.size;
    return is(word, keyword) && is_space(*end) ? end : nullptr;
}

// Null unless `text` is blank, then a name, in double quotes or bare, then blank.
const char* after_name(const char* text) {
    if (text == nullptr || !is_space(*text)) return nullptr;
    while (is_space(*text)) ++text;
    if (*text == '"') {
        const char* const quote = strchr(text + 1, '"');
        if (quote == nullptr || quote == text + 1) return nullptr;
        text = quote + 1;
    } else {
        const Word word = word_at(text);
        if (word.size == 0) return nullptr;
        text += word.size;
    }
    return is_space(*text) ? text : nullptr;
}

// A physical command has no LOGICAL after its slot, in any version's grammar.
bool makes_logical_slot(const char* text) {
    const char* const named = after_name(text);
    const char* const temporary = after_keyword(named, "TEMPORARY");
    return after_keyword(temporary != nullptr ? temporary : named, "LOGICAL") != nullptr;
}

bool streams_logically(const char* text) {
    return after_keyword(after_name(after_keyword(text, "SLOT")), "LOGICAL") != nullptr;
}

constexpr const char* harmless[] = {"IDENTIFY_SYSTEM", "SHOW", "DROP_REPLICATION_SLOT",
                                    "ALTER_REPLICATION_SLOT"};
constexpr const char* physical[] = {"BASE_BACKUP", "TIMELINE_HISTORY", "READ_REPLICATION_SLOT",
                                    "UPLOAD_MANIFEST"};

template <size_t count>
bool is_one_of(const Word& word, const char* const (&keywords)[count]) {
    for (const char* keyword : keywords) {
        if (is(word, keyword)) return true;
    }
    return false;
}

ReplicationCommand logical_if(bool logical) {
    return logical ? ReplicationCommand::logical : ReplicationCommand::refused;
}

}  // namespace

// PostgreSQL decides by the first token whether a text is a replication command; only blanks can precede it.
ReplicationCommand replication_command(const char* text) {
    if (text == nullptr) return ReplicationCommand::none;
    while (*text != '\0' && !is_in_word(*text)) ++text;
    const Word first = word_at(text);
    const char* const rest = text + first.size;
    if (is(first, "START_REPLICATION")) return logical_if(streams_logically(rest));
    if (is(first, "CREATE_REPLICATION_SLOT")) return logical_if(makes_logical_slot(rest));
    if (is_one_of(first, harmless)) return ReplicationCommand::logical;
    return is_one_of(first, physical) ? ReplicationCommand::refused : ReplicationCommand::none;
}

}  // namespace countersign::hook
