#include "policy/check/json_tree.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "formats/json.h"

namespace countersign::policy {

namespace {

class TreeParser {
public:
    explicit TreeParser(std::string_view text) : text_(text) {}

    std::variant<JsonNode, Spot> parse() {
        JsonNode root;
        if (!read_value(root, 0)) return spot_;
        skip_blanks();
        if (!at_end()) return spot_;
        return root;
    }

private:
    bool at_end() const { return at_ == text_.size(); }
    char next() const { return at_end() ? '\0' : text_[at_]; }

    void step() {
        const char passed = text_[at_++];
        if ((static_cast<unsigned char>(passed) & 0xC0) == 0x80) return;
        ++spot_.offset;
        ++spot_.column;
        if (passed != '\n') return;
        ++spot_.line;
        spot_.column = 0;
    }

    void skip_blanks() {
        while (!at_end() && std::string_view(" \t\r\n").find(next()) != std::string_view::npos) step();
    }

    bool take(char wanted) {
        skip_blanks();
        if (at_end() || next() != wanted) return false;
        step();
        return true;
    }

    bool read_value(JsonNode& into, std::size_t depth) {
        skip_blanks();
        if (at_end() || depth > limits::json_depth_max) return false;
        into.extent.start = spot_;
        const bool read = next() == '{'   ? read_object(into, depth)
                          : next() == '[' ? read_array(into, depth)
                          : next() == '"' ? read_text(into)
                                          : read_word(into);
        into.extent.end = spot_;
        return read;
    }

    bool read_object(JsonNode& into, std::size_t depth) {
        into.kind = JsonNode::Kind::object;
        step();
        if (take('}')) return true;
        do {
            skip_blanks();
            JsonMember& member = into.members.emplace_back();
            JsonNode key;
            key.extent.start = spot_;
            if (next() != '"' || !read_text(key)) return false;
            member.key_extent = {key.extent.start, spot_};
            member.key = std::move(key.text);
            if (!take(':') || !read_value(member.value, depth + 1)) return false;
        } while (take(','));
        return take('}');
    }

    bool read_array(JsonNode& into, std::size_t depth) {
        into.kind = JsonNode::Kind::array;
        step();
        if (take(']')) return true;
        do {
            if (!read_value(into.items.emplace_back(), depth + 1)) return false;
        } while (take(','));
        return take(']');
    }

    bool read_text(JsonNode& into) {
        into.kind = JsonNode::Kind::text;
        const std::size_t begin = at_;
        step();
        while (!at_end() && next() != '"' && next() != '\n') {
            if (next() == '\\') step();
            if (!at_end()) step();
        }
        if (next() != '"') return false;
        step();
        const auto said = formats::parse_json(text_.substr(begin, at_ - begin));
        if (!said || !said->is_string()) return false;
        into.text = std::string(std::string_view(said->get_string()));
        return true;
    }

    // A number, true, false or null; where it is none of them, the place is its beginning.
    bool read_word(JsonNode& into) {
        const std::size_t end = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        const std::string_view word = text_.substr(at_, end - at_);
        const auto value = formats::parse_json(word);
        if (!value) return false;
        into.kind = value->is_null()   ? JsonNode::Kind::null
                    : value->is_bool() ? JsonNode::Kind::boolean
                                       : JsonNode::Kind::number;
        into.text = std::string(word);
        while (at_ < end) step();
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Spot spot_;
};

}  // namespace

const JsonMember* JsonNode::member(std::string_view key) const {
    const auto found = std::ranges::find(members, key, &JsonMember::key);
    return found == members.end() ? nullptr : &*found;
}

std::variant<JsonNode, Spot> parse_tree(std::string_view text) {
    return TreeParser(text).parse();
}

}  // namespace countersign::policy
