#include "attach/hba.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace countersign::attach {

namespace {

constexpr std::string_view begin_mark = "# BEGIN Countersign ";
constexpr std::string_view end_mark = "# END Countersign ";
constexpr std::string_view on_demand_mark = " users on demand";

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

// Whether it could be by a line that names no user: one who is not there yet is a member of nothing.
bool could_admit_anybody(const std::string& line) {
    if (!could_admit(line)) return false;
    const Fields fields(line);
    if (fields.at(0).starts_with("include")) return true;
    for (const std::string_view user : split(fields.at(2), ','))
        if (user == "all" || user.starts_with('/') || user.starts_with('@')) return true;
    return false;
}

// In front of the first line for which that holds: a line that ends with a backslash goes on in the next one.
std::size_t place_in(std::string_view text, bool (*holds)(const std::string&)) {
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
        if (!goes_on && holds(whole)) return first;
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

// The blocks in the text; of one kind there is one at most.
Result<std::vector<Span>> find_blocks(std::string_view text, std::string_view resource_id) {
    std::vector<Span> found;
    std::vector<bool> kinds;  // of those found: whether it is for users on demand
    bool open = false;
    for (const Line& line : hba_lines_of(text)) {
        const std::string_view whole = content(text, line);
        const bool begins = whole.starts_with(begin_mark);
        if (!begins && !whole.starts_with(end_mark)) continue;
        const std::string_view named = whole.substr(begins ? begin_mark.size() : end_mark.size());
        const bool on_demand = named.find(on_demand_mark) != std::string_view::npos;
        if (begins == open || (begins && std::ranges::find(kinds, on_demand) != kinds.end()))
            return broken_markers();
        if (named.substr(0, named.find(' ')) != resource_id)
            return Error{Fault::conflict,
                         fmt::format("pg_hba.conf has the lines of another attached server, {}",
                                     named.substr(0, named.find(' ')))};
        if (begins) {
            found.push_back({line.first, text.size()});
            kinds.push_back(on_demand);
        } else {
            found.back().end = line.first + line.size;
        }
        open = begins;
    }
    if (open) return broken_markers();
    return found;
}

std::string begin_line(const HbaBlock& block, std::string_view kind) {
    return fmt::format("{}{}{} (`countersign detach {}` takes these lines out)\n", begin_mark,
                       block.resource_id, kind, block.name);
}

// As pg_hba.conf has a name that is no word of its own.
std::string database_field(const std::string& name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == '.';
    };
    constexpr std::array<std::string_view, 5> words = {"all", "sameuser", "samerole", "samegroup",
                                                       "replication"};
    const bool is_plain = std::ranges::all_of(name, plain) && std::ranges::find(words, name) == words.end();
    return is_plain ? name : '"' + name + '"';
}

std::string with_lines(std::string_view text, std::size_t place, const std::string& lines) {
    std::string whole(text.substr(0, place));
    if (!whole.empty() && !whole.ends_with('\n')) whole += '\n';
    return whole + lines + std::string(text.substr(place));
}

}  // namespace

std::string block_text(const HbaBlock& block) {
    return fmt::format(
        "{}"
        "hostnossl all             +rds_iam        all                     reject\n"
        "hostssl   all             +rds_iam        all                     pam pamservice={}\n"
        "{}{}\n",
        begin_line(block, ""), block.service, end_mark, block.resource_id);
}

std::string on_demand_text(const HbaBlock& block) {
    if (block.on_demand.empty()) return {};
    std::vector<std::string> names;
    names.reserve(block.on_demand.size());
    for (const std::string& name : block.on_demand) names.push_back(database_field(name));
    return fmt::format("{}hostssl   {:<15} all             all                     pam pamservice={}\n{}{}\n",
                       begin_line(block, on_demand_mark), joined(names, ","), block.service, end_mark,
                       block.resource_id);
}

Result<std::string> with_block(std::string_view text, const HbaBlock& block) {
    std::string rest = TRY(without_block(text, block.resource_id));
    const std::string on_demand = on_demand_text(block);
    if (on_demand.empty()) return with_lines(rest, place_in(rest, could_admit), block_text(block));
    if (!rest.empty() && !rest.ends_with('\n')) rest += '\n';
    // The second block first: the place of the other is in front of it, or the same.
    const std::size_t place = place_in(rest, could_admit);
    const std::string with_second = with_lines(rest, place_in(rest, could_admit_anybody), on_demand);
    return with_lines(with_second, place, block_text(block));
}

Result<std::string> without_block(std::string_view text, std::string_view resource_id) {
    const std::vector<Span> blocks = TRY(find_blocks(text, resource_id));
    std::string rest;
    std::size_t at = 0;
    for (const Span& block : blocks) {
        rest += text.substr(at, block.first - at);
        at = block.end;
    }
    return rest + std::string(text.substr(at));
}

bool has_block(std::string_view text, std::string_view resource_id) {
    const auto found = find_blocks(text, resource_id);
    return found && !found->empty();
}

}  // namespace countersign::attach
