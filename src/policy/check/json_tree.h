// A JSON document with the place of everything in it, and the place where it stops being JSON.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace countersign::policy {

// Lines begin with 1, columns and offsets with 0, all counted in characters. Source: IAM Access Analyzer API
// Reference, "Position".
struct Spot {
    std::size_t line = 1;
    std::size_t column = 0;
    std::size_t offset = 0;

    bool operator==(const Spot&) const = default;
};

struct Extent {
    Spot start;
    Spot end;  // exclusive

    bool operator==(const Extent&) const = default;
};

struct JsonMember;

struct JsonNode {
    enum class Kind { object, array, text, number, boolean, null };

    Kind kind = Kind::null;
    Extent extent;
    std::string text;                 // of a text what it says; of a number or boolean as it is written
    std::vector<JsonMember> members;  // of an object, in order; a key may come twice
    std::vector<JsonNode> items;      // of an array

    const JsonMember* member(std::string_view key) const;  // the first of that name; nullptr: none
    bool is(Kind other) const { return kind == other; }
};

struct JsonMember {
    std::string key;
    Extent key_extent;
    JsonNode value;
};

// The document, or the place of the first thing that is not JSON. Never deeper than limits::json_depth_max.
std::variant<JsonNode, Spot> parse_tree(std::string_view text);

}  // namespace countersign::policy
