#include "audit/verify.h"

#include <fmt/format.h>

#include "audit/hba_note.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace countersign::audit {

namespace {

constexpr std::size_t findings_max = 100;

class Walk {
public:
    explicit Walk(const std::vector<ChainHead>& known) : known_(known) {}

    void read(OpenFile& file, bool is_last) {
        const auto from_before_the_chain = file.path.extension() == ".000000000000";
        std::uint64_t number = 0;
        for (std::string line; file.reader.next(line);) {
            here_ = {file.path, ++number, {}};
            if (!from_before_the_chain) take(line);
        }
        if (from_before_the_chain)
            remark({file.path, 0, fmt::format("{} lines from before there was a chain", number)});
        if (file.reader.unfinished_bytes() == 0) return;
        const Finding end{file.path, number + 1, "a line without an end"};
        if (is_last)
            remark(end);
        else
            fault(end);
    }

    Verification finish() && {
        for (const ChainHead& head : known_)
            if (head.seq > found_.end.seq)
                fault({here_.file, here_.line,
                       fmt::format("lines {} to {} are missing at the end", found_.end.seq + 1, head.seq)});
        const auto time_of = [](const std::string& line) {
            const auto entry = entry_in(line);
            return entry ? entry->time : std::string();
        };
        found_.first_time = time_of(first_line_);
        found_.last_time = time_of(last_line_);
        return std::move(found_);
    }

private:
    void take(const std::string& line) {
        ++found_.lines;
        const std::optional<ChainPosition> position = position_of(line);
        const bool is_first = found_.first_seq == 0;
        const bool follows = position && position->seq == found_.end.seq + 1;
        if (!follows && !(position && entry_in(line))) return fault_here("this is no line of the chain");
        if (is_first) {
            found_.first_seq = position->seq;
            first_line_ = line;
        } else {
            compare(*position);
        }
        found_.end = ChainHead{position->seq, crypto::sha256_hex(line)};
        last_line_ = line;
        before_ = here_;
        compare_with_known();
        if (line.find("\"decision\":\"noted\"") != std::string::npos) remark_note(line);
        if (!is_utf8(line)) remark({here_.file, here_.line, "it has bytes that are not UTF-8"});
    }

    void compare(const ChainPosition& position) {
        const std::uint64_t expected = found_.end.seq + 1;
        if (position.seq > expected + 1)
            return fault_here(
                fmt::format("lines {} to {} are missing before it", expected, position.seq - 1));
        if (position.seq > expected) return fault_here(fmt::format("line {} is missing before it", expected));
        if (position.seq < expected)
            return fault_here(
                fmt::format("it has the number {} where {} should stand", position.seq, expected));
        if (position.previous == found_.end.hash) return;
        Finding changed = before_;
        changed.what = fmt::format("line {} is not the one that was written: line {} has another hash of it",
                                   found_.end.seq, position.seq);
        fault(std::move(changed));
    }

    void compare_with_known() {
        for (const ChainHead& head : known_)
            if (head.seq == found_.end.seq && head.hash != found_.end.hash)
                fault_here(fmt::format("line {} is not the one that was written: its hash is {}, not {}",
                                       head.seq, found_.end.hash, head.hash));
    }

    void remark_note(const std::string& line) {
        const auto entry = entry_in(line);
        if (!entry || entry->decision != Decision::noted || entry->check == hba_check) return;
        Finding noted = here_;
        noted.what = entry->time + ": " + entry->reason;
        remark(std::move(noted));
    }

    void fault_here(std::string what) {
        Finding finding = here_;
        finding.what = std::move(what);
        fault(std::move(finding));
    }
    void fault(Finding finding) {
        if (found_.broken.size() < findings_max) found_.broken.push_back(std::move(finding));
    }
    void remark(Finding finding) {
        if (found_.remarks.size() < findings_max) found_.remarks.push_back(std::move(finding));
    }

    const std::vector<ChainHead>& known_;
    Verification found_;
    Finding here_;
    Finding before_;
    std::string first_line_;
    std::string last_line_;
};

}  // namespace

Verification verify(std::vector<OpenFile> files, const std::vector<ChainHead>& known) {
    Walk walk(known);
    for (OpenFile& file : files) walk.read(file, &file == &files.back());
    return std::move(walk).finish();
}

}  // namespace countersign::audit
