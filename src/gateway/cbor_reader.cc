#include "gateway/cbor_reader.h"

#include <cbor.h>

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "formats/encoding.h"

namespace countersign::gateway {

namespace {

namespace json = formats::json;

Error broken(std::string_view why) {
    return Error{Fault::invalid, "The request is not valid CBOR: " + std::string(why) + '.',
                 "SerializationException"};
}

// Puts items together as they arrive. Depth is bounded, and every item takes at least one byte of the input.
class Builder {
public:
    bool finished() const { return root_.has_value(); }
    const std::optional<std::string>& failure() const { return failure_; }
    json::value take() { return *std::move(root_); }

    void fail(std::string why) {
        if (!failure_) failure_ = std::move(why);
    }

    void value(json::value item) {
        if (failure_) return;
        if (!chunks_.empty() || (open_.empty() && root_)) return fail("a value in a wrong place");
        if (open_.empty()) {
            root_ = std::move(item);
            return;
        }
        Frame& frame = open_.back();
        if (frame.items.is_array()) {
            frame.items.get_array().push_back(std::move(item));
        } else if (!frame.key) {
            if (!item.is_string()) return fail("a key that is no text");
            frame.key = std::string(item.get_string());
            return;
        } else {
            const bool fresh = frame.items.get_object().emplace(*frame.key, std::move(item)).second;
            frame.key.reset();
            if (!fresh) return fail("a key twice in one map");
        }
        if (frame.left && --*frame.left == 0) finish_frame();
    }

    void text(std::string_view bytes) {
        if (!chunks_.empty()) return add_chunk(Chunks::Kind::text, bytes);
        if (!is_utf8(bytes)) return fail("a text that is not UTF-8");
        value(json::value(bytes));
    }

    void bytes(std::string_view bytes) {
        if (!chunks_.empty()) return add_chunk(Chunks::Kind::bytes, bytes);
        value(json::value(formats::base64(bytes)));
    }

    void begin_text() { begin_chunks(Chunks::Kind::text); }
    void begin_bytes() { begin_chunks(Chunks::Kind::bytes); }

    // `left` is how many items follow; nothing: until a break.
    void begin(json::value items, std::optional<std::size_t> left) {
        if (failure_) return;
        if (open_.size() >= limits::json_depth_max) return fail("it is nested too deep");
        if (!open_.empty() && open_.back().items.is_object() && !open_.back().key)
            return fail("a key that is no text");
        if (!chunks_.empty() || (open_.empty() && root_)) return fail("a value in a wrong place");
        if (left == std::size_t{0}) return value(std::move(items));
        open_.push_back({std::move(items), left, std::nullopt});
    }

    void end() {
        if (failure_) return;
        if (!chunks_.empty()) return end_chunks();
        if (open_.empty() || open_.back().left || open_.back().key) return fail("a break in a wrong place");
        finish_frame();
    }

private:
    struct Frame {
        json::value items;
        std::optional<std::size_t> left;
        std::optional<std::string> key;
    };
    struct Chunks {
        enum class Kind { text, bytes };
        Kind kind;
        std::string bytes;
    };

    void finish_frame() {
        json::value items = std::move(open_.back().items);
        open_.pop_back();
        value(std::move(items));
    }

    void begin_chunks(Chunks::Kind kind) {
        if (!chunks_.empty()) return fail("a text inside a text");
        chunks_.push_back({kind, {}});
    }

    void add_chunk(Chunks::Kind kind, std::string_view bytes) {
        if (chunks_.back().kind != kind) return fail("a value in a wrong place");
        chunks_.back().bytes += bytes;
    }

    void end_chunks() {
        const Chunks whole = std::move(chunks_.back());
        chunks_.clear();
        if (whole.kind == Chunks::Kind::text) return text(whole.bytes);
        bytes(whole.bytes);
    }

    std::vector<Frame> open_;
    std::vector<Chunks> chunks_;  // of a text or bytes of unknown length: none or one
    std::optional<json::value> root_;
    std::optional<std::string> failure_;
};

Builder& builder(void* context) {
    return *static_cast<Builder*>(context);
}

std::string_view view(const unsigned char* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

void add_unsigned(void* context, std::uint64_t number) {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return builder(context).fail("a number that is too large");
    builder(context).value(json::value(static_cast<std::int64_t>(number)));
}

// CBOR says n for the number -1 - n.
void add_negative(void* context, std::uint64_t number) {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return builder(context).fail("a number that is too small");
    builder(context).value(json::value(-1 - static_cast<std::int64_t>(number)));
}

void add_real(void* context, double number) {
    if (!std::isfinite(number)) return builder(context).fail("a number that is not finite");
    builder(context).value(json::value(number));
}

void add_null(void* context) {
    builder(context).value(json::value(nullptr));
}

cbor_callbacks callbacks() {
    cbor_callbacks calls = cbor_empty_callbacks;
    calls.uint8 = [](void* context, std::uint8_t number) { add_unsigned(context, number); };
    calls.uint16 = [](void* context, std::uint16_t number) { add_unsigned(context, number); };
    calls.uint32 = [](void* context, std::uint32_t number) { add_unsigned(context, number); };
    calls.uint64 = [](void* context, std::uint64_t number) { add_unsigned(context, number); };
    calls.negint8 = [](void* context, std::uint8_t number) { add_negative(context, number); };
    calls.negint16 = [](void* context, std::uint16_t number) { add_negative(context, number); };
    calls.negint32 = [](void* context, std::uint32_t number) { add_negative(context, number); };
    calls.negint64 = [](void* context, std::uint64_t number) { add_negative(context, number); };
    calls.float2 = [](void* context, float number) { add_real(context, number); };
    calls.float4 = [](void* context, float number) { add_real(context, number); };
    calls.float8 = [](void* context, double number) { add_real(context, number); };
    calls.boolean = [](void* context, bool flag) { builder(context).value(json::value(flag)); };
    calls.null = add_null;
    calls.undefined = add_null;
    calls.string = [](void* context, cbor_data data, std::uint64_t size) {
        builder(context).text(view(data, size));
    };
    calls.string_start = [](void* context) { builder(context).begin_text(); };
    calls.byte_string = [](void* context, cbor_data data, std::uint64_t size) {
        builder(context).bytes(view(data, size));
    };
    calls.byte_string_start = [](void* context) { builder(context).begin_bytes(); };
    calls.array_start = [](void* context, std::uint64_t size) {
        builder(context).begin(json::array(), size);
    };
    calls.indef_array_start = [](void* context) { builder(context).begin(json::array(), std::nullopt); };
    calls.map_start = [](void* context, std::uint64_t size) { builder(context).begin(json::object(), size); };
    calls.indef_map_start = [](void* context) { builder(context).begin(json::object(), std::nullopt); };
    calls.indef_break = [](void* context) { builder(context).end(); };
    return calls;
}

}  // namespace

Result<json::value> parse_cbor(std::string_view bytes) {
    const cbor_callbacks calls = callbacks();
    Builder items;
    const auto* data = reinterpret_cast<cbor_data>(bytes.data());
    std::size_t at = 0;
    while (at < bytes.size() && !items.failure()) {
        const cbor_decoder_result step = cbor_stream_decode(data + at, bytes.size() - at, &calls, &items);
        if (step.status == CBOR_DECODER_NEDATA) return broken("it ends too early");
        if (step.status != CBOR_DECODER_FINISHED || step.read == 0) return broken("an unknown kind of value");
        at += step.read;
    }
    if (items.failure()) return broken(*items.failure());
    if (!items.finished()) return broken("it ends too early");
    return items.take();
}

}  // namespace countersign::gateway
