#include "federation/saml_xml.h"

#include <libxml/parser.h>

#include <algorithm>

#include "base/text.h"

namespace countersign::federation {

namespace {

struct FreeParser {
    void operator()(xmlParserCtxt* parser) const { xmlFreeParserCtxt(parser); }
};

Error xml_refused(std::string_view why) {
    return {Fault::invalid, "the XML " + std::string(why)};
}

bool is_text(const xmlNode* node) {
    return node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
}

bool is_allowed(const xmlNode* node, Comments comments) {
    if (node->type == XML_COMMENT_NODE) return comments == Comments::passed_over;
    return node->type == XML_ELEMENT_NODE || is_text(node);
}

int depth_of(const xmlNode* node) {
    int depth = 0;
    for (; node->parent && depth <= xml_depth_max; node = node->parent) ++depth;
    return depth;
}

Result<void> check_tree(const xmlDoc* document, Comments comments) {
    if (document->intSubset || document->extSubset) return xml_refused("has a document type");
    const auto* const top = reinterpret_cast<const xmlNode*>(document);
    for (const xmlNode* node = document->children; node; node = next_below(top, node)) {
        if (!is_allowed(node, comments)) return xml_refused("has a comment, an instruction or an entity");
        if (node->type == XML_ELEMENT_NODE && depth_of(node) > xml_depth_max)
            return xml_refused("is too deep");
    }
    return {};
}

}  // namespace

void FreeDocument::operator()(xmlDoc* document) const {
    xmlFreeDoc(document);
}

Result<XmlDocument> parse_xml(std::string_view text, Comments comments) {
    static const bool initialised = (xmlInitParser(), true);
    // Looked for before the parser starts: what it declares is never expanded.
    if (text.empty() || text.find('\0') != std::string_view::npos || !is_utf8(text))
        return xml_refused("is not UTF-8");
    if (text.find("<!DOCTYPE") != std::string_view::npos) return xml_refused("has a document type");
    const std::unique_ptr<xmlParserCtxt, FreeParser> parser(initialised ? xmlNewParserCtxt() : nullptr);
    if (!parser) return Error{Fault::internal, "out of memory"};
    constexpr int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC;
    XmlDocument document(xmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()), nullptr,
                                           "UTF-8", options));
    if (!document || !root_of(document)) return xml_refused("is not well-formed");
    TRY(check_tree(document.get(), comments));
    return document;
}

xmlNode* root_of(const XmlDocument& document) {
    xmlNode* node = document->children;
    while (node && node->type != XML_ELEMENT_NODE) node = node->next;
    return node;
}

std::string_view view(const xmlChar* text) {
    return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

bool is_element(const xmlNode* node, std::string_view xmlns, std::string_view name) {
    return node && node->type == XML_ELEMENT_NODE && node->ns && view(node->ns->href) == xmlns &&
           view(node->name) == name;
}

std::vector<xmlNode*> child_elements(const xmlNode* parent) {
    std::vector<xmlNode*> found;
    for (xmlNode* child = parent ? parent->children : nullptr; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE) found.push_back(child);
    return found;
}

std::vector<xmlNode*> children_of(const xmlNode* parent, std::string_view xmlns, std::string_view name) {
    std::vector<xmlNode*> found = child_elements(parent);
    std::erase_if(found, [&](const xmlNode* child) { return !is_element(child, xmlns, name); });
    return found;
}

xmlNode* only_child(const xmlNode* parent, std::string_view xmlns, std::string_view name) {
    const auto found = parent ? children_of(parent, xmlns, name) : std::vector<xmlNode*>();
    return found.size() == 1 ? found.front() : nullptr;
}

const xmlNode* next_below(const xmlNode* top, const xmlNode* node) {
    if (node->type == XML_ELEMENT_NODE && node->children) return node->children;
    while (node != top && !node->next) node = node->parent;
    return node == top ? nullptr : node->next;
}

std::optional<std::string> text_of(const xmlNode* element) {
    if (!element) return std::nullopt;
    std::string text;
    for (const xmlNode* child = element->children; child; child = child->next) {
        if (!is_text(child)) return std::nullopt;
        text += view(child->content);
    }
    return std::string(trimmed(text));
}

std::string value_of(const xmlAttr* attribute) {
    std::string value;
    for (const xmlNode* child = attribute->children; child; child = child->next)
        value += view(child->content);
    return value;
}

std::optional<std::string> attribute_of(const xmlNode* element, std::string_view name) {
    for (const xmlAttr* attribute = element ? element->properties : nullptr; attribute;
         attribute = attribute->next)
        if (!attribute->ns && view(attribute->name) == name) return value_of(attribute);
    return std::nullopt;
}

}  // namespace countersign::federation
