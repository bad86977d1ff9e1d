// The bytes of one database login between the login hook (PAM module, preload) and the agent: one request and
// one answer, each a single message on an AF_UNIX SOCK_SEQPACKET connection, little-endian, fixed layout,
// versioned. Views point into the caller's buffer and own nothing. No state, safe on any thread. Needs no C++
// library, because the login hook lives inside PostgreSQL.
//
// A host's agent and its login hooks are updated one after the other: the agent reads every version from
// oldest_version on and answers each in its own, the hook reads its own alone. A new version gets a row below
// and a case in detail::texts_of(); all of them begin with magic and version.
//
//   request  0 magic:4  4 version:2  6 transport:1  7 membership:1  8 user:2  10 source:2  12 service:2
//            14 database:2  16 application:2  18 token:2  20 bytes of user, source, service, database,
//            application, token
//   version 1 (no database, no application):
//            0 magic:4  4 version:2  6 transport:1  7 membership:1  8 user:2  10 source:2  12 service:2
//            14 token:2  16 bytes of user, source, service, token
//   answer   0 magic:4  4 version:2  6 verdict:1  7 zero:1  8 reason:2  10 login id:16  26 bytes of reason
//   (in version 1 and 2)
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace countersign::wire {

inline constexpr uint32_t request_magic = 0x4c525343;  // "CSRL"
inline constexpr uint32_t answer_magic = 0x4c415343;   // "CSAL"
inline constexpr uint16_t version = 2;
inline constexpr uint16_t oldest_version = 1;

inline constexpr size_t user_bytes_max = 255;
inline constexpr size_t source_bytes_max = 255;
inline constexpr size_t service_bytes_max = 64;
inline constexpr size_t database_bytes_max = 255;
inline constexpr size_t application_bytes_max = 255;
inline constexpr size_t token_bytes_max = 65535;  // PostgreSQL's own limit is five bytes lower
inline constexpr size_t reason_bytes_max = 512;
inline constexpr size_t login_id_bytes = 16;

inline constexpr size_t request_header_bytes = 20;
inline constexpr size_t request_head_bytes_max = request_header_bytes + user_bytes_max + source_bytes_max +
                                                 service_bytes_max + database_bytes_max +
                                                 application_bytes_max;
inline constexpr size_t request_bytes_max = request_head_bytes_max + token_bytes_max;
inline constexpr size_t answer_header_bytes = 26;
inline constexpr size_t answer_bytes_max = answer_header_bytes + reason_bytes_max;

// The login hook waits this long in all, from connecting to the last byte of the answer.
inline constexpr int exchange_ms_max = 1500;

// What the backend itself knows of the connection; unknown never counts as good.
enum class Transport : uint8_t { unknown = 0, plain = 1, tls = 2 };
enum class Membership : uint8_t { unknown = 0, no = 1, yes = 2 };

// Zeroed memory refuses, and no single flipped bit turns a refusal into an admission.
enum class Verdict : uint8_t { refused = 0, allowed = 0xa5 };

struct Text {
    const char* data = nullptr;
    size_t size = 0;
};

// None of the texts holds a NUL; user, service and token are never empty; source is empty for a local
// connection. database and application are the client's own words, for the audit alone, and empty when they
// are not known.
struct RequestView {
    Transport transport = Transport::unknown;
    Membership membership = Membership::unknown;
    Text user;
    Text source;
    Text service;
    Text database;
    Text application;
    Text token;
    uint16_t wire_version = version;
};

// login_id is login_id_bytes printable characters without a space; reason may hold any bytes and may be
// empty.
struct AnswerView {
    Verdict verdict = Verdict::refused;
    Text login_id;
    Text reason;
    uint16_t wire_version = version;
};

namespace detail {

constexpr void put(uint8_t* at, uint32_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) at[i] = static_cast<uint8_t>(value >> (8 * i));
}

constexpr uint32_t get(const uint8_t* at, size_t bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value |= static_cast<uint32_t>(at[i]) << (8 * i);
    return value;
}

constexpr uint8_t* append(uint8_t* at, const Text& text) {
    for (size_t i = 0; i < text.size; ++i) at[i] = static_cast<uint8_t>(text.data[i]);
    return at + text.size;
}

constexpr bool fits(const Text& text, size_t least, size_t most) {
    if (text.size < least || text.size > most) return false;
    for (size_t i = 0; i < text.size; ++i) {
        if (text.data[i] == '\0') return false;
    }
    return true;
}

// The texts of a request in the order of its version, and how many there are; 0 for a version that is not
// known.
template <class View, class T>
constexpr size_t texts_of(View& request, T** texts) {
    size_t count = 0;
    switch (request.wire_version) {
        case 2:
            texts[count++] = &request.user;
            texts[count++] = &request.source;
            texts[count++] = &request.service;
            texts[count++] = &request.database;
            texts[count++] = &request.application;
            texts[count++] = &request.token;
            break;
        case 1:
            texts[count++] = &request.user;
            texts[count++] = &request.source;
            texts[count++] = &request.service;
            texts[count++] = &request.token;
            break;
    }
    return count;
}
inline constexpr size_t texts_max = 6;
inline constexpr size_t lengths_at = 8;  // where the lengths of the texts begin; the texts begin behind them

constexpr bool is_known(uint16_t wire_version) {
    return wire_version >= oldest_version && wire_version <= version;
}

constexpr bool well_formed(const RequestView& request) {
    if (request.wire_version == 1 && request.database.size + request.application.size > 0) return false;
    return static_cast<uint8_t>(request.transport) <= 2 && static_cast<uint8_t>(request.membership) <= 2 &&
           fits(request.user, 1, user_bytes_max) && fits(request.source, 0, source_bytes_max) &&
           fits(request.service, 1, service_bytes_max) && fits(request.database, 0, database_bytes_max) &&
           fits(request.application, 0, application_bytes_max) && fits(request.token, 1, token_bytes_max);
}

constexpr bool well_formed(const AnswerView& answer) {
    if (!is_known(answer.wire_version)) return false;
    if (answer.verdict != Verdict::refused && answer.verdict != Verdict::allowed) return false;
    if (answer.login_id.size != login_id_bytes || answer.reason.size > reason_bytes_max) return false;
    for (size_t i = 0; i < login_id_bytes; ++i) {
        if (answer.login_id.data[i] <= ' ' || answer.login_id.data[i] > '~') return false;
    }
    return true;
}

}  // namespace detail

