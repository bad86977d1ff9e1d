// libcurl's functions, loaded with the library at their first call (base/on_demand.h).
#include <curl/curl.h>

#include <cstdarg>

#include "base/on_demand.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define LIBCURL "libcurl.so.4"

ON_DEMAND(LIBCURL, CURLcode, curl_global_init, (long flags), (flags))
ON_DEMAND(LIBCURL, CURL*, curl_easy_init, (), ())
ON_DEMAND(LIBCURL, CURLcode, curl_easy_perform, (CURL * handle), (handle))
ON_DEMAND(LIBCURL, void, curl_easy_reset, (CURL * handle), (handle))
ON_DEMAND(LIBCURL, void, curl_easy_cleanup, (CURL * handle), (handle))
ON_DEMAND(LIBCURL, const char*, curl_easy_strerror, (CURLcode code), (code))
ON_DEMAND(LIBCURL, curl_slist*, curl_slist_append, (curl_slist * list, const char* text), (list, text))
ON_DEMAND(LIBCURL, void, curl_slist_free_all, (curl_slist * list), (list))

// Both take one more argument, a pointer or an integer of the same size, and hand it on as it is. That the
// argument before it is an enumeration, which clang warns of, is libcurl's own signature.
#pragma GCC diagnostic ignored "-Wvarargs"
static_assert(sizeof(void*) == sizeof(long) && sizeof(void*) == sizeof(curl_off_t));

extern "C" CURLcode curl_easy_setopt(CURL* handle, CURLoption option, ...) {
    static const auto function =
        reinterpret_cast<decltype(&curl_easy_setopt)>(countersign::on_demand(LIBCURL, "curl_easy_setopt"));
    va_list rest;
    va_start(rest, option);
    void* const value = va_arg(rest, void*);
    va_end(rest);
    return function(handle, option, value);
}

extern "C" CURLcode curl_easy_getinfo(CURL* handle, CURLINFO info, ...) {
    static const auto function =
        reinterpret_cast<decltype(&curl_easy_getinfo)>(countersign::on_demand(LIBCURL, "curl_easy_getinfo"));
    va_list rest;
    va_start(rest, info);
    void* const into = va_arg(rest, void*);
    va_end(rest);
    return function(handle, info, into);
}
