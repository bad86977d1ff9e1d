#include "formats/xz.h"

#include <lzma.h>

#include <cstdint>

namespace countersign::formats {

namespace {

constexpr std::uint64_t xz_memory_max = std::uint64_t{32} << 20;
constexpr std::size_t xz_piece_bytes = std::size_t{256} << 10;

struct XzDecoder {
    lzma_stream stream = LZMA_STREAM_INIT;
    XzDecoder() = default;
    XzDecoder(const XzDecoder&) = delete;
    XzDecoder& operator=(const XzDecoder&) = delete;
    ~XzDecoder() { lzma_end(&stream); }
};

}  // namespace

Result<XzStream> read_xz_stream(std::string_view bytes, std::size_t bytes_max) {
    XzDecoder decoder;
    lzma_stream& stream = decoder.stream;
    if (lzma_stream_decoder(&stream, xz_memory_max, 0) != LZMA_OK)
        return Error{Fault::internal, "xz: no decoder"};
    stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    stream.avail_in = bytes.size();
    XzStream read;
    lzma_ret state = LZMA_OK;
    while (state == LZMA_OK) {
        const std::size_t had = read.text.size();
        if (had > bytes_max) return Error{Fault::invalid, "xz: the stream is too large"};
        read.text.resize(had + xz_piece_bytes);
        stream.next_out = reinterpret_cast<std::uint8_t*>(read.text.data() + had);
        stream.avail_out = xz_piece_bytes;
        state = lzma_code(&stream, LZMA_FINISH);
        read.text.resize(had + xz_piece_bytes - stream.avail_out);
    }
    if (state != LZMA_STREAM_END) return Error{Fault::invalid, "xz: the stream is damaged or cut short"};
    if (read.text.size() > bytes_max) return Error{Fault::invalid, "xz: the stream is too large"};
    read.bytes = bytes.size() - stream.avail_in;
    return read;
}

}  // namespace countersign::formats
