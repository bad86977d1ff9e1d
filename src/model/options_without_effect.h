// Options of RDS that databases on one's own machine take and give back, though nothing comes of them. The
// one table of them: documentation, events, `doctor` and refusals are made of it. Pure.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/rds.h"

namespace countersign::model {

enum class Promise {
    nothing,  // that anybody could rely on in error
    safety,   // of data: taken on a server of loopback alone, and where the one who runs it said so
};

struct OptionWithoutEffect {
    std::string_view name;  // as serve --accept-without-effect and the events have it
    Promise promise;
    std::string_view parameters;  // of the API
    std::string_view kept;        // the attribute passed through that says that it is on; empty: none does
    std::string_view sentence;    // what is so instead
};

namespace option {
inline constexpr std::string_view storage_encryption = "storage-encryption";
inline constexpr std::string_view multi_az = "multi-az";
inline constexpr std::string_view engine_minor_version = "engine-minor-version";
inline constexpr std::string_view associated_roles = "associated-roles";
}  // namespace option

std::span<const OptionWithoutEffect> options_without_effect();
const OptionWithoutEffect& option_without_effect(std::string_view name);  // one of the table

// Names of the options that are on, in the table's order.
std::vector<std::string_view> options_on(const PassthroughAttributes& kept);
std::vector<std::string_view> options_on(const DBCluster& cluster);
std::vector<std::string_view> options_on(const DBInstance& instance);

// Which of the options that promise safety a server takes. The zero value takes none.
struct OptionPolicy {
    bool everything = false;
    std::set<std::string, std::less<>> named;
    std::set<std::string, std::less<>> true_here;  // what they promise is so

    bool takes(const OptionWithoutEffect& option) const {
        return option.promise == Promise::nothing || everything || named.contains(option.name) ||
               is_true(option.name);
    }
    bool is_true(std::string_view name) const { return true_here.contains(name); }
};

}  // namespace countersign::model
