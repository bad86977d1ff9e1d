#include "policy/check/checker.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "policy/check/report.h"
#include "policy/policy.h"

namespace countersign::policy {

namespace {

using NodeKind = JsonNode::Kind;

constexpr std::array<std::string_view, 3> document_elements = {"Version", "Id", "Statement"};
constexpr std::array<std::string_view, 9> statement_elements = {"Sid",          "Effect",      "Principal",
                                                                "NotPrincipal", "Action",      "NotAction",
                                                                "Resource",     "NotResource", "Condition"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> exclusive_elements{
    {{"Action", "NotAction"}, {"Resource", "NotResource"}, {"Principal", "NotPrincipal"}}};

template <std::size_t Size>
void check_names(const Placed& object, const std::array<std::string_view, Size>& known, Report& report) {
    std::map<std::string_view, int> seen;
    for (const JsonMember& member : object.node.members)
        if (std::ranges::find(known, member.key) == known.end() || ++seen[member.key] > 1)
            report.add(finding_kinds::invalid_policy_element, object.key_of(member), printable(member.key));
}

bool is_text(const Placed& place, Report& report) {
    if (place.node.is(NodeKind::text)) return true;
    report.add(finding_kinds::data_type_mismatch, place.here(), "String");
    return false;
}

bool knows_variables(const JsonNode& document) {
    const JsonMember* version = document.member("Version");
    return version != nullptr && version->value.text == "2012-10-17";
}

void check_version(const Placed& document, Report& report) {
    const JsonMember* version = document.node.member("Version");
    if (version == nullptr) return report.add(finding_kinds::missing_version, document.here());
    const Placed place = document.in(*version);
    if (!is_text(place, report)) return;
    if (place.node.text != "2012-10-17" && place.node.text != "2008-10-17")
        report.add(finding_kinds::invalid_version, place.here(), printable(place.node.text));
}

// All statements of a policy.
class StatementChecker {
public:
    StatementChecker(bool variables, Report& report) : variables_(variables), report_(report) {}

    void check(const Placed& statement) {
        if (!statement.node.is(NodeKind::object)) {
            report_.add(finding_kinds::data_type_mismatch, statement.here(), "Object");
            return;
        }
        check_names(statement, statement_elements, report_);
        for (const auto& [one, other] : exclusive_elements)
            if (const JsonMember* both = statement.node.member(other);
                both != nullptr && statement.node.member(one) != nullptr)
                report_.add(finding_kinds::unsupported_element_combination, statement.key_of(*both), one,
                            other);
        check_sid(statement);
        check_effect(statement);
        check_speakers(statement);
        check_list(statement, {"Action", "NotAction", finding_kinds::missing_action,
                               finding_kinds::empty_array_action, check_action_text});
        check_resources(statement);
        if (const JsonMember* condition = statement.node.member("Condition"))
            check_condition(statement.in(*condition), variables_, report_);
    }

private:
    void check_sid(const Placed& statement) {
        const JsonMember* sid = statement.node.member("Sid");
        if (sid == nullptr) return;
        const Placed place = statement.in(*sid);
        if (!is_text(place, report_)) return;
        const std::string& text = place.node.text;
        const auto plain = [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        };
        if (text.empty()) return report_.add(finding_kinds::empty_sid_value, place.here());
        if (report_.type() == CheckedType::identity && !std::ranges::all_of(text, plain))
            report_.add(finding_kinds::unsupported_sid, place.here());
        if (++sids_[text] > 1) report_.add(finding_kinds::unique_sids_required, place.here());
    }

    void check_effect(const Placed& statement) {
        const JsonMember* effect = statement.node.member("Effect");
        if (effect == nullptr) return report_.add(finding_kinds::missing_effect, statement.here());
        const Placed place = statement.in(*effect);
        if (is_text(place, report_) && place.node.text != "Allow" && place.node.text != "Deny")
            report_.add(finding_kinds::invalid_effect, place.here(), printable(place.node.text));
    }

    void check_speakers(const Placed& statement) {
        const JsonMember* named = statement.node.member("Principal");
        const JsonMember* not_named = statement.node.member("NotPrincipal");
        const JsonMember* given = named != nullptr ? named : not_named;
        const bool may_name = report_.type() == CheckedType::resource || report_.type() == CheckedType::trust;
        if (given == nullptr) {
            if (may_name) report_.add(finding_kinds::missing_principal, statement.here());
            return;
        }
        if (!may_name) {
            report_.add(
                finding_kinds::unsupported_principal, statement.key_of(*given),
                report_.type() == CheckedType::identity ? "IDENTITY_POLICY" : "SERVICE_CONTROL_POLICY");
            return;
        }
        const JsonMember* effect = statement.node.member("Effect");
        if (not_named != nullptr && effect != nullptr && effect->value.text == "Allow")
            report_.add(finding_kinds::allow_with_not_principal, statement.key_of(*not_named));
        check_principals(statement.in(*given));
    }

    void check_principals(const Placed& principals) {
        if (principals.node.is(NodeKind::text) && principals.node.text == "*") return;
        if (!principals.node.is(NodeKind::object) || principals.node.members.empty())
            return report_.add(finding_kinds::invalid_principal_format, principals.here());
        for (const JsonMember& type : principals.node.members) {
            constexpr std::array<std::string_view, 4> types = {"AWS", "CanonicalUser", "Federated",
                                                               "Service"};
            if (std::ranges::find(types, type.key) == types.end()) {
                report_.add(finding_kinds::invalid_principal_key, principals.key_of(type),
                            printable(type.key));
                continue;
            }
            for (const Placed& name : principals.in(type).each()) {
                if (!is_text(name, report_)) continue;
                const bool everybody = type.key == "AWS" && name.node.text == "*";
                if (!everybody && name.node.text.find_first_of("*?") != std::string::npos)
                    report_.add(finding_kinds::unsupported_wildcard_in_principal, name.here(), type.key);
            }
        }
    }

    // An element that is there by one of two names and holds a text or a list of them.
    struct ListRule {
        std::string_view name;
        std::string_view inverse;
        const FindingKind& missing;
        const FindingKind& empty;
        void (*check_text)(const Placed&, Report&);
    };

    void check_list(const Placed& statement, const ListRule& rule) {
        const JsonMember* given = statement.node.member(rule.name);
        if (given == nullptr) given = statement.node.member(rule.inverse);
        if (given == nullptr) return report_.add(rule.missing, statement.here());
        const Placed list = statement.in(*given);
        if (list.node.is(NodeKind::array) && list.node.items.empty()) report_.add(rule.empty, list.here());
        for (const Placed& text : list.each())
            if (is_text(text, report_)) rule.check_text(text, report_);
    }

    void check_resources(const Placed& statement) {
        const bool named =
            statement.node.member("Resource") != nullptr || statement.node.member("NotResource") != nullptr;
        if (!named && report_.type() == CheckedType::trust) return;
        check_list(statement, {"Resource", "NotResource", finding_kinds::missing_resource,
                               finding_kinds::empty_array_resource, check_resource_text});
    }

    const bool variables_;
    Report& report_;
    std::map<std::string, int> sids_;
};

void check_document(const Placed& document, Report& report) {
    if (!document.node.is(NodeKind::object))
        return report.add(finding_kinds::data_type_mismatch, document.here(), "Object");
    check_names(document, document_elements, report);
    check_version(document, report);
    const JsonMember* statements = document.node.member("Statement");
    if (statements == nullptr) return report.add(finding_kinds::missing_statement, document.here());
    const Placed list = document.in(*statements);
    if (list.node.is(NodeKind::array) && list.node.items.empty())
        report.add(finding_kinds::missing_statement, list.here());
    StatementChecker checker(knows_variables(document.node), report);
    for (const Placed& statement : list.each()) checker.check(statement);
}

}  // namespace

std::vector<Finding> check_policy(std::string_view text, CheckedType type, const CheckFacts& facts) {
    Report report(type, facts);
    const auto parsed = parse_tree(text);
    if (const Spot* fault = std::get_if<Spot>(&parsed)) {
        report.add(finding_kinds::json_syntax_error, {{}, {*fault, *fault}}, fault->offset, fault->line,
                   fault->column);
        return std::move(report).take();
    }
    const Placed document{std::get<JsonNode>(parsed)};
    check_document(document, report);
    if (type == CheckedType::resource || report.has_error()) return std::move(report).take();
    const auto compiled = parse(text, type == CheckedType::trust ? Form::resource : Form::identity);
    if (!compiled) report.add(finding_kinds::refused_by_iam, document.here(), compiled.error().message);
    return std::move(report).take();
}

}  // namespace countersign::policy
