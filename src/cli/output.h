// All that commands print goes through here, so that nothing that came from outside reaches a terminal as it
// is: a Shown holds the program's own words, and foreign text only in its printable form (base/text.h).
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <type_traits>

#include "base/text.h"
#include "formats/json.h"

namespace countersign::cli {

class Shown {
public:
    Shown() = default;
    explicit Shown(std::string_view foreign) : text_(printable(foreign)) {}

    const std::string& text() const { return text_; }
    bool empty() const { return text_.empty(); }

private:
    friend class Composer;
    std::string text_;
};

enum class Paint { good, bad, warning, faint };

// What makes a Shown of texts that are fit already.
class Composer {
public:
    template <class Part>
    using Fit = std::conditional_t<std::is_arithmetic_v<Part>, Part, std::string>;

    template <class... Parts>
    static Shown compose(const fmt::format_string<Fit<Parts>...>& form, const Parts&... parts) {
        return made(fmt::format(form, fit(parts)...));
    }
    static Shown painted(const Shown& text, Paint paint);
    static Shown lines(std::string_view foreign) { return made(printable_lines(foreign)); }
    static Shown json(std::string_view json) { return made(visible_json(json)); }

private:
    static Shown made(std::string text) {
        Shown shown;
        shown.text_ = std::move(text);
        return shown;
    }
    template <class Part>
    static Fit<Part> fit(const Part& part) {
        if constexpr (std::is_arithmetic_v<Part>)
            return part;
        else if constexpr (std::is_same_v<Part, Shown>)
            return part.text();
        else
            return printable(part);
    }
};

// fmt::format, with every text among the parts made printable; a Shown stays as it is.
template <class... Parts>
Shown compose(fmt::format_string<Composer::Fit<Parts>...> form, const Parts&... parts) {
    return Composer::compose(form, parts...);
}

// With the colour where standard output is a terminal that has colours and NO_COLOR is not set
// (no-color.org), else as it is.
inline Shown painted(std::string_view text, Paint paint) {
    return Composer::painted(Shown(text), paint);
}

// What stands in one column of a table: "-" for nothing; in double quotes where it has blanks or quotes, so
// that no name looks like more than one column.
Shown cell(std::string_view text);

// To standard output. A line gets its end here.
void print(const Shown& shown);
void print_line(const Shown& shown);
template <class... Parts>
void print_line(fmt::format_string<Composer::Fit<Parts>...> form, const Parts&... parts) {
    print_line(Composer::compose(form, parts...));
}
// A text of several lines, such as a script or a difference: each line is made printable.
void print_lines(std::string_view text);
void print_json(const formats::json::value& value);
// A JSON text of one line that came from outside.
void print_json_text(std::string_view text);
// False: nobody reads any more.
bool flush_output();

// To standard error: "countersign: " and the message. Its further lines are indented, so that none looks like
// a message of its own.
void complain(std::string_view message);
// To standard error.
void note_line(const Shown& shown);
// Over the line that the terminal shows already; the last one stays.
void show_progress(const Shown& shown, bool is_last);

}  // namespace countersign::cli
