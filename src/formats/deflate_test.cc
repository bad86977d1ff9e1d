#include "formats/deflate.h"

#include <gtest/gtest.h>

#include <boost/beast/zlib/inflate_stream.hpp>

namespace countersign::formats {
namespace {

namespace zlib = boost::beast::zlib;

std::string inflated(const std::string& bytes, std::size_t length) {
    zlib::inflate_stream stream;
    std::string out(length + 1, '\0');
    zlib::z_params params;
    params.next_in = bytes.data();
    params.avail_in = bytes.size();
    params.next_out = out.data();
    params.avail_out = out.size();
    boost::beast::error_code error;
    stream.write(params, zlib::Flush::finish, error);
    EXPECT_EQ(error, zlib::error::end_of_stream);
    out.resize(params.total_out);
    return out;
}

TEST(Deflate, WhatComesOutIsWhatWentIn) {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += std::to_string(i * i);
    for (const std::string& one : {std::string(), std::string("x"), text})
        EXPECT_EQ(inflated(deflated(one), one.size()), one);
    EXPECT_LT(deflated(text).size(), text.size());
}

}  // namespace
}  // namespace countersign::formats
