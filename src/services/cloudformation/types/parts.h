// What rows of types share: reading properties, and parts of a resource that are calls of their own, such as
// the policies of a user or its tags.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/cloudformation/types/type.h"

namespace countersign::cloudformation {

// Services by their signing names, and what rows of properties say often.
inline constexpr std::string_view iam = "iam";
inline constexpr std::string_view rds = "rds";
inline constexpr std::string_view ec2 = "ec2";
inline constexpr Change replacement = Change::replacement;
inline constexpr Change in_place = Change::in_place;
inline constexpr std::string_view tag_members = "Key Value";

std::string text_in(const json::object& object, std::string_view name);  // empty: it is not there
std::vector<std::string> texts_in(const json::object& object, std::string_view name);
bool flag_in(const json::object& object, std::string_view name);
// A document as text: one that is an object is written out.
std::string document_in(const json::object& object, std::string_view name);
// A member of an answer, by its path; nullptr: it is not there.
const json::value* at_path(const json::object& object, std::initializer_list<std::string_view> path);
std::string text_at(const json::object& object, std::initializer_list<std::string_view> path);

bool changed(const Job& job, std::string_view property);
// The properties of these names as a call's members.
void copy(const json::object& from, std::initializer_list<std::string_view> names, json::object& to);

// True where the error says that what was named is not there (or is there already).
bool says_missing(const Error& error);
bool says_exists(const Error& error);
Result<void> unless_missing(Result<json::object> answer);
// What a call that makes something found there already, if an attempt that was cut off may have made it.
Result<void> unless_made(const Job& job, Result<json::object> answer);

// Whether what a call asks for is there.
Result<bool> is_there(Result<json::object> answer);

struct Owner {
    std::string_view service;
    std::string_view member;  // UserName
    std::string value;
};

// Items that are added and removed one by one.
struct ItemPart {
    std::string_view property;
    std::string_view member;  // of the call
    std::string_view add;
    std::string_view remove;
};
Result<void> sync_items(const Job& job, const Owner& owner, const ItemPart& part);

// Inline policies, by name. `kind`: User, Group or Role.
Result<void> sync_inline(const Job& job, const Owner& owner, std::string_view kind);
Result<void> sync_tags(const Job& job, const Owner& owner, std::string_view tag, std::string_view untag);

// Calls as of a resource that is to have nothing of it any more.
Job without_properties(const Job& job, const json::object& nothing);

}  // namespace countersign::cloudformation
