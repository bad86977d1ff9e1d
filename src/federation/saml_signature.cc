#include "federation/saml_signature.h"

#include <xmlsec/xmlsec.h>

#include <xmlsec/errors.h>
#include <xmlsec/keys.h>
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>

#include <algorithm>
#include <array>
#include <span>
#include <unordered_set>

#include "base/text.h"
#include "federation/errors.h"

namespace countersign::federation {

namespace {

constexpr std::string_view signature_dsig = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::string_view enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
constexpr std::string_view exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
constexpr std::size_t id_bytes_max = 256;

constexpr std::array<std::string_view, 2> canonicalisations{
    "http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"};
constexpr std::array<std::string_view, 3> digests{"http://www.w3.org/2001/04/xmlenc#sha256",
                                                  "http://www.w3.org/2001/04/xmldsig-more#sha384",
                                                  "http://www.w3.org/2001/04/xmlenc#sha512"};
constexpr std::array<std::string_view, 6> signatures{"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                                                     "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
                                                     "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
                                                     "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
                                                     "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
                                                     "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"};

struct FreeContext {
    void operator()(xmlSecDSigCtx* context) const { xmlSecDSigCtxDestroy(context); }
};
using Context = std::unique_ptr<xmlSecDSigCtx, FreeContext>;

Error signature_refused() {
    return invalid_token("Response signature invalid");
}

// ASCII names only: xmlsec puts the identifier into an XPointer expression.
bool is_identifier(std::string_view id) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !id.empty() && id.size() <= id_bytes_max && is_letter(id.front()) &&
           std::ranges::all_of(
               id, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
}

// Exactly these elements of XML Signature, in this order.
bool has_children(const xmlNode* parent, std::span<const std::string_view> names) {
    const auto children = child_elements(parent);
    return std::ranges::equal(children, names, [](const xmlNode* child, std::string_view name) {
        return is_element(child, signature_dsig, name);
    });
}

bool has_algorithm(const xmlNode* method, std::span<const std::string_view> allowed) {
    const auto algorithm = attribute_of(method, "Algorithm");
    return algorithm && std::ranges::find(allowed, *algorithm) != allowed.end();
}

// A method without parameters, but for the prefix list that exclusive canonicalisation may have.
bool is_method(const xmlNode* method, std::span<const std::string_view> allowed) {
    return has_algorithm(method, allowed) &&
           std::ranges::all_of(child_elements(method), [](const auto* child) {
               return is_element(child, exclusive, "InclusiveNamespaces");
           });
}

bool is_reference_to(const xmlNode* reference, const std::string& id) {
    constexpr std::array<std::string_view, 3> parts{"Transforms", "DigestMethod", "DigestValue"};
    if (attribute_of(reference, "URI") != "#" + id || !has_children(reference, parts)) return false;
    const auto children = child_elements(reference);
    constexpr std::array<std::string_view, 2> both{"Transform", "Transform"};
    if (!has_children(children.at(0), both) || !is_method(children.at(1), digests)) return false;
    const auto transforms = child_elements(children.at(0));
    return is_method(transforms.at(0), std::array{enveloped}) &&
           is_method(transforms.at(1), canonicalisations);
}

// Whether the signature has the one shape that is allowed, and refers to the element with that identifier.
bool is_signature_of(const xmlNode* signature, const std::string& id) {
    constexpr std::array<std::string_view, 3> with_key{"SignedInfo", "SignatureValue", "KeyInfo"};
    constexpr std::array<std::string_view, 3> info{"CanonicalizationMethod", "SignatureMethod", "Reference"};
    if (!has_children(signature, with_key) && !has_children(signature, std::span(with_key).first(2)))
        return false;
    const xmlNode* const signed_info = child_elements(signature).front();
    if (!has_children(signed_info, info)) return false;
    const auto children = child_elements(signed_info);
    return is_method(children.at(0), canonicalisations) && is_method(children.at(1), signatures) &&
           is_reference_to(children.at(2), id);
}

// xmlsec writes its errors to stderr unless told not to.
bool initialise() {
    if (xmlSecInit() < 0 || xmlSecOpenSSLAppInit(nullptr) < 0 || xmlSecOpenSSLInit() < 0) return false;
    xmlSecErrorsDefaultCallbackEnableOutput(0);
    return true;
}

bool restrict_transforms(xmlSecDSigCtx* context) {
    const auto for_signature = [context](xmlSecTransformId id) {
        return xmlSecDSigCtxEnableSignatureTransform(context, id) >= 0;
    };
    const auto for_reference = [context](xmlSecTransformId id) {
        return xmlSecDSigCtxEnableReferenceTransform(context, id) >= 0;
    };
    const std::array references{xmlSecTransformEnvelopedGetKlass(),
                                xmlSecTransformExclC14NGetKlass(),
                                xmlSecTransformExclC14NWithCommentsGetKlass(),
                                xmlSecOpenSSLTransformSha256GetKlass(),
                                xmlSecOpenSSLTransformSha384GetKlass(),
                                xmlSecOpenSSLTransformSha512GetKlass()};
    const std::array signature_methods{
        xmlSecTransformExclC14NGetKlass(),           xmlSecTransformExclC14NWithCommentsGetKlass(),
        xmlSecOpenSSLTransformRsaSha256GetKlass(),   xmlSecOpenSSLTransformRsaSha384GetKlass(),
        xmlSecOpenSSLTransformRsaSha512GetKlass(),   xmlSecOpenSSLTransformEcdsaSha256GetKlass(),
        xmlSecOpenSSLTransformEcdsaSha384GetKlass(), xmlSecOpenSSLTransformEcdsaSha512GetKlass()};
    return std::ranges::all_of(references, for_reference) &&
           std::ranges::all_of(signature_methods, for_signature);
}

// A context that has this certificate's key and looks for no other.
Context context_with(const SigningCertificate& certificate) {
    Context context(xmlSecDSigCtxCreate(nullptr));
    if (!context || !restrict_transforms(context.get())) return nullptr;
    context->flags |= XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES | XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS;
    context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    context->signKey =
        xmlSecOpenSSLAppKeyLoadMemory(reinterpret_cast<const xmlSecByte*>(certificate.pem.data()),
                                      static_cast<xmlSecSize>(certificate.pem.size()),
                                      xmlSecKeyDataFormatCertPem, nullptr, nullptr, nullptr);
    return context->signKey ? std::move(context) : nullptr;
}

std::optional<std::string> verified_bytes(xmlNode* signature, const SigningCertificate& certificate) {
    const Context context = context_with(certificate);
    if (!context || xmlSecDSigCtxVerify(context.get(), signature) < 0 ||
        context->status != xmlSecDSigStatusSucceeded ||
        xmlSecPtrListGetSize(&context->signedInfoReferences) != 1)
        return std::nullopt;
    auto* const reference =
        static_cast<xmlSecDSigReferenceCtx*>(xmlSecPtrListGetItem(&context->signedInfoReferences, 0));
    const xmlSecBuffer* const bytes = reference->status == xmlSecDSigStatusSucceeded
                                          ? xmlSecDSigReferenceCtxGetPreDigestBuffer(reference)
                                          : nullptr;
    if (!bytes || !bytes->data || bytes->size == 0) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(bytes->data), bytes->size);
}

xmlAttr* identifier_of(const xmlNode* element) {
    for (xmlAttr* attribute = element->properties; attribute; attribute = attribute->next)
        if (!attribute->ns && view(attribute->name) == "ID") return attribute;
    return nullptr;
}

}  // namespace

