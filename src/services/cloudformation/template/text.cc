#include "services/cloudformation/template/text.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace countersign::cloudformation {

namespace {

// Those whose full name is Fn:: and the tag's.
constexpr std::array<std::string_view, 16> short_forms{
    "And",         "Base64", "Cidr", "Equals", "FindInMap", "GetAZs", "GetAtt", "If",
    "ImportValue", "Join",   "Not",  "Or",     "Select",    "Split",  "Sub",    "Transform"};
constexpr std::string_view standard = "tag:yaml.org,2002:";

struct YamlEvent {
    yaml_event_t raw{};
    YamlEvent() = default;
    YamlEvent(const YamlEvent&) = delete;
    YamlEvent& operator=(const YamlEvent&) = delete;
    ~YamlEvent() { yaml_event_delete(&raw); }
};

std::string_view text_of(const yaml_char_t* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

class YamlReader {
public:
    explicit YamlReader(std::string_view text) {
        good_ = yaml_parser_initialize(&parser_) != 0;
        if (!good_) return;
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size());
    }
    YamlReader(const YamlReader&) = delete;
    YamlReader& operator=(const YamlReader&) = delete;
    ~YamlReader() {
        if (good_) yaml_parser_delete(&parser_);
    }

    Result<json::value> document() {
        if (!good_) return Error{Fault::internal, "libyaml did not begin"};
        TRY(expect(YAML_STREAM_START_EVENT));
        TRY(expect(YAML_DOCUMENT_START_EVENT));
        YamlEvent first;
        TRY(next(first));
        json::value whole = TRY(node(first, 0));
        TRY(expect(YAML_DOCUMENT_END_EVENT));
        TRY(expect(YAML_STREAM_END_EVENT));
        return whole;
    }

private:
    Error wrong(std::string_view what) const {
        return template_error(
            fmt::format("{} (line {}, column {})", what, parser_.mark.line + 1, parser_.mark.column + 1));
    }

    Result<void> next(YamlEvent& event) {
        if (yaml_parser_parse(&parser_, &event.raw) != 0) return {};
        const std::string_view problem = parser_.problem == nullptr ? "not YAML" : parser_.problem;
        return template_error(fmt::format("YAML not well-formed: {} (line {}, column {})", printable(problem),
                                          parser_.problem_mark.line + 1, parser_.problem_mark.column + 1));
    }

    Result<void> expect(yaml_event_type_t type) {
        YamlEvent event;
        TRY(next(event));
        if (event.raw.type == type) return {};
        return wrong("a template is exactly one YAML document");
    }

    // Depth is bounded, and with it this recursion.
    Result<json::value> node(const YamlEvent& event, std::size_t depth) {  // NOLINT(misc-no-recursion)
        if (depth > template_depth_max) return wrong("values are too deep in one another");
        if (++values_ > template_values_max) return wrong("there are too many values");
        switch (event.raw.type) {
            case YAML_SCALAR_EVENT:
                return scalar(event);
            case YAML_SEQUENCE_START_EVENT:
                return tagged(text_of(event.raw.data.sequence_start.tag), TRY(sequence(depth)));
            case YAML_MAPPING_START_EVENT:
                return tagged(text_of(event.raw.data.mapping_start.tag), TRY(mapping(depth)));
            case YAML_ALIAS_EVENT:
                return wrong("YAML aliases are not allowed in CloudFormation templates");
            default:
                return wrong("the YAML cannot be read");
        }
    }

    Result<json::value> sequence(std::size_t depth) {  // NOLINT(misc-no-recursion)
        json::array items;
        while (true) {
            YamlEvent event;
            TRY(next(event));
            if (event.raw.type == YAML_SEQUENCE_END_EVENT) return json::value(std::move(items));
            items.push_back(TRY(node(event, depth + 1)));
        }
    }

    Result<json::value> mapping(std::size_t depth) {  // NOLINT(misc-no-recursion)
        json::object members;
        while (true) {
            YamlEvent key;
            TRY(next(key));
            if (key.raw.type == YAML_MAPPING_END_EVENT) return json::value(std::move(members));
            if (key.raw.type != YAML_SCALAR_EVENT) return wrong("a key is not a text");
            const auto& name = key.raw.data.scalar;
            const std::string text(reinterpret_cast<const char*>(name.value), name.length);
            if (text == "<<") return wrong("YAML merges are not allowed in CloudFormation templates");
            if (members.contains(text)) return wrong(fmt::format("duplicate key \"{}\"", printable(text)));
            YamlEvent event;
            TRY(next(event));
            members[text] = TRY(node(event, depth + 1));
        }
    }

    Result<json::value> scalar(const YamlEvent& event) {
        const auto& raw = event.raw.data.scalar;
        const std::string_view text(reinterpret_cast<const char*>(raw.value), raw.length);
        const std::string_view tag = text_of(raw.tag);
        if (tag.empty() && raw.style == YAML_PLAIN_SCALAR_STYLE) return plain(text);
        return tagged(tag, json::value(text));
    }

    // What a plain scalar means. A number stays one where it is written as one is: 012 and 1e3 are texts, as
    // the numbers of accounts and versions of formats must stay.
    static json::value plain(std::string_view text) {
        if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
        if (text == "true" || text == "True" || text == "TRUE") return true;
        if (text == "false" || text == "False" || text == "FALSE") return false;
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error == std::errc() && end == text.data() + text.size() && std::to_string(number) == text)
            return number;
        return json::value(text);
    }

