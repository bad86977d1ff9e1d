#include "model/parameter_formula.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include "base/text.h"

namespace countersign::model {

namespace {

constexpr double gib = 1024.0 * 1024 * 1024;
constexpr int formula_depth_max = 16;

struct NamedSize {
    std::string_view name;
    InstanceSize size;
};

// Of a class of which a processor has 4 GiB, as m and the larger t; others have a multiple.
constexpr std::array<NamedSize, 6> small_sizes{{{"nano", {gib / 2, 2}},
                                                {"micro", {gib, 2}},
                                                {"small", {2 * gib, 2}},
                                                {"medium", {4 * gib, 2}},
                                                {"large", {8 * gib, 2}},
                                                {"xlarge", {16 * gib, 4}}}};

double memory_factor(std::string_view kind) {
    if (kind.starts_with("r")) return 2;
    if (kind.starts_with("x")) return 4;
    return kind.starts_with("c") ? 0.5 : 1;
}

// A formula as it is read, from left to right; any fault makes the value not a number.
class Reckoner {
public:
    Reckoner(std::string_view text, const InstanceSize& size) : rest_(text), size_(size) {}

    double all() {
        const double value = sum(0);
        return rest_.empty() ? value : fault();
    }

private:
    static double fault() { return std::numeric_limits<double>::quiet_NaN(); }

    bool take(char wanted) {
        while (rest_.starts_with(' ')) rest_.remove_prefix(1);
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        while (rest_.starts_with(' ')) rest_.remove_prefix(1);
        return true;
    }

    double sum(int depth) {
        double value = product(depth);
        while (true) {
            if (take('+'))
                value += product(depth);
            else if (take('-'))
                value -= product(depth);
            else
                return value;
        }
    }

    double product(int depth) {
        double value = factor(depth + 1);
        while (true) {
            if (take('*'))
                value *= factor(depth + 1);
            else if (take('/'))
                value /= factor(depth + 1);
            else
                return value;
        }
    }

    double factor(int depth) {
        if (depth > formula_depth_max) return fault();
        if (take('-')) return -factor(depth + 1);
        if (take('{')) return closed(sum(depth), '}');
        if (take('(')) return closed(sum(depth), ')');
        const std::string_view name = word();
        return name.empty() ? number() : named(name, depth);
    }

    double closed(double value, char end) { return take(end) ? value : fault(); }

    std::string_view word() {
        const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
        const auto end = std::ranges::find_if_not(rest_, is_letter);
        const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(found.size());
        return found;
    }

    double number() {
        double value = 0;
        const auto [end, error] =
            std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, std::chars_format::fixed);
        if (error != std::errc()) return fault();
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }

    double named(std::string_view name, int depth) {
        if (name == "DBInstanceClassMemory") return size_.memory_bytes;
        if (name == "DBInstanceVCPU") return size_.processors;
        if (!take('(')) return fault();
        std::vector<double> arguments{sum(depth)};
        while (take(',')) arguments.push_back(sum(depth));
        return take(')') ? applied(name, arguments) : fault();
    }

    static double applied(std::string_view name, const std::vector<double>& arguments) {
        const auto is_fault = [](double value) { return std::isnan(value); };
        if (std::ranges::any_of(arguments, is_fault)) return fault();
        if (name == "GREATEST") return std::ranges::max(arguments);
        if (name == "LEAST") return std::ranges::min(arguments);
        if (name == "log" && arguments.size() == 1) return std::log2(arguments.front());
        if (name != "SUM") return fault();
        double total = 0;
        for (const double value : arguments) total += value;
        return total;
    }

    std::string_view rest_;
    const InstanceSize& size_;
};

}  // namespace

InstanceSize size_of(std::string_view instance_class) {
    const auto parts = split(instance_class, '.');
    InstanceSize size = small_sizes[1].size;
    if (parts.size() < 3 || parts[0] != "db") return size;
    const std::string_view name = parts[2];
    const auto found = std::ranges::find(small_sizes, name, &NamedSize::name);
    if (found != small_sizes.end()) {
        size = found->size;
    } else if (name.ends_with("xlarge")) {
        const auto times =
            parse_number<unsigned>(name.substr(0, name.size() - std::string_view("xlarge").size()));
        if (!times || *times == 0) return size;
        size = {small_sizes.back().size.memory_bytes * *times, small_sizes.back().size.processors * *times};
    }
    size.memory_bytes *= memory_factor(parts[1]);
    return size;
}

bool is_formula(std::string_view text) {
    return text.find_first_of("{(") != std::string_view::npos;
}

std::optional<std::int64_t> reckon(std::string_view text, const InstanceSize& size) {
    constexpr std::size_t formula_bytes_max = 256;
    constexpr double whole_max = 9e15;
    if (text.size() > formula_bytes_max) return std::nullopt;
    const double value = Reckoner(text, size).all();
    if (!std::isfinite(value) || std::abs(value) > whole_max) return std::nullopt;
    return static_cast<std::int64_t>(std::floor(value));
}

}  // namespace countersign::model
