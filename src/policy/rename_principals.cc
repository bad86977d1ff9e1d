#include "policy/rename_principals.h"

#include <vector>

#include "formats/json.h"
#include "policy/draft.h"
#include "policy/json_walk.h"

namespace countersign::policy {

namespace {

// Calls `on_member` with each key of the object that starts here; it must go past the member's value.
template <class OnMember>
void each_member(Walk& walk, OnMember on_member) {
    if (!walk.take('{')) return walk.skip_value();
    while (!walk.at_end() && !walk.take('}')) {
        const std::string key = text_of(walk.take_string());
        walk.take(':');
        on_member(key);
        walk.take(',');
    }
}

// The same for each item of a list, or for one value that is none.
template <class OnItem>
void each_item(Walk& walk, OnItem on_item) {
    if (!walk.take('[')) return on_item();
    while (!walk.at_end() && !walk.take(']')) {
        on_item();
        walk.take(',');
    }
}

// The string literals that name principals of type AWS, with their quotes, in the order of the text.
class Names {
public:
    explicit Names(std::string_view text) : walk_(text) {}

    std::vector<std::string_view> find() {
        each_member(walk_, [this](const std::string& key) {
            if (key != "Statement") return walk_.skip_value();
            each_item(walk_, [this] { in_statement(); });
        });
        return std::move(found_);
    }

private:
    void in_statement() {
        each_member(walk_, [this](const std::string& key) {
            if (key != "Principal" && key != "NotPrincipal") return walk_.skip_value();
            each_member(walk_, [this](const std::string& type) { in_principals(type); });
        });
    }

    void in_principals(const std::string& type) {
        if (type != "AWS") return walk_.skip_value();
        each_item(walk_, [this] { found_.push_back(walk_.take_string()); });
    }

    Walk walk_;
    std::vector<std::string_view> found_;
};

}  // namespace

Result<std::string> rename_principals(std::string_view text, const NewName& new_name) {
    if (!read_draft(text)) return std::string(text);
    std::string renamed;
    const char* kept = text.data();
    for (const std::string_view literal : Names(text).find()) {
        const std::string name = text_of(literal);
        const std::string now = TRY(new_name(name));
        if (now == name) continue;
        renamed.append(kept, literal.data());
        renamed += formats::json::serialize(formats::json::value(now));
        kept = literal.data() + literal.size();
    }
    return renamed.append(kept, text.data() + text.size());
}

}  // namespace countersign::policy
