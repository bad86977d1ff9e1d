#include "services/scim/filter.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace countersign::scim {

namespace {

constexpr std::size_t equalities_max = 10;
constexpr std::size_t filter_bytes_max = 4096;
constexpr std::size_t path_bytes_shown_max = 128;
constexpr std::array schemas_of_paths = {enterprise_schema, user_schema, group_schema};

Error invalid_filter(std::string message) {
    return {Fault::invalid, std::move(message), "invalidFilter"};
}
Error invalid_path(std::string_view path) {
    return {Fault::invalid, "No attribute is at the path " + printable(path, path_bytes_shown_max),
            "invalidPath"};
}

bool is_name_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '$';
}

// Reads one text from its beginning to its end.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }
    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool take_blanks() {
        const std::size_t before = rest_.size();
        while (take(' ')) continue;
        return rest_.size() != before;
    }
    std::string_view take_name() {
        return take_first(std::ranges::find_if_not(rest_, is_name_character) - rest_.begin());
    }
    // The schema that an attribute's name may begin with; empty: none.
    std::string_view take_schema() {
        for (const std::string_view schema : schemas_of_paths) {
            if (lower(rest_.substr(0, schema.size())) != lower(schema)) continue;
            rest_.remove_prefix(schema.size());
            return schema;
        }
        return {};
    }
    // As JSON; nothing where there is none.
    std::optional<json::value> take_value() {
        const auto parsed = formats::parse_json(take_first(value_length()));
        if (!parsed || parsed->is_structured()) return std::nullopt;
        return *parsed;
    }

private:
    std::string_view take_first(std::ptrdiff_t length) {
        const std::string_view first = rest_.substr(0, static_cast<std::size_t>(length));
        rest_.remove_prefix(first.size());
        return first;
    }
    std::ptrdiff_t value_length() const {
        const bool quoted = rest_.starts_with('"');
        if (!quoted) return std::ranges::find_if_not(rest_, is_name_character) - rest_.begin();
        std::size_t at = 1;
        while (at < rest_.size() && rest_[at] != '"') at += rest_[at] == '\\' ? 2 : 1;
        return static_cast<std::ptrdiff_t>(std::min(at + 1, rest_.size()));
    }

    std::string_view rest_;
};

// An attribute of the resource itself or, without its schema, of the extension.
bool begin_steps(Attributes attributes, std::string_view name, Steps& steps) {
    if (const Attribute* const own = find(attributes, name)) {
        steps.push_back(own);
        return true;
    }
    const Attribute* const extension = find(attributes, enterprise_schema);
    const Attribute* const inner = extension != nullptr ? find(extension->parts, name) : nullptr;
    if (inner == nullptr) return false;
    steps = {extension, inner};
    return true;
}

// Empty: there is no such attribute.
Steps take_steps(Reader& reader, Attributes attributes) {
    Steps steps;
    const std::string_view schema = reader.take_schema();
    if (schema == enterprise_schema) {
        const Attribute* const extension = find(attributes, enterprise_schema);
        if (extension == nullptr) return {};
        steps.push_back(extension);
        if (!reader.take(':')) return steps;
        const Attribute* const inner = find(extension->parts, reader.take_name());
        if (inner == nullptr) return {};
        steps.push_back(inner);
    } else {
        if (!schema.empty() && !reader.take(':')) return {};
        if (!begin_steps(attributes, reader.take_name(), steps)) return {};
    }
    while (reader.take('.')) {
        const Attribute* const inner = find(steps.back()->parts, reader.take_name());
        if (inner == nullptr) return {};
        steps.push_back(inner);
    }
    return steps;
}