// The version of what begins as a request of whatever version does; 0 for anything else.
constexpr uint16_t request_version(const uint8_t* data, size_t size) {
    if (size < 6 || detail::get(data, 4) != request_magic) return 0;
    return static_cast<uint16_t>(detail::get(data + 4, 2));
}

// Everything but the token's bytes, which the caller sends behind it; 0 when `request` is malformed or does
// not fit.
constexpr size_t encode_request_head(const RequestView& request, uint8_t* out, size_t capacity) {
    if (!detail::well_formed(request)) return 0;
    const Text* texts[detail::texts_max] = {};
    const size_t count = detail::texts_of(request, texts);
    if (count == 0) return 0;
    const size_t header_bytes = detail::lengths_at + 2 * count;
    size_t size = header_bytes;
    for (size_t i = 0; i + 1 < count; ++i) size += texts[i]->size;
    if (size > capacity) return 0;
    detail::put(out, request_magic, 4);
    detail::put(out + 4, request.wire_version, 2);
    out[6] = static_cast<uint8_t>(request.transport);
    out[7] = static_cast<uint8_t>(request.membership);
    uint8_t* end = out + header_bytes;
    for (size_t i = 0; i < count; ++i) {
        detail::put(out + detail::lengths_at + 2 * i, static_cast<uint32_t>(texts[i]->size), 2);
        if (i + 1 < count) end = detail::append(end, *texts[i]);  // the token is the last
    }
    return size;
}

// The whole request; 0 when it is malformed or does not fit.
constexpr size_t encode_request(const RequestView& request, uint8_t* out, size_t capacity) {
    const size_t head = encode_request_head(request, out, capacity);
    if (head == 0 || request.token.size > capacity - head) return 0;
    detail::append(out + head, request.token);
    return head + request.token.size;
}

// True only for exactly one well-formed request of a version that is understood; then `request` points into
// `data`. Otherwise it is left alone.
inline bool decode_request(const uint8_t* data, size_t size, RequestView* request) {
    RequestView read;
    read.wire_version = request_version(data, size);
    Text* texts[detail::texts_max] = {};
    const size_t count = detail::texts_of(read, texts);
    const size_t header_bytes = detail::lengths_at + 2 * count;
    if (count == 0 || size < header_bytes) return false;
    read.transport = static_cast<Transport>(data[6]);
    read.membership = static_cast<Membership>(data[7]);
    const size_t present = size - header_bytes;
    size_t used = 0;
    for (size_t i = 0; i < count; ++i) {
        texts[i]->data = reinterpret_cast<const char*>(data) + header_bytes + used;
        texts[i]->size = detail::get(data + detail::lengths_at + 2 * i, 2);
        if (texts[i]->size > present - used) return false;
        used += texts[i]->size;
    }
    if (used != present || !detail::well_formed(read)) return false;
    *request = read;
    return true;
}

// The whole answer; 0 when it is malformed or does not fit. answer_bytes_max always fits.
constexpr size_t encode_answer(const AnswerView& answer, uint8_t* out, size_t capacity) {
    if (!detail::well_formed(answer) || answer_header_bytes + answer.reason.size > capacity) return 0;
    detail::put(out, answer_magic, 4);
    detail::put(out + 4, answer.wire_version, 2);
    out[6] = static_cast<uint8_t>(answer.verdict);
    out[7] = 0;
    detail::put(out + 8, static_cast<uint32_t>(answer.reason.size), 2);
    detail::append(detail::append(out + 10, answer.login_id), answer.reason);
    return answer_header_bytes + answer.reason.size;
}

// True only for exactly one well-formed answer of the version in which was asked; then `answer` points into
// `data`. Otherwise it is left alone.
inline bool decode_answer(const uint8_t* data, size_t size, AnswerView* answer, uint16_t asked = version) {
    if (size < answer_header_bytes || data[7] != 0) return false;
    if (detail::get(data, 4) != answer_magic || detail::get(data + 4, 2) != asked) return false;
    const char* const text = reinterpret_cast<const char*>(data);
    AnswerView read;
    read.wire_version = asked;
    read.verdict = static_cast<Verdict>(data[6]);
    read.login_id = Text{text + 10, login_id_bytes};
    read.reason = Text{text + answer_header_bytes, detail::get(data + 8, 2)};
    if (read.reason.size != size - answer_header_bytes || !detail::well_formed(read)) return false;
    *answer = read;
    return true;
}

}  // namespace countersign::wire
