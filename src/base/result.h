// Result<T>: the value of a call that can fail, or the Error that says why.
// A Result cannot be dropped unread (nodiscard); TRY hands an error on to the caller.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

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

// What is not there was asked for: a mistake of the caller. Throws std::logic_error.
[[noreturn]] void refuse_wrong_result();

// A union of its own, since std::variant costs every file that uses a Result several times as long to
// compile.
template <class T>
class [[nodiscard]] Result {
    static_assert(std::is_nothrow_move_constructible_v<T>,
                  "assignment ends the old value before it has the new");

public:
    Result(T value) : value_(std::move(value)), good_(true) {}
    Result(Error error) : error_(std::move(error)), good_(false) {}
    Result(const Result& other) : good_(other.good_) {
        if (good_)
            std::construct_at(&value_, other.value_);
        else
            std::construct_at(&error_, other.error_);
    }
    Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : good_(other.good_) {
        if (good_)
            std::construct_at(&value_, std::move(other.value_));
        else
            std::construct_at(&error_, std::move(other.error_));
    }
    Result& operator=(Result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
        std::destroy_at(this);
        std::construct_at(this, std::move(other));
        return *this;
    }
    ~Result() {
        if (good_)
            std::destroy_at(&value_);
        else
            std::destroy_at(&error_);
    }

    explicit operator bool() const { return good_; }
    const T& operator*() const& { return value(*this); }
    T& operator*() & { return value(*this); }
    T&& operator*() && { return std::move(value(*this)); }
    const T* operator->() const { return &value(*this); }
    T* operator->() { return &value(*this); }
    const Error& error() const& {
        if (good_) refuse_wrong_result();
        return error_;
    }
    Error&& error() && {
        if (good_) refuse_wrong_result();
        return std::move(error_);
    }

private:
    template <class Self>
    static auto& value(Self& self) {
        if (!self.good_) refuse_wrong_result();
        return self.value_;
    }

    union {
        T value_;
        Error error_;
    };
    bool good_;
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
