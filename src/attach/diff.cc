#include "attach/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace countersign::attach {

namespace {

constexpr std::size_t context_lines = 3;

using Lines = std::vector<std::string_view>;

Lines diff_lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1);
        lines.push_back(text.substr(0, end + 1));
        text.remove_prefix(end + 1);
    }
    return lines;
}

struct Hunk {
    std::size_t first = 0;  // line from which both differ
    std::size_t old_end = 0;
    std::size_t new_end = 0;
};

Hunk hunk_of(const Lines& before, const Lines& after) {
    Hunk hunk{0, before.size(), after.size()};
    while (hunk.first < std::min(before.size(), after.size()) && before[hunk.first] == after[hunk.first])
        ++hunk.first;
    while (hunk.old_end > hunk.first && hunk.new_end > hunk.first &&
           before[hunk.old_end - 1] == after[hunk.new_end - 1]) {
        --hunk.old_end;
        --hunk.new_end;
    }
    return hunk;
}

void add(std::string& text, char sign, const Lines& lines, std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
        text.append(1, sign).append(lines[i]);
        if (!lines[i].ends_with('\n')) text += "\n\\ No newline at end of file\n";
    }
}

}  // namespace

std::string unified_diff(const std::string& file, std::string_view before, std::string_view after) {
    if (before == after) return {};
    const Lines old_lines = diff_lines_of(before);
    const Lines new_lines = diff_lines_of(after);
    const Hunk hunk = hunk_of(old_lines, new_lines);
    const std::size_t first = hunk.first - std::min(hunk.first, context_lines);
    const std::size_t behind = std::min(context_lines, old_lines.size() - hunk.old_end);
    const std::size_t old_count = hunk.old_end + behind - first;
    const std::size_t new_count = hunk.new_end + behind - first;
    std::string text =
        fmt::format("--- {0}\n+++ {0}\n@@ -{1},{2} +{3},{4} @@\n", file, first + (old_count > 0 ? 1 : 0),
                    old_count, first + (new_count > 0 ? 1 : 0), new_count);
    add(text, ' ', old_lines, first, hunk.first);
    add(text, '-', old_lines, hunk.first, hunk.old_end);
    add(text, '+', new_lines, hunk.first, hunk.new_end);
    add(text, ' ', old_lines, hunk.old_end, hunk.old_end + behind);
    return text;
}

}  // namespace countersign::attach