Result<Equality> take_equality(Reader& reader, Attributes attributes) {
    Equality equality{take_steps(reader, attributes), nullptr};
    if (equality.steps.empty()) return invalid_filter("The filter names an attribute that is not supported");
    const Attribute* const inner = find(equality.steps.back()->parts, "value");
    if (inner != nullptr) equality.steps.push_back(inner);
    if (!reader.take_blanks() || lower(reader.take_name()) != "eq" || !reader.take_blanks())
        return invalid_filter("Filters compare with eq alone: ATTRIBUTE eq \"VALUE\"");
    auto value = reader.take_value();
    if (!value) return invalid_filter("The filter has no value, as JSON spells it, after eq");
    auto kept = read_one(*equality.steps.back(), *value);
    if (!kept || equality.steps.back()->type == Type::complex)
        return invalid_filter("The filter compares with what is no value of the attribute");
    equality.value = *std::move(kept);
    return equality;
}

// Up to the end, or to the bracket that closes it.
Result<Filter> take_filter(Reader& reader, Attributes attributes) {
    Filter filter;
    while (true) {
        reader.take_blanks();
        filter.push_back(TRY(take_equality(reader, attributes)));
        if (!reader.take_blanks() || reader.at_end()) return filter;
        const std::string_view word = reader.take_name();
        if (word.empty()) return filter;
        if (lower(word) != "and" || filter.size() >= equalities_max)
            return invalid_filter("Filters are joined with and alone, ten at most");
    }
}

const json::value* value_at(const Steps& steps, const json::object& object) {
    const json::object* at = &object;
    for (const Attribute* const step : steps) {
        const json::value* const found = at->if_contains(step->name);
        if (found == nullptr || step == steps.back()) return found;
        if (!found->is_object()) return nullptr;
        at = &found->get_object();
    }
    return nullptr;
}

bool is_exact(const Attribute& attribute) {
    return attribute.name == "externalId";
}

bool is_equal(const Attribute& attribute, const json::value& kept, const json::value& wanted) {
    if (!kept.is_string() || !wanted.is_string() || is_exact(attribute)) return kept == wanted;
    return lower(std::string_view(kept.get_string())) == lower(std::string_view(wanted.get_string()));
}

// Of an attribute with many values one has to be equal.
bool holds(const Equality& equality, const json::object& object) {
    const Attribute& first = *equality.steps.front();
    const Attribute& last = *equality.steps.back();
    if (!first.many) {
        const json::value* const kept = value_at(equality.steps, object);
        return kept != nullptr && is_equal(last, *kept, equality.value);
    }
    const json::value* const list = object.if_contains(first.name);
    if (list == nullptr || !list->is_array()) return false;
    const Steps inner(equality.steps.begin() + 1, equality.steps.end());
    return std::ranges::any_of(list->get_array(), [&](const json::value& one) {
        const json::value* const kept = one.is_object() ? value_at(inner, one.get_object()) : nullptr;
        return kept != nullptr && is_equal(last, *kept, equality.value);
    });
}

}  // namespace

Result<Filter> parse_filter(Attributes attributes, std::string_view text) {
    if (text.size() > filter_bytes_max) return invalid_filter("The filter is too long");
    Reader reader(text);
    Filter filter = TRY(take_filter(reader, attributes));
    if (!reader.at_end()) return invalid_filter("The filter goes on where it should end");
    return filter;
}

Result<Path> parse_path(Attributes attributes, std::string_view text) {
    if (text.size() > filter_bytes_max) return invalid_path(text);
    Reader reader(text);
    Path path{take_steps(reader, attributes)};
    if (path.steps.empty()) return invalid_path(text);
    if (path.steps.back()->many && reader.take('[')) {
        path.filter = TRY(take_filter(reader, path.steps.back()->parts));
        if (!reader.take(']')) return invalid_path(text);
        if (reader.take('.')) path.steps.push_back(find(path.steps.back()->parts, reader.take_name()));
    }
    if (path.steps.back() == nullptr || !reader.at_end()) return invalid_path(text);
    return path;
}

std::string name_of(const Steps& steps) {
    std::string name;
    for (const Attribute* const step : steps) {
        if (!name.empty()) name += '.';
        name += step->name;
    }
    return name;
}

bool matches(const Filter& filter, const json::object& object) {
    return std::ranges::all_of(filter, [&](const Equality& one) { return holds(one, object); });
}

}  // namespace countersign::scim
