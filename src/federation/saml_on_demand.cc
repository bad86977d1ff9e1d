// The functions of libxml2 and xmlsec, loaded with their libraries at their first call (base/on_demand.h).
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/valid.h>
#include <xmlsec/xmlsec.h>

#include <xmlsec/errors.h>
#include <xmlsec/keys.h>
#include <xmlsec/list.h>
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>

#include "base/on_demand.h"

#define LIBXML "libxml2.so.2"
#define XMLSEC "libxmlsec1.so.1"
#define XMLSEC_OPENSSL "libxmlsec1-openssl.so.1"

ON_DEMAND(LIBXML, void, xmlInitParser, (), ())
ON_DEMAND(LIBXML, xmlParserCtxtPtr, xmlNewParserCtxt, (), ())
ON_DEMAND(LIBXML, void, xmlFreeParserCtxt, (xmlParserCtxtPtr parser), (parser))
// NOLINTNEXTLINE(readability-function-size): libxml2's own parameters
ON_DEMAND(LIBXML, xmlDocPtr, xmlCtxtReadMemory,
          (xmlParserCtxtPtr parser, const char* text, int size, const char* url, const char* encoding,
           int options),
          (parser, text, size, url, encoding, options))
ON_DEMAND(LIBXML, void, xmlFreeDoc, (xmlDocPtr document), (document))
ON_DEMAND(LIBXML, xmlIDPtr, xmlAddID,
          (xmlValidCtxtPtr context, xmlDocPtr document, const xmlChar* value, xmlAttrPtr attribute),
          (context, document, value, attribute))

ON_DEMAND(XMLSEC, int, xmlSecInit, (), ())
ON_DEMAND(XMLSEC, void, xmlSecErrorsDefaultCallbackEnableOutput, (int enabled), (enabled))
ON_DEMAND(XMLSEC, xmlSecDSigCtxPtr, xmlSecDSigCtxCreate, (xmlSecKeysMngrPtr keys), (keys))
ON_DEMAND(XMLSEC, void, xmlSecDSigCtxDestroy, (xmlSecDSigCtxPtr context), (context))
ON_DEMAND(XMLSEC, int, xmlSecDSigCtxVerify, (xmlSecDSigCtxPtr context, xmlNodePtr node), (context, node))
ON_DEMAND(XMLSEC, int, xmlSecDSigCtxEnableReferenceTransform,
          (xmlSecDSigCtxPtr context, xmlSecTransformId transform), (context, transform))
ON_DEMAND(XMLSEC, int, xmlSecDSigCtxEnableSignatureTransform,
          (xmlSecDSigCtxPtr context, xmlSecTransformId transform), (context, transform))
ON_DEMAND(XMLSEC, xmlSecBufferPtr, xmlSecDSigReferenceCtxGetPreDigestBuffer,
          (xmlSecDSigReferenceCtxPtr reference), (reference))
ON_DEMAND(XMLSEC, xmlSecSize, xmlSecPtrListGetSize, (xmlSecPtrListPtr list), (list))
ON_DEMAND(XMLSEC, xmlSecPtr, xmlSecPtrListGetItem, (xmlSecPtrListPtr list, xmlSecSize at), (list, at))
ON_DEMAND(XMLSEC, xmlSecTransformId, xmlSecTransformEnvelopedGetKlass, (), ())
ON_DEMAND(XMLSEC, xmlSecTransformId, xmlSecTransformExclC14NGetKlass, (), ())
ON_DEMAND(XMLSEC, xmlSecTransformId, xmlSecTransformExclC14NWithCommentsGetKlass, (), ())

ON_DEMAND(XMLSEC_OPENSSL, int, xmlSecOpenSSLAppInit, (const char* config), (config))
ON_DEMAND(XMLSEC_OPENSSL, int, xmlSecOpenSSLInit, (), ())
// NOLINTNEXTLINE(readability-function-size): xmlsec's own parameters
ON_DEMAND(XMLSEC_OPENSSL, xmlSecKeyPtr, xmlSecOpenSSLAppKeyLoadMemory,
          (const xmlSecByte* data, xmlSecSize size, xmlSecKeyDataFormat format, const char* password,
           void* callback, void* context),
          (data, size, format, password, callback, context))
ON_DEMAND(XMLSEC_OPENSSL, xmlSecTransformId, xmlSecOpenSSLTransformSha256GetKlass, (), ())
ON_DEMAND(XMLSEC_OPENSSL, xmlSecTransformId, xmlSecOpenSSLTransformSha384GetKlass, (), ())
ON_DEMAND(XMLSEC_OPENSSL, xmlSecTransformId, xmlSecOpenSSLTransformSha512GetKlass, (), ())
ON_DEMAND(XMLSEC_OPENSSL, xmlSecTransformId, xmlSecOpenSSLTransformRsaSha256GetKlass, (), ())
ON_DEMAND(XMLSEC_OPENSSL, xmlSecTransformId, xmlSecOpenSSLTransformRsaSha384GetKlass, (), ())
ON_DEMAND(XMLSEC_OPENSSL, xmlSecTransformId, xmlSecOpenSSLTransformRsaSha512GetKlass, (), ())
ON_DEMAND(XMLSEC_OPENSSL, xmlSecTransformId, xmlSecOpenSSLTransformEcdsaSha256GetKlass, (), ())
ON_DEMAND(XMLSEC_OPENSSL, xmlSecTransformId, xmlSecOpenSSLTransformEcdsaSha384GetKlass, (), ())
ON_DEMAND(XMLSEC_OPENSSL, xmlSecTransformId, xmlSecOpenSSLTransformEcdsaSha512GetKlass, (), ())
