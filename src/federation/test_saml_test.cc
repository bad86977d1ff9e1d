#include "federation/test_saml.h"

#include <libxml/parser.h>
#include <xmlsec/xmlsec.h>

#include <xmlsec/openssl/app.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>

#include <cstdlib>
#include <memory>

#include "base/on_demand.h"
#include "federation/saml_signature.h"
#include "federation/saml_xml.h"

ON_DEMAND("libxmlsec1.so.1", int, xmlSecDSigCtxSign, (xmlSecDSigCtxPtr context, xmlNodePtr node),
          (context, node))
ON_DEMAND("libxmlsec1.so.1", xmlSecPtrListPtr, xmlSecTransformIdsGet, (void), ())
ON_DEMAND("libxmlsec1.so.1", xmlSecTransformId, xmlSecTransformIdListFindByHref,
          (xmlSecPtrListPtr list, const xmlChar* href, xmlSecTransformUsage usage), (list, href, usage))
ON_DEMAND("libxml2.so.2", void, xmlDocDumpMemory, (xmlDocPtr document, xmlChar** text, int* size),
          (document, text, size))

namespace countersign::federation {

namespace {

std::string template_of(const Signing& signing) {
    const std::string reference = signing.reference.value_or("#" + signing.id);
    return "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>"
           "<ds:CanonicalizationMethod Algorithm=\"" +
           signing.canonicalisation + "\"/><ds:SignatureMethod Algorithm=\"" + signing.method +
           "\"/><ds:Reference URI=\"" + reference + "\"><ds:Transforms>" + signing.transforms +
           "</ds:Transforms><ds:DigestMethod Algorithm=\"" + signing.digest +
           "\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>"
           "<ds:SignatureValue></ds:SignatureValue>" +
           signing.key_info + "</ds:Signature>";
}

// The element of that identifier. All identifiers are made known, so that any of them can be referred to.
xmlNode* element_with(const XmlDocument& document, std::string_view id) {
    xmlNode* found = nullptr;
    const auto* const top = reinterpret_cast<const xmlNode*>(document.get());
    for (const xmlNode* node = root_of(document); node; node = next_below(top, node)) {
        const auto known = attribute_of(node->type == XML_ELEMENT_NODE ? node : nullptr, "ID");
        if (!known) continue;
        xmlAddID(nullptr, document.get(), reinterpret_cast<const xmlChar*>(known->c_str()), node->properties);
        if (known == id) found = const_cast<xmlNode*>(node);
    }
    return found;
}

std::string written(const XmlDocument& document) {
    xmlChar* text = nullptr;
    int size = 0;
    xmlDocDumpMemory(document.get(), &text, &size);
    std::string copy(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    std::free(text);
    return copy;
}

}  // namespace

std::string signed_xml(std::string xml, const Signing& signing) {
    constexpr std::string_view issuer_end = "</saml:Issuer>";
    const std::size_t element = xml.find("ID=\"" + signing.id + "\"");
    xml.insert(xml.find(issuer_end, element) + issuer_end.size(), template_of(signing));
    const auto document = parse_xml(xml, Comments::passed_over);
    if (!document) {
        ADD_FAILURE() << document.error().message;
        return {};
    }
    xmlNode* const target = element_with(*document, signing.id);
    EXPECT_FALSE(signed_bytes(*document, target, {}));  // starts xmlsec
    const std::unique_ptr<xmlSecDSigCtx, void (*)(xmlSecDSigCtx*)> context(
        xmlSecDSigCtxCreate(nullptr), [](xmlSecDSigCtx* made) { xmlSecDSigCtxDestroy(made); });
    context->signKey = xmlSecOpenSSLAppKeyLoadMemory(
        reinterpret_cast<const xmlSecByte*>(signing.key_pem.data()),
        static_cast<xmlSecSize>(signing.key_pem.size()), xmlSecKeyDataFormatPem, nullptr, nullptr, nullptr);
    xmlNode* const signature = only_child(target, "http://www.w3.org/2000/09/xmldsig#", "Signature");
    EXPECT_GE(xmlSecDSigCtxSign(context.get(), signature), 0);
    return written(*document);
}

bool is_known_to_xmlsec(const std::string& algorithm) {
    return xmlSecTransformIdListFindByHref(xmlSecTransformIdsGet(),
                                           reinterpret_cast<const xmlChar*>(algorithm.c_str()),
                                           xmlSecTransformUsageAny) != nullptr;
}

}  // namespace countersign::federation