Result<void> check_identifiers(const XmlDocument& document) {
    std::unordered_set<std::string> seen;
    const auto* const top = reinterpret_cast<const xmlNode*>(document.get());
    for (const xmlNode* node = root_of(document); node; node = next_below(top, node)) {
        if (node->type != XML_ELEMENT_NODE) continue;
        for (const xmlAttr* attribute = node->properties; attribute; attribute = attribute->next)
            if (lower(view(attribute->name)) == "id" && !seen.insert(value_of(attribute)).second)
                return Error{Fault::invalid, "two elements carry the same identifier"};
    }
    return {};
}

bool is_signed(const xmlNode* element) {
    return !children_of(element, signature_dsig, "Signature").empty();
}

Result<std::string> signed_bytes(const XmlDocument& document, xmlNode* element,
                                 const std::vector<SigningCertificate>& certificates) {
    static const bool initialised = initialise();
    if (!initialised) return Error{Fault::internal, "xmlsec cannot be started"};
    xmlNode* const signature = only_child(element, signature_dsig, "Signature");
    xmlAttr* const identifier = identifier_of(element);
    const std::string id = identifier ? value_of(identifier) : std::string();
    if (!signature || !is_identifier(id) || !is_signature_of(signature, id)) return signature_refused();
    if (!xmlAddID(nullptr, document.get(), reinterpret_cast<const xmlChar*>(id.c_str()), identifier))
        return signature_refused();
    for (const SigningCertificate& certificate : certificates)
        if (auto bytes = verified_bytes(signature, certificate)) return *std::move(bytes);
    return signature_refused();
}

}  // namespace countersign::federation
