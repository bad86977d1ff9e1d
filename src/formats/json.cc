#include "formats/json.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <vector>

#include "base/limits.h"
#include "base/text.h"

namespace countersign::formats {

namespace {

constexpr std::size_t key_shown_max = 64;

// Builds the value as Boost.JSON's own handler does, and remembers the keys of the objects still open, to see
// at the end of each whether one came twice. Keys are compared after their escapes are resolved.
class UniqueKeys {
public:
    using error_code = boost::system::error_code;

    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    bool on_document_begin(error_code&) {
        stack_.reset();
        return true;
    }
    bool on_document_end(error_code&) { return true; }

    bool on_object_begin(error_code&) {
        objects_.push_back(keys_.size());
        return true;
    }
    bool on_object_end(std::size_t members, error_code& error) {
        const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(objects_.back());
        std::sort(first, keys_.end());
        if (const auto twice = std::adjacent_find(first, keys_.end()); twice != keys_.end()) {
            duplicate_ = *twice;
            error = json::make_error_code(json::error::syntax);
            return false;
        }
        keys_.erase(first, keys_.end());
        objects_.pop_back();
        stack_.push_object(members);
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t values, error_code&) {
        stack_.push_array(values);
        return true;
    }

    bool on_key_part(json::string_view part, std::size_t, error_code&) {
        key_.append(part.data(), part.size());
        stack_.push_chars(part);
        return true;
    }
    bool on_key(json::string_view part, std::size_t, error_code&) {
        key_.append(part.data(), part.size());
        keys_.push_back(std::move(key_));
        key_.clear();
        stack_.push_key(part);
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(json::string_view part, std::size_t, error_code&) {
        stack_.push_string(part);
        return true;
    }

    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, error_code&) {
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, json::string_view, error_code&) {
        stack_.push_uint64(number);
        return true;
    }
    // A number beyond a double's range would become infinite, which JSON cannot say.
    bool on_double(double number, json::string_view, error_code& error) {
        if (!std::isfinite(number)) {
            error = json::error::exponent_overflow;
            return false;
        }
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool flag, error_code&) {
        stack_.push_bool(flag);
        return true;
    }
    bool on_null(error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }

    json::value release() { return stack_.release(); }
    const std::optional<std::string>& duplicate() const { return duplicate_; }

private:
    json::value_stack stack_;
    std::string key_;                   // the part that has come of a key that is still being read
    std::vector<std::string> keys_;     // of all open objects, the outermost first
    std::vector<std::size_t> objects_;  // where in keys_ each open object's begin
    std::optional<std::string> duplicate_;
};

}  // namespace

Result<json::value> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = limits::json_depth_max;
    json::basic_parser<UniqueKeys> parser(options);
    boost::system::error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    if (const auto& key = parser.handler().duplicate())
        return Error{Fault::invalid,
                     "The key \"" + printable(*key, key_shown_max) + "\" appears twice in one JSON object"};
    if (error == json::error::too_deep) return Error{Fault::invalid, "The JSON text is nested too deeply"};
    if (error) return Error{Fault::invalid, "The text is not JSON: " + error.message()};
    if (read != text.size()) return Error{Fault::invalid, "Something follows the end of the JSON text"};
    return parser.handler().release();
}

}  // namespace countersign::formats
