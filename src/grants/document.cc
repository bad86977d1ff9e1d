#include "grants/document.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "databases/predefined_roles.h"
#include "formats/json.h"

namespace countersign::grants {

namespace json = formats::json;

namespace {

Error wrong(std::string what) {
    return Error{Fault::invalid, std::move(what)};
}

Result<std::string> name_in(std::string_view name, std::string_view place) {
    const bool is_plain =
        std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (name.empty() || name.size() > databases::role_name_bytes_max || !is_plain || !is_utf8(name))
        return wrong(
            fmt::format("{}: '{}' is no name that PostgreSQL has: 1 to 63 bytes without control characters",
                        place, printable(name)));
    return std::string(name);
}

// Roles whose definition is not a file's matter.
Result<std::string> own_name_in(std::string_view name, std::string_view place) {
    if (name.starts_with("pg_") || name.starts_with("rds_") || name == "rdsadmin" || name == "public" ||
        name == "none")
        return wrong(fmt::format("{}: {} is not yours to define", place, printable(name)));
    return name_in(name, place);
}

Result<std::string> group_in(std::string_view name, std::string_view place) {
    if (is_beyond_a_file(name))
        return wrong(fmt::format("{}: nobody is made a member of {} by a file", place, printable(name)));
    return name_in(name, place);
}

Result<std::set<std::string>> names_in(const json::value& value, const std::string& place,
                                       Result<std::string> (*read)(std::string_view, std::string_view)) {
    if (!value.is_array()) return wrong(place + ": a list of names is needed");
    std::set<std::string> names;
    for (const json::value& one : value.get_array()) {
        if (!one.is_string()) return wrong(place + ": a list of names is needed");
        const std::string name = TRY(read(one.get_string(), place));
        if (!names.insert(name).second)
            return wrong(fmt::format("{}: {} is there twice", place, printable(name)));
    }
    return names;
}

Result<const json::object*> object_in(const json::value& value, std::string_view place) {
    if (value.is_object()) return &value.get_object();
    return wrong(fmt::format("{}: an object is needed", place));
}

Error unknown_member(std::string_view where, std::string_view member, std::string_view known) {
    return wrong(fmt::format("{}: there is no '{}'; {} is known", where, printable(member), known));
}

// What "users" or "groups" say of one role.
Result<WantedRole> role_in(const json::value& body, const std::string& role, bool login,
                           const std::string& where) {
    WantedRole wanted{login, std::nullopt};
    for (const auto& [member, content] : *TRY(object_in(body, where))) {
        if (std::string_view(member) != "memberOf") return unknown_member(where, member, "memberOf");
        wanted.member_of = TRY(names_in(content, where + ".memberOf", group_in));
    }
    if (wanted.member_of && wanted.member_of->contains(role))
        return wrong(where + ": a role is no member of itself");
    return wanted;
}

Result<void> read_roles(const json::value& value, const std::string& place, bool login, Document& document) {
    for (const auto& [name, body] : *TRY(object_in(value, place))) {
        const std::string role = TRY(own_name_in(name, place));
        const std::string where = place + '.' + printable(role);
        WantedRole wanted = TRY(role_in(body, role, login, where));
        if (!document.roles.emplace(role, std::move(wanted)).second)
            return wrong(where + ": it is a user and a group");
    }
    return {};
}

Result<std::string> connecting_in(std::string_view name, std::string_view place) {
    if (name == "PUBLIC") return std::string(everybody);
    return name_in(name, place);
}

// What "databases" says of one.
Result<void> read_database(const json::value& body, const std::string& name, Document& document) {
    const std::string where = "databases." + printable(name);
    for (const auto& [member, content] : *TRY(object_in(body, where))) {
        if (std::string_view(member) != "connect") return unknown_member(where, member, "connect");
        document.connect[name] = TRY(names_in(content, where + ".connect", connecting_in));
    }
    return {};
}

Result<void> read_databases(const json::value& value, Document& document) {
    for (const auto& [name, body] : *TRY(object_in(value, "databases"))) {
        const std::string database = TRY(name_in(name, "databases"));
        TRY(read_database(body, database, document));
    }
    return {};
}

}  // namespace

bool is_beyond_a_file(std::string_view role) {
    const bool is_harmless =
        std::ranges::count(databases::harmless_predefined_roles, role) > 0 && role != "pg_database_owner";
    return role == "rdsadmin" || role == "rds_superuser" || (role.starts_with("pg_") && !is_harmless);
}

Result<Document> parse_document(std::string_view text) {
    const json::value whole = TRY(formats::parse_json(text));
    Document document;
    for (const auto& [member, content] : *TRY(object_in(whole, "the file"))) {
        const std::string_view name = member;
        if (name == "users")
            TRY(read_roles(content, "users", true, document));
        else if (name == "groups")
            TRY(read_roles(content, "groups", false, document));
        else if (name == "databases")
            TRY(read_databases(content, document));
        else if (name == "retired")
            document.retired = TRY(names_in(content, "retired", own_name_in));
        else
            return wrong(fmt::format("there is no '{}'; users, groups, databases and retired are known",
                                     printable(name)));
    }
    for (const std::string& role : document.retired)
        if (document.roles.contains(role))
            return wrong(fmt::format("retired: {} is a user or group too", printable(role)));
    return document;
}

}  // namespace countersign::grants
