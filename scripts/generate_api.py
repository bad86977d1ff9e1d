#!/usr/bin/env python3
"""Makes the C++ types of one API from models/SERVICE.json; CMake runs it at build time (cmake/api.cmake).

    generate_api.py MODEL OUT_H OUT_CC

For models/rds.json the result is "generated/rds.h", namespace countersign::rds::api. Its forms:

    // One struct a structure shape; members are named as in the API and all may be absent:
    //   text, enumeration  std::optional<std::string>       number     std::optional<std::int64_t>, <double>
    //   boolean            std::optional<bool>              timestamp  std::optional<Instant>
    //   blob               std::optional<std::string>: its bytes, base64 on the wire alone
    //   document           std::optional<gateway::Document>
    //   structure          std::optional<api::Shape>
    //   list               std::optional<std::vector<T>> in what is read (absent differs from empty),
    //                      std::vector<T> in what is only written
    //   map                std::map<std::string, T>, in what is only written
    struct CreateDBClusterMessage {
        std::optional<std::vector<std::string>> AvailabilityZones = {};
        std::optional<std::int64_t> BackupRetentionPeriod = {};
        std::optional<std::string> DBClusterIdentifier = {};
        std::optional<bool> EnableIAMDatabaseAuthentication = {};
        std::optional<std::vector<api::Tag>> Tags = {};
        std::optional<api::ServerlessV2ScalingConfiguration> ServerlessV2ScalingConfiguration = {};
        bool operator==(const CreateDBClusterMessage&) const = default;
    };
    struct DBCluster {
        std::vector<std::string> AvailabilityZones = {};
        std::optional<Instant> ClusterCreateTime = {};
        std::vector<api::DBClusterMember> DBClusterMembers = {};
        ...
    };

    // For each operation's input: a checked reading, and the names of the top-level members that were given.
    Result<CreateDBClusterMessage> read_CreateDBClusterMessage(const gateway::QueryReader& reader);
    std::vector<std::string_view> given(const CreateDBClusterMessage& input);

    // For each structure: its members, without an element around them.
    void write_DBCluster(gateway::AnswerWriter& answer, const DBCluster& value);

    // For each operation what gateway::operation<ops::CreateDBCluster>() needs.
    namespace ops {
    struct CreateDBCluster {
        using Input = CreateDBClusterMessage;      // gateway::Nothing where there is none
        using Output = CreateDBClusterResult;      // gateway::Nothing where there is none
        static constexpr std::string_view name = "CreateDBCluster";
        static constexpr std::string_view result_element = "CreateDBClusterResult";  // empty: the answer has none
        static constexpr std::array<std::string_view, N> errors{...};                // the codes it documents
        static Result<Input> read(const gateway::QueryReader& reader);
        static std::vector<std::string_view> given(const Input& input);
        static void write(gateway::AnswerWriter& answer, const Output& output);
        static void write_input(gateway::AnswerWriter& answer, const Input& input);  // for records of requests
    };
    }

    inline constexpr gateway::ServiceModel model{"2014-10-31", "http://rds.amazonaws.com/doc/2014-10-31/", "rds", ""};
    inline constexpr std::array<gateway::ErrorModel, N> errors{{{"InvalidDBInstanceState", 400, true,
                                                                 "InvalidDBInstanceStateFault"}, ...}};
    inline constexpr std::array<std::string_view, N> operation_names{...};

What the generator cannot express (maps in what is read, flattened lists, recursion, a pattern) fails the build.
"""
import json
import pathlib
import sys

from api_model import Api
from api_pattern import Automaton, Untranslatable, mask

INT32 = {"min": -(2**31), "max": 2**31 - 1}

# Expressions that the automaton cannot take, and others for the same texts within the shape's own limits of length;
# messages show the model's.
SAME_PATTERNS = {
    "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$": "[a-z0-9]+(-[a-z0-9]+)*",
}

