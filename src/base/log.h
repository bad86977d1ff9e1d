// The operator's log: one JSON line an event on standard error.
// An event has a name that stays and fields that vary; a Secret has no conversion to a field.
// Safe to call from any thread. Passed by reference to whoever logs; there is no global one.
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace countersign {

struct LogField {
    std::string_view name;
    std::string value;

    LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
    LogField(std::string_view field, const char* text) : name(field), value(text) {}
    LogField(std::string_view field, std::integral auto number)
        : name(field), value(std::to_string(number)) {}
};

enum class LogLevel { debug, info, warn, error, off };

class Log {
public:
    explicit Log(LogLevel level);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void debug(std::string_view event, std::initializer_list<LogField> fields = {}) const;
    void info(std::string_view event, std::initializer_list<LogField> fields = {}) const;
    void warn(std::string_view event, std::initializer_list<LogField> fields = {}) const;
    void error(std::string_view event, std::initializer_list<LogField> fields = {}) const;

private:
    struct Sink;
    std::unique_ptr<Sink> sink_;
};

}  // namespace countersign
