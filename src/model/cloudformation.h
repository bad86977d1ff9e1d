// CloudFormation's nouns as they lie in the store: stacks, their resources, events, exports, change sets.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/iam.h"

namespace countersign::model {

// As whom a stack's calls are made. No secret is in it: what it may do is found out anew for every call.
struct StackActor {
    std::string role;           // the ARN of a role that trusts the service; empty: whoever called
    std::string access_key_id;  // of who called
    std::string principal;      // its ARN
    std::string session;        // of temporary credentials, as a record; empty: a long-term key
};
BOOST_DESCRIBE_STRUCT(StackActor, (), (role, access_key_id, principal, session))

// What a stack is made of: a template and what fills it.
struct StackSource {
    std::string body;
    std::string sealed_parameters;  // a map of texts as a record, sealed with the stack's id
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(StackSource, (), (body, sealed_parameters, tags))

struct StackOutput {
    std::string key;
    std::string sealed_value;
    std::string description;
    std::string export_name;
};
BOOST_DESCRIBE_STRUCT(StackOutput, (), (key, sealed_value, description, export_name))

struct Stack {
    std::string id;  // its ARN
    std::string uuid;
    std::string name;
    std::string status;  // CREATE_IN_PROGRESS, …
    std::string reason;
    std::string description;
    Instant created;
    std::optional<Instant> updated;
    std::optional<Instant> deleted;
    std::vector<Tag> tags;
    StackActor actor;
    std::string role;  // kept for later calls
    std::vector<std::string> capabilities;
    std::vector<std::string> notification_arns;
    std::vector<std::string> retained;  // logical ids that this deletion leaves alone
    std::string on_failure = "ROLLBACK";
    bool retain_except_on_create = false;
    bool termination_protection = false;
    std::optional<std::int64_t> timeout_minutes;
    Instant begun;  // the operation that is under way
    std::string policy;
    std::string change_set;  // the one that was executed
    std::string token;       // of the operation, as its caller named it
    std::vector<StackOutput> outputs;
    std::vector<std::string> imports;  // names of others' exports
};
BOOST_DESCRIBE_STRUCT(Stack, (),
                      (id, uuid, name, status, reason, description, created, updated, deleted, tags, actor,
                       role, capabilities, notification_arns, retained, on_failure, retain_except_on_create,
                       termination_protection, timeout_minutes, begun, policy, change_set, token, outputs,
                       imports))

// Something real that a resource stands for.
struct StackThing {
    std::string type;
    std::string physical;
    std::string sealed_properties;  // as they were last applied: a JSON object
    std::string sealed_attributes;  // what Fn::GetAtt finds: a JSON object
    std::string policy;             // what becomes of it at its end: Delete, Retain, RetainExceptOnCreate
};
BOOST_DESCRIBE_STRUCT(StackThing, (), (type, physical, sealed_properties, sealed_attributes, policy))

struct StackResource {
    std::string logical;
    std::string status;
    std::string reason;
    Instant updated;
    std::string stage;      // of the operation under way: "", working, done, failed
    bool made = false;      // the thing is, or may be, there
    bool made_now = false;  // by the operation under way
    std::string intent;     // the physical name that was put down before the thing was made
    StackThing thing;
    std::optional<StackThing> before;   // as it was before the update under way
    std::vector<StackThing> leftovers;  // to be deleted when the update is through
    std::vector<std::string> needs;     // logical ids that it must be deleted before
    std::string metadata;
};
BOOST_DESCRIBE_STRUCT(StackResource, (),
                      (logical, status, reason, updated, stage, made, made_now, intent, thing, before,
                       leftovers, needs, metadata))

struct StackEvent {
    std::string id;
    std::string logical;
    std::string physical;
    std::string type;
    Instant at;
    std::string status;
    std::string reason;
    std::string token;
};
BOOST_DESCRIBE_STRUCT(StackEvent, (), (id, logical, physical, type, at, status, reason, token))

struct StackExport {
    std::string name;
    std::string stack;  // its id
    std::string uuid;
    std::string sealed_value;
};
BOOST_DESCRIBE_STRUCT(StackExport, (), (name, stack, uuid, sealed_value))

struct ResourceChange {
    std::string action;  // Add, Modify, Remove
    std::string logical;
    std::string physical;
    std::string type;
    std::string replacement;  // True, False, Conditional; empty: not one that is changed
    std::vector<std::string> properties;
};
BOOST_DESCRIBE_STRUCT(ResourceChange, (), (action, logical, physical, type, replacement, properties))

struct ChangeSet {
    std::string id;
    std::string name;
    std::string description;
    std::string kind;  // CREATE, UPDATE
    std::string status;
    std::string reason;
    std::string execution;
    Instant created;
    StackSource source;
    std::string role;
    std::string on_failure;
    std::vector<std::string> capabilities;
    std::vector<std::string> notification_arns;
    std::vector<ResourceChange> changes;
};
BOOST_DESCRIBE_STRUCT(ChangeSet, (),
                      (id, name, description, kind, status, reason, execution, created, source, role,
                       on_failure, capabilities, notification_arns, changes))

// That a stack is to be worked on.
struct StackWork {
    std::string account;
    std::string region;
    std::string uuid;
};
BOOST_DESCRIBE_STRUCT(StackWork, (), (account, region, uuid))

}  // namespace countersign::model
