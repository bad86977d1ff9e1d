// Users that are made when they are needed: at the first login by a token that everything else speaks for, in
// databases whose owner has asked for it by the tag countersign:users-on-demand. Off without it.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "model/iam.h"

namespace countersign::databases {

// Of a database. Its value names the groups that such users may be made members of, separated by blanks.
inline constexpr std::string_view on_demand_tag = "countersign:users-on-demand";
inline constexpr std::size_t groups_on_demand_max = 10;

inline std::vector<std::string> names_in(std::string_view blank_separated) {
    std::vector<std::string> names;
    for (const std::string_view name : split(blank_separated, ' '))
        if (!name.empty()) names.emplace_back(name);
    return names;
}

// Nothing: the database does not ask for it.
inline std::optional<std::vector<std::string>> groups_on_demand(const std::vector<model::Tag>& tags) {
    const auto tag = std::ranges::find(tags, on_demand_tag, &model::Tag::Key);
    if (tag == tags.end()) return std::nullopt;
    return names_in(tag->Value);
}

struct UserWish {
    std::string user;
    std::vector<std::string> groups;  // beside rds_iam; at most groups_on_demand_max
};

// Whether the user was made now, or by another login at the same time; or had been taken out of service by
// retiring it, and was put back; or was there before: such a role is never changed.
enum class Making { made, made_meanwhile, put_back, was_there };

}  // namespace countersign::databases