# Patterns that are not checked on reading, each with its reason.
SKIPPED_PATTERNS = {
    "AwsBackupRecoveryPointArn": "over 64 positions; restoring from AWS Backup is not offered, so any value is refused",
    **dict.fromkeys(("IpCidrType", "KmsKeyArn", "VpcArn"), "of encryption and networks of Identity Center, which are not offered"),
    "Scope": "over 64 positions; src/services/sso_admin/access_scopes.cc reads it",
    "Duration": "looks ahead; src/services/sso_admin/duration.cc reads it",
    **dict.fromkeys(("ApplicationArn", "IdentityStoreId", "InstanceArn", "PermissionSetArn", "PrincipalId", "ResourceId",
                     "ScopeTarget", "TaggableResourceArn", "TrustedTokenIssuerArn", "UUId"),
                    "over 64 positions; what has another form is found by none of these"),
    "StackNameOrId": "bounds of words; what has another form is found by none of these",
}

# Lists and maps whose element is left out while they are empty; all others become an empty element. Clients tell the
# two apart: terraform waits until PendingModifiedValues is bare. The models do not say which; extend it as AWS shows.
LEFT_OUT_WHILE_EMPTY = {
    "AdditionalStorageVolumes", "AvailableAdditionalStorageVolumesOptions", "Certifications",
    "CreateOpenIDConnectProviderResponse.Tags", "CreateSAMLProviderResponse.Tags", "CreateSecurityGroupResult.Tags",
    "CustomEndpoints", "DBClusterOptionGroupMemberships", "DBInstanceAutomatedBackupsReplications",
    "DatabaseInstallationFiles", "DescribeSecretResponse.CrossAccountReplicas",
    "DescribeSecretResponse.ExternalSecretRotationMetadata", "DescribeSecretResponse.ReplicationStatus",
    "EnabledCloudwatchLogsExports", "InstanceProfile.Tags", "LogTypesToDisable", "LogTypesToEnable",
    "ManagedPrefixList.Tags", "NetworkFirewallAssociations", "PrivateKeyList", "ProcessorFeatures",
    "ReadReplicaDBClusterIdentifiers", "ResourceSpecificResult.EvalDecisionDetails", "ResourceSpecificResults",
    "Role.Tags", "SecretListEntry.ExternalSecretRotationMetadata", "SecretVersionsListEntry.KmsKeyIds",
    "SecurityGroup.Tags", "SecurityGroupRule.Tags", "StatusInfos", "Subnet.Tags", "SupportedCharacterSets",
    "SupportedNcharCharacterSets", "SupportedTimezones", "UnknownIpPermissions",
    "UploadServerCertificateResponse.Tags", "User.Tags", "UserPolicyList", "VirtualMFADevice.Tags",
    "Vpc.Ipv6CidrBlockAssociationSet", "Vpc.Tags",
}


# Shapes that are secret though their models do not say so: codes of MFA devices and of sign-ins, for whom an
# application acts, and what templates and their parameters hold.
SECRET_SHAPES = {"AuthCode", "DeviceCode", "ParameterValue", "TemplateBody", "authenticationCodeType",
                 "contextAssertionType", "tokenCodeType"}

# Credentials that people carry in files: what is around one (src/base/wrapping.h) is not part of it.
UNWRAPPED_SHAPES = {
    "SAMLAssertionType", "authenticationCodeType", "clientTokenType", "federationTokenType", "publicKeyMaterialType",
    "tokenCodeType",
}


def quoted(text: str) -> str:
    return json.dumps(text)


def wire_name(api: Api, name: str, reference: dict) -> str:
    """As it is sent; EC2's requests have a capital where its answers have a small letter."""
    sent = reference.get("queryName", reference.get("locationName", name))
    return sent[0].upper() + sent[1:] if api.is_ec2 and "queryName" not in reference else sent


def item_name(list_shape: dict) -> str:
    return list_shape["member"].get("locationName", "member")


def entry_names(map_shape: dict) -> str:
    names = (map_shape[part].get("locationName", part) for part in ("key", "value"))
    return f"gateway::EntryNames{{{', '.join(map(quoted, names))}}}"


def array_constant(name: str, texts: list[str], indent: str = "") -> str:
    values = ", ".join(quoted(text) for text in texts)
    keyword = "static" if indent else "inline"
    return f"{indent}{keyword} constexpr std::array<std::string_view, {len(texts)}> {name}{{{values}}};"


