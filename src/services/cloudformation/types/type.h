// A type of resources: what its properties are, what becomes of a change, and the calls that make it. One row
// a type; everything else about types reads these rows. Values; constants for the life of the program.
// Source: AWS CloudFormation Template Reference, a page a type.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/cloudformation/template/text.h"

namespace countersign::cloudformation {

// "Update requires": in place is AWS's "No interruption" and "Some interruptions".
enum class Change { in_place, replacement };

enum class Shape { text, number, flag, texts, document, tags, object, objects };

struct Property {
    std::string_view name;
    Shape shape = Shape::text;
    Change change = Change::in_place;
    bool required = false;
    std::string_view members = {};  // of an object, or of each of several: their names; empty: any
};

// Makes a call to another service as the stack's actor.
class Api {
public:
    virtual ~Api() = default;
    // The output's members. The error is the service's own, with its code.
    virtual Result<json::object> call(std::string_view service, std::string_view operation,
                                      json::object members) const = 0;
    virtual std::string_view region() const = 0;
    virtual std::string_view account() const = 0;
};

// What a step on a resource works with.
struct Job {
    const Api& api;
    const json::object& properties;  // as they are to be; of what is deleted: as they are
    const json::object& before;      // of an update: as they are
    std::string name;                // of what is made: as the template has it, else a generated one
    std::string physical;            // of what is there
    bool resumed = false;            // it may have been made by an attempt that was cut off
    std::int64_t begun = 0;          // when that began, in seconds since 1970
};

struct Made {
    std::string physical;          // what Ref gives
    json::object attributes = {};  // what is known only now
};

struct Settled {
    bool done = true;
    json::object attributes = {};
};

struct Type {
    std::string_view name;
    std::vector<Property> properties;
    std::set<std::string_view> attributes;  // of Fn::GetAtt
    std::string_view name_property = {};    // holds the name; empty: it has none of its own
    std::size_t name_max = 64;              // of a generated one
    bool lower_case = false;                // generated names are
    bool iam = false;                       // needs CAPABILITY_IAM; named, CAPABILITY_NAMED_IAM
    // Each may be called again after an attempt of which nothing is known. `create` makes one call that makes
    // the thing; what fails there is not there. `fill` does the rest.
    std::function<Result<Made>(const Job&)> create;
    std::function<Result<void>(const Job&)> fill = {};
    // Whether what the job would make is there already, and so is somebody else's. None: it is never known by
    // anything but a name of its own.
    std::function<Result<bool>(const Job&)> exists = {};
    std::function<Result<Settled>(const Job&)> settle;  // after create and update; until it is done
    std::function<Result<void>(const Job&)> update = {};
    std::function<Result<void>(const Job&)> remove;
    std::function<Result<bool>(const Job&)> gone = {};  // after remove; none: at once
};

// Nullptr: there is no such type here.
const Type* find_type(std::string_view name);
const Property* find_property(const Type& type, std::string_view name);

// Stands in front of what will be known later.
inline constexpr char unknown_mark = '\x01';

// How much of what is checked is known: of a template not what its functions will give, nor what was put in
// their place behind unknown_mark, which may be anything; of what is about to be applied everything.
enum class Known { some, all };

// Fault::invalid, naming it: a property that the type does not have, one that is missing or of another shape.
Result<void> check_properties(const Type& type, const std::string& logical, const json::object& properties,
                              Known known);

// The names of properties that differ, and whether one of them asks for a replacement.
struct Difference {
    std::vector<std::string> properties;
    bool replacement = false;
};
Difference difference(const Type& type, const json::object& before, const json::object& now);

}  // namespace countersign::cloudformation
