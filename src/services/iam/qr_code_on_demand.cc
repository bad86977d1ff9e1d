// libqrencode's and libpng's functions, loaded with the library at their first call (base/on_demand.h).
#include <png.h>
#include <qrencode.h>

#include "base/on_demand.h"

#define LIBQRENCODE "libqrencode.so.4"
#define LIBPNG "libpng16.so.16"

ON_DEMAND(LIBQRENCODE, QRcode*, QRcode_encodeString,
          (const char* text, int version, QRecLevel level, QRencodeMode hint, int case_sensitive),
          (text, version, level, hint, case_sensitive))
ON_DEMAND(LIBQRENCODE, void, QRcode_free, (QRcode * code), (code))
// NOLINTNEXTLINE(readability-function-size): libpng's own parameters
ON_DEMAND(LIBPNG, int, png_image_write_to_memory,
          (png_imagep image, void* memory, png_alloc_size_t* memory_bytes, int convert_to_8_bit,
           const void* buffer, png_int_32 row_stride, const void* colormap),
          (image, memory, memory_bytes, convert_to_8_bit, buffer, row_stride, colormap))