# --- the header


def structure_lines(api: Api, name: str) -> list[str]:
    lines = [f"struct {name} {{"]
    lines += [f"    {api.member_type(name, member_name, member['shape'])} {member_name} = {{}};"
              for member_name, member in api.members(name).items()]
    itself = f"api::{name}" if name in api.members(name) else name
    return lines + [f"    bool operator==(const {itself}&) const = default;", "};", ""]


def operation_lines(api: Api, name: str) -> list[str]:
    operation = api.operations[name]
    given, answer = operation.get("input"), operation.get("output")
    codes = sorted({api.errors[error]["code"] for error in operation["errors"]})
    lines = [
        f"struct {name} {{",
        f"    using Input = {given or 'gateway::Nothing'};",
        f"    using Output = {answer or 'gateway::Nothing'};",
        f"    static constexpr std::string_view name = {quoted(name)};",
        f"    static constexpr std::string_view result_element = {quoted(operation.get('resultWrapper', ''))};",
        array_constant("errors", codes, "    "),
    ]
    lines += [
        "    static Result<Input> read(const gateway::QueryReader& reader);",
        "    static std::vector<std::string_view> given(const Input& input);",
        "    static void write(gateway::AnswerWriter& answer, const Output& output);",
        "    static void write_input(gateway::AnswerWriter& answer, const Input& input);",
    ]
    return lines + ["};", ""]


def model_lines(api: Api) -> list[str]:
    metadata = api.metadata
    names = (quoted(metadata.get(key, "")) for key in ("apiVersion", "xmlNamespace", "signingName", "targetPrefix"))
    by_code = {error["code"]: error | {"shape": shape} for shape, error in api.errors.items()}
    lines = [f"inline constexpr gateway::ServiceModel model{{{', '.join(names)}}};", ""]
    rows = [f"{{{quoted(code)}, {error['httpStatusCode']}, {str(error.get('senderFault', False)).lower()}, {quoted(error['shape'])}}}"
            for code, error in sorted(by_code.items())]
    table = "{\n    " + ",\n    ".join(rows) + "}" if rows else ""
    lines.append(f"inline constexpr std::array<gateway::ErrorModel, {len(rows)}> errors{{{table}}};")
    return lines + ["", array_constant("operation_names", sorted(api.operations)), ""]


def header(api: Api) -> str:
    lines = [
        f"// Generated by scripts/generate_api.py from models/{api.service}.json.",
        "#pragma once",
        "",
        *(f"#include <{name}>" for name in ("array", "cstdint", "map", "optional", "string", "string_view",
                                        "vector")),
        "",
        *(f'#include "{name}.h"' for name in ("base/clock", "base/result", "gateway/answer_writer", "gateway/query_reader",
                                              "gateway/service_model")),
        "",
        f"namespace countersign::{api.service}::api {{",
        "",
        *model_lines(api),
    ]
    for name in api.structures():
        lines += structure_lines(api, name)
    for name in operation_inputs(api):
        lines.append(f"Result<{name}> read_{name}(const gateway::QueryReader& reader);")
        lines.append(f"std::vector<std::string_view> given(const {name}& input);")
    lines.append("")
    lines += [f"void write_{name}(gateway::AnswerWriter& answer, const {name}& value);" for name in written(api)]
    lines += ["", "namespace ops {", ""]
    for name in sorted(api.operations):
        lines += operation_lines(api, name)
    return "\n".join(lines + ["}  // namespace ops", "", f"}}  // namespace countersign::{api.service}::api", ""])


def operation_inputs(api: Api) -> list[str]:
    return sorted({operation["input"] for operation in api.operations.values() if "input" in operation})


def written(api: Api) -> list[str]:
    return api.structures()


# --- the source: rules


