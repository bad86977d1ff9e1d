// Result<T>: the value of a call that can fail, or the Error that says why.
// A Result cannot be dropped unread (nodiscard); TRY hands an error on to the caller.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace countersign {

// What kind of thing went wrong. Services map a fault to an API error where the error names no code.
enum class Fault {
    invalid,          // the input is malformed or breaks a rule
    not_found,        // what was named does not exist
    exists,           // what should be made exists already
    conflict,         // the state does not allow it, or a compare-and-set lost
    denied,           // known, but not allowed
    unauthenticated,  // not known, or not proven
    unsupported,      // understood, but not offered here
    throttled,        // a limit is reached; later it may work
    unavailable,      // something that is needed does not answer
    compacted,        // the asked revision is gone; list again
    internal,         // a bug or a broken machine
};

struct Error {
    Fault fault = Fault::internal;
    std::string message;    // one sentence for a person
    std::string code = {};  // AWS's error code, where the caller knows a more exact one than the fault's
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }
    const T& operator*() const& { return std::get<0>(state_); }
    T& operator*() & { return std::get<0>(state_); }
    T&& operator*() && { return std::get<0>(std::move(state_)); }
    const T* operator->() const { return &std::get<0>(state_); }
    T* operator->() { return &std::get<0>(state_); }
    const Error& error() const& { return std::get<1>(state_); }
    Error&& error() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    explicit operator bool() const { return !error_; }
    void operator*() const {}
    const Error& error() const& { return *error_; }
    Error&& error() && { return *std::move(error_); }

private:
    std::optional<Error> error_;
};

template <class T>
T unwrap(Result<T>&& result) {
    return *std::move(result);
}
inline void unwrap(Result<void>&&) {}

}  // namespace countersign

// The value of a Result, or return its error from this function. Do not nest one TRY in another, nor put one
// into braces behind another member: g++ 12 does not destroy the members before it when it returns.
#define TRY(...)                                       \
    __extension__({                                    \
        auto tried_ = (__VA_ARGS__);                   \
        if (!tried_) return std::move(tried_).error(); \
        ::countersign::unwrap(std::move(tried_));      \
    })
