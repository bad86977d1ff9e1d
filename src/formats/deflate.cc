#include "formats/deflate.h"

#include <boost/beast/zlib/deflate_stream.hpp>

namespace countersign::formats {

namespace zlib = boost::beast::zlib;

std::string deflated(std::string_view bytes) {
    zlib::deflate_stream stream;
    std::string out(stream.upper_bound(bytes.size()), '\0');
    zlib::z_params params;
    params.next_in = bytes.data();
    params.avail_in = bytes.size();
    params.next_out = out.data();
    params.avail_out = out.size();
    boost::beast::error_code error;  // end_of_stream: all of it is there
    stream.write(params, zlib::Flush::finish, error);
    out.resize(params.total_out);
    return out;
}

}  // namespace countersign::formats
