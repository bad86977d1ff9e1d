#include "attach/hba.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

namespace countersign::attach {

namespace {

constexpr std::string_view begin_mark = "# BEGIN Countersign ";
constexpr std::string_view end_mark = "# END Countersign ";

// A physical line with its end.
struct Line {
    std::size_t first = 0;
    std::size_t size = 0;
};

std::vector<Line> hba_lines_of(std::string_view text) {
    std::vector<Line> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        const std::size_t size = (end == std::string_view::npos ? text.size() : end + 1) - at;
        lines.push_back({at, size});
        at += size;
    }
    return lines;
}

std::string_view content(std::string_view text, const Line& line) {
    std::string_view whole = text.substr(line.first, line.size);
    while (whole.ends_with('\n') || whole.ends_with('\r')) whole.remove_suffix(1);
    return whole;
}

// Splits a line into fields as PostgreSQL does: at blanks outside quotes; a comma goes on behind blanks; `#`
// begins a comment.
class Fields {
public:
    explicit Fields(std::string_view line) {
        for (const char c : line)
            if (!take(c)) break;
        end_field();
    }
    const std::string& at(std::size_t number) const {
        return number < fields_.size() ? fields_[number] : none_;
    }

private:
    bool take(char c) {
        if (c == '"') {
            quoted_ = !quoted_;
            return open_ = true;
        }
        if (c == '#' && !quoted_) return false;
        if ((c == ' ' || c == '\t') && !quoted_) {
            if (!field_.ends_with(',')) end_field();
            return true;
        }
        field_ += c;
        return open_ = true;
    }
    void end_field() {
        if (open_) fields_.push_back(field_);
        field_.clear();
        open_ = false;
    }

    std::vector<std::string> fields_;
    std::string field_;
    const std::string none_;
    bool quoted_ = false;
    bool open_ = false;
};

// Whether a member of rds_iam who comes over TCP could be let in by this line, or by those that it includes.
bool could_admit(const std::string& line) {
    const Fields fields(line);
    const std::string& type = fields.at(0);
    if (type.starts_with("include")) return true;
    if (!type.starts_with("host")) return false;
    return fields.at(4) != "reject" && fields.at(5) != "reject";
}

// Where the block goes: a line that ends with a backslash goes on in the next one.
std::size_t place_in(std::string_view text) {
    std::size_t first = 0;  // of the line that goes on
    std::string whole;
    bool goes_on = false;
    for (const Line& line : hba_lines_of(text)) {
        if (!goes_on) {
            first = line.first;
            whole.clear();
        }
        const std::string_view part = content(text, line);
        goes_on = part.ends_with('\\');
        whole += part.substr(0, part.size() - (goes_on ? 1 : 0));
        if (!goes_on && could_admit(whole)) return first;
    }
    return goes_on ? first : text.size();
}

struct Span {
    std::size_t first = 0;
    std::size_t end = 0;
};

Error broken_markers() {
    return Error{Fault::conflict,
                 "pg_hba.conf has lines of Countersign's whose markers were changed; take the lines from "
                 "\"# BEGIN Countersign\" to \"# END Countersign\" out by hand"};
}

// The block in the text, if there is one of any server.
Result<std::optional<Span>> find_block(std::string_view text, std::string_view resource_id) {
    std::optional<Span> found;
    bool open = false;
    for (const Line& line : hba_lines_of(text)) {
        const std::string_view whole = content(text, line);
        const bool begins = whole.starts_with(begin_mark);
        if (!begins && !whole.starts_with(end_mark)) continue;
        if (begins == open || (begins && found)) return broken_markers();
        const std::string_view named = whole.substr(begins ? begin_mark.size() : end_mark.size());
        if (named.substr(0, named.find(' ')) != resource_id)
            return Error{Fault::conflict,
                         fmt::format("pg_hba.conf has the lines of another attached server, {}",
                                     named.substr(0, named.find(' ')))};
        if (begins) found = Span{line.first, text.size()};
        if (!begins) found->end = line.first + line.size;
        open = begins;
    }
    if (open) return broken_markers();
    return found;
}

}  // namespace

std::string block_text(const HbaBlock& block) {
    return fmt::format(
        "{0}{2} (`countersign detach {3}` takes these lines out)\n"
        "hostnossl all             +rds_iam        all                     reject\n"
        "hostssl   all             +rds_iam        all                     pam pamservice={4}\n"
        "{1}{2}\n",
        begin_mark, end_mark, block.resource_id, block.name, block.service);
}

Result<std::string> with_block(std::string_view text, const HbaBlock& block) {
    const std::string rest = TRY(without_block(text, block.resource_id));
    const std::size_t place = place_in(rest);
    std::string before = rest.substr(0, place);
    if (!before.empty() && !before.ends_with('\n')) before += '\n';
    return before + block_text(block) + rest.substr(place);
}

Result<std::string> without_block(std::string_view text, std::string_view resource_id) {
    const std::optional<Span> found = TRY(find_block(text, resource_id));
    if (!found) return std::string(text);
    return std::string(text.substr(0, found->first)) + std::string(text.substr(found->end));
}

bool has_block(std::string_view text, std::string_view resource_id) {
    const auto found = find_block(text, resource_id);
    return found && found->has_value();
}

}  // namespace countersign::attach