def pattern_lines(name: str, source: str) -> list[str]:
    automaton = Automaton(SAME_PATTERNS.get(source, source))
    lines, positions, known = [], [], {}
    for index, ranges in enumerate(automaton.positions):
        key = tuple(ranges)
        if key not in known:
            known[key] = f"{name}_characters_{len(known)}"
            values = ", ".join(f"{{{first:#x}, {last:#x}}}" for first, last in ranges)
            lines.append(f"constexpr gateway::CharacterRange {known[key]}[] = {{{values}}};")
        positions.append(f"{{{known[key]}, {mask(automaton.follow[index])}u}}")
    lines.append(f"constexpr gateway::PatternPosition {name}_positions[] = {{{', '.join(positions)}}};")
    root = automaton.root
    lines.append(f"constexpr gateway::TextPattern {name}_pattern{{{quoted(source)}, {str(root.empty).lower()}, "
                 f"{mask(root.first)}u, {mask(root.last)}u, {name}_positions}};")
    return lines


def rules_of(api: Api, name: str, ruled: set[str]) -> tuple[list[str], list[str]]:
    """The constants before the rules of a shape, and the rules' own parts."""
    shape = api.shapes[name]
    before, parts = [], []
    if shape.get("sensitive") or name in SECRET_SHAPES:
        parts.append(".sensitive = true")
    if name in UNWRAPPED_SHAPES:
        parts.append(".unwrapped = true")
    if shape["type"] == "blob":
        parts.append(".base64 = true")
    limits = {**(INT32 if shape["type"] == "integer" else {}), **shape}
    parts += [f".{limit} = {limits[limit]}" for limit in ("min", "max") if limit in limits]
    if "pattern" in shape and name not in SKIPPED_PATTERNS:
        before += pattern_lines(name, shape["pattern"])
        parts.append(f".pattern = &{name}_pattern")
    if "enum" in shape:
        before.append(f"constexpr std::string_view {name}_values[] = {{{', '.join(map(quoted, shape['enum']))}}};")
        parts.append(f".values = {name}_values")
    if shape["type"] == "list":
        if item_name(shape) != "member":
            parts.append(f".item_name = {quoted(item_name(shape))}")
        if shape["member"]["shape"] in ruled:
            parts.append(f".item = &{shape['member']['shape']}")
    return before, parts


def rule_lines(api: Api) -> tuple[list[str], set[str]]:
    ruled: set[str] = set()
    lines: list[str] = []
    for name in api.inputs:
        if api.kind(name) == "structure":
            continue
        before, parts = rules_of(api, name, ruled)
        if parts:
            ruled.add(name)
            lines += [*before, f"constexpr gateway::FieldRules {name}{{{', '.join(parts)}}};"]
    return (["namespace rules {", "", *lines, "", "}  // namespace rules", ""] if lines else []), ruled


# --- the source: reading and writing


def operation_bodies(api: Api, name: str) -> list[str]:
    """In the source: in the header each would be compiled by every file that names the operation."""
    operation = api.operations[name]
    given, answer = operation.get("input"), operation.get("output")
    reading = f"const gateway::QueryReader&{' reader' if given else ''}"
    writing = "gateway::AnswerWriter&{}, const {}&{}"
    return [
        f"Result<ops::{name}::Input> ops::{name}::read({reading}) {{ return {f'read_{given}(reader)' if given else 'Input{}'}; }}",
        (f"std::vector<std::string_view> ops::{name}::given(const Input&{' input' if given else ''}) "
         f"{{ return {'api::given(input)' if given else '{}'}; }}"),
        (f"void ops::{name}::write({writing.format(*((' answer', 'Output', ' output') if answer else ('', 'Output', '')))}) "
         f"{{ {f'write_{answer}(answer, output);' if answer else ''} }}"),
        (f"void ops::{name}::write_input({writing.format(*((' answer', 'Input', ' input') if given else ('', 'Input', '')))}) "
         f"{{ {f'write_{given}(answer, input);' if given else ''} }}"),
        "",
    ]


def reading_lines(api: Api, name: str, ruled: set[str]) -> list[str]:
    shape = api.shapes[name]
    if not shape["members"]:
        return [f"static void read_members(gateway::Fields&, {name}&) {{}}", ""]
    lines = [f"static void read_members(gateway::Fields& fields, {name}& into) {{"]
    for member_name, member in shape["members"].items():
        verb = "must" if member_name in shape.get("required", []) else "may"
        rules = f", rules::{member['shape']}" if member["shape"] in ruled else ""
        lines.append(f"    fields.{verb}({quoted(wire_name(api, member_name, member))}, into.{member_name}{rules});")
    return lines + ["}", ""]


