#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/text.h"

namespace countersign {

struct Log::Sink {
    spdlog::logger logger;
};

namespace {

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::off:
            return spdlog::level::off;
    }
    return spdlog::level::info;
}

// One that is damaged or very long must not spoil the line.
std::string text_of(std::string_view foreign) {
    return json_escaped(printable(foreign));
}

std::string line_of(std::string_view event, std::initializer_list<LogField> fields) {
    std::string line = R"("event":")" + text_of(event) + '"';
    for (const LogField& field : fields)
        line += ",\"" + std::string(field.name) + "\":\"" + text_of(field.value) + '"';
    return line;
}

}  // namespace

Log::Log(LogLevel level)
    : sink_(std::make_unique<Sink>(
          Sink{spdlog::logger("countersign", std::make_shared<spdlog::sinks::stderr_sink_mt>())})) {
    sink_->logger.set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                              spdlog::pattern_time_type::utc);
    sink_->logger.set_level(level_of(level));
    sink_->logger.flush_on(spdlog::level::debug);
}

Log::~Log() = default;

void Log::debug(std::string_view event, std::initializer_list<LogField> fields) const {
    if (sink_->logger.should_log(spdlog::level::debug)) sink_->logger.debug(line_of(event, fields));
}

void Log::info(std::string_view event, std::initializer_list<LogField> fields) const {
    sink_->logger.info(line_of(event, fields));
}

void Log::warn(std::string_view event, std::initializer_list<LogField> fields) const {
    sink_->logger.warn(line_of(event, fields));
}

void Log::error(std::string_view event, std::initializer_list<LogField> fields) const {
    sink_->logger.error(line_of(event, fields));
}

}  // namespace countersign
