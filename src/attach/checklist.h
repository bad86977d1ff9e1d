// What a command found out, one line a fact: a tick, a cross or an exclamation mark, and a hint on what to
// do. A value.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.h"

namespace countersign::attach {

enum class Outcome { good, broken, warning };

struct Finding {
    Outcome mark = Outcome::broken;
    std::string what;
    std::string detail = {};  // in words
    std::string hint = {};    // what to do about it; empty when nothing has to be done
};

std::string_view name_of(Outcome mark);  // good, warning, broken

class Checklist {
public:
    void good(std::string what, std::string detail = {});
    void warn(std::string what, std::string detail, std::string hint = {});
    void broken(std::string what, std::string detail, std::string hint = {});

    const std::vector<Finding>& findings() const { return findings_; }
    bool is_broken() const;

    // Each finding from now on is also handed there as soon as it is found.
    void follow(std::function<void(const Finding&)> listener) { listener_ = std::move(listener); }
    formats::json::array json() const;

private:
    void add(Finding finding);

    std::function<void(const Finding&)> listener_;
    std::vector<Finding> findings_;
};

}  // namespace countersign::attach