def input_lines(api: Api, name: str) -> list[str]:
    wording = {"iam": "iam", "rds": "rds", "ec2": "rds"}.get(api.service, "sts")
    members = api.members(name)
    return [
        f"Result<{name}> read_{name}(const gateway::QueryReader& reader) {{",
        f"    return gateway::read_input<{name}>(reader, gateway::Wording::{wording});",
        "}",
        "",
        f"std::vector<std::string_view> given(const {name}&{' input' if members else ''}) {{",
        "    std::vector<std::string_view> names;",
        *(f"    if (input.{member}) names.emplace_back({quoted(member)});" for member in members),
        "    return names;",
        "}",
        "",
    ]


def put_line(api: Api, owner: str, name: str, member: dict) -> str:
    shape = api.shapes[member["shape"]]
    element = quoted(member.get("locationName", name))
    if shape["type"] == "timestamp":
        form = "milliseconds" if api.service in ("ec2", "rds") else "seconds"
        return f"    gateway::put(answer, {element}, value.{name}, gateway::TimeForm::{form});"
    if shape["type"] == "string" and (shape.get("sensitive") or member["shape"] in SECRET_SHAPES):
        return f"    gateway::put_secret(answer, {element}, value.{name});"
    if shape["type"] == "blob":
        return f"    gateway::put_bytes(answer, {element}, value.{name});"
    if shape["type"] not in ("list", "map"):
        return f"    gateway::put(answer, {element}, value.{name});"
    parts = quoted(item_name(shape)) if shape["type"] == "list" else entry_names(shape)
    call = f"gateway::put_{shape['type']}(answer, {element}, {parts}, "
    if api.is_optional(owner, name):
        return f"    if (value.{name}) {call}*value.{name});"
    left_out = name in LEFT_OUT_WHILE_EMPTY or f"{owner}.{name}" in LEFT_OUT_WHILE_EMPTY
    return f"    {f'if (!value.{name}.empty()) ' if left_out else ''}{call}value.{name});"


def writing_lines(api: Api, name: str) -> list[str]:
    members = api.members(name)
    if members:
        lines = [f"static void write_members(gateway::AnswerWriter& answer, const {name}& value) {{",
                 *(put_line(api, name, member_name, member) for member_name, member in members.items()), "}"]
    else:
        lines = [f"static void write_members(gateway::AnswerWriter&, const {name}&) {{}}"]
    return [*lines, "", f"void write_{name}(gateway::AnswerWriter& answer, const {name}& value) {{ write_members(answer, value); }}",
            ""]


def source(api: Api) -> str:
    rules, ruled = rule_lines(api)
    lines = [
        f"// Generated by scripts/generate_api.py from models/{api.service}.json.",
        f'#include "generated/{api.service}.h"',
        "",
        '#include "gateway/query_fields.h"',
        '#include "gateway/answer_members.h"',
        *(['#include "gateway/answer_list_items.h"'] if api.has_maps_of_lists() else []),
        "",
        f"namespace countersign::{api.service}::api {{",
        "",
        *rules,
    ]
    for name in (name for name in api.inputs if api.kind(name) == "structure"):
        lines += reading_lines(api, name, ruled)
    for name in operation_inputs(api):
        lines += input_lines(api, name)
    for name in written(api):
        lines += writing_lines(api, name)
    for name in sorted(api.operations):
        lines += operation_bodies(api, name)
    return "\n".join(lines + [f"}}  // namespace countersign::{api.service}::api", ""])


def main() -> None:
    model, out_header, out_source = map(pathlib.Path, sys.argv[1:])
    api = Api(model)
    try:
        texts = {out_header: header(api), out_source: source(api)}
    except Untranslatable as reason:
        raise SystemExit(f"{model}: a pattern the generator cannot translate: {reason}") from reason
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
