// What a command found out, one line a fact: a tick, a cross or an exclamation mark, and how to mend it. A
// value.
#pragma once

#include <string>
#include <vector>

#include "formats/json.h"

namespace countersign::cli {

enum class Mark { good, broken, warning };

struct Finding {
    Mark mark = Mark::broken;
    std::string what;
    std::string detail = {};  // in words
    std::string mend = {};    // what to do about it; empty when nothing has to be done
};

class Checklist {
public:
    void good(std::string what, std::string detail = {});
    void warn(std::string what, std::string detail, std::string mend = {});
    void broken(std::string what, std::string detail, std::string mend = {});

    const std::vector<Finding>& findings() const { return findings_; }
    bool is_broken() const;

    // Every finding from now on is printed there as soon as it is found.
    void show() { is_shown_ = true; }
    formats::json::array json() const;

private:
    void add(Finding finding);

    bool is_shown_ = false;
    std::vector<Finding> findings_;
};

}  // namespace countersign::cli
