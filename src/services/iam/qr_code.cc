#include "services/iam/qr_code.h"

#include <png.h>
#include <qrencode.h>

#include <memory>
#include <vector>

namespace countersign::iam {

namespace {

constexpr std::size_t quiet_modules = 4;  // ISO/IEC 18004 asks for four
constexpr std::size_t module_pixels = 4;
constexpr unsigned char black = 0x00;
constexpr unsigned char white = 0xff;

struct FreeCode {
    void operator()(QRcode* code) const { QRcode_free(code); }
};

struct Picture {
    std::size_t side = 0;  // pixels
    std::vector<unsigned char> pixels;
};

Picture drawn(const QRcode& code) {
    const auto width = static_cast<std::size_t>(code.width);
    Picture picture;
    picture.side = (width + 2 * quiet_modules) * module_pixels;
    picture.pixels.assign(picture.side * picture.side, white);
    for (std::size_t y = 0; y < width * module_pixels; ++y)
        for (std::size_t x = 0; x < width * module_pixels; ++x) {
            const bool dark = (code.data[y / module_pixels * width + x / module_pixels] & 1U) != 0;
            const std::size_t margin = quiet_modules * module_pixels;
            if (dark) picture.pixels[(y + margin) * picture.side + x + margin] = black;
        }
    return picture;
}

}  // namespace

Result<std::string> qr_code_png(std::string_view text) {
    const Error failed{Fault::internal, "the QR code cannot be drawn"};
    const std::unique_ptr<QRcode, FreeCode> code(
        QRcode_encodeString(std::string(text).c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1));
    if (code == nullptr) return failed;
    const Picture picture = drawn(*code);
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.format = PNG_FORMAT_GRAY;
    image.width = image.height = static_cast<png_uint_32>(picture.side);
    png_alloc_size_t size = picture.pixels.size() + 4096;  // the file is far smaller than its pixels
    std::string file(size, '\0');
    if (png_image_write_to_memory(&image, file.data(), &size, 0, picture.pixels.data(), 0, nullptr) == 0)
        return failed;
    file.resize(size);
    return file;
}

}  // namespace countersign::iam