    Result<json::value> tagged(std::string_view tag, json::value value) {
        if (tag.empty() || tag == "!") return value;
        if (tag.starts_with(standard)) {
            const std::string_view kind = tag.substr(standard.size());
            for (const char* known : {"str", "seq", "map"})
                if (kind == known) return value;
            if (value.is_string())
                for (const char* known : {"int", "float", "bool", "null"})
                    if (kind == known) return plain(value.get_string());
            return wrong(fmt::format("the YAML tag !!{} is not supported", printable(kind)));
        }
        const std::string_view name = tag.starts_with('!') ? tag.substr(1) : tag;
        if (name == "Ref" || name == "Condition") return json::value(json::object{{name, std::move(value)}});
        if (std::ranges::find(short_forms, name) == short_forms.end())
            return wrong(fmt::format("unknown tag !{}", printable(name)));
        if (name == "GetAtt" && value.is_string()) {
            const std::string_view text = value.get_string();
            const std::size_t dot = text.find('.');
            if (dot == std::string_view::npos) return wrong("!GetAtt needs LogicalId.Attribute");
            value = json::array{text.substr(0, dot), text.substr(dot + 1)};
        }
        return json::value(json::object{{"Fn::" + std::string(name), std::move(value)}});
    }

    yaml_parser_t parser_{};
    bool good_ = false;
    std::size_t values_ = 0;
};

}  // namespace

Error template_error(std::string message) {
    return Error{Fault::invalid, "Template format error: " + std::move(message), "ValidationError"};
}

std::string scalar_text(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_bool()) return value.get_bool() ? "true" : "false";
    return json::serialize(value);
}

Result<json::value> read_template_text(std::string_view text) {
    if (text.size() > template_bytes_max)
        return Error{Fault::invalid,
                     fmt::format("1 validation error detected: Value at 'templateBody' failed to satisfy "
                                 "constraint: Member must have length less than or equal to {}",
                                 template_bytes_max),
                     "ValidationError"};
    if (!is_utf8(text)) return template_error("the text is not UTF-8");
    if (trimmed(text).starts_with('{')) {
        auto parsed = formats::parse_json(text);
        if (parsed) return parsed;
        // Flow style of YAML begins likewise, with short forms in it.
        auto flow = YamlReader(text).document();
        if (flow) return flow;
        return template_error("JSON not well-formed: " + parsed.error().message);
    }
    return YamlReader(text).document();
}

}  // namespace countersign::cloudformation
