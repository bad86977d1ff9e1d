// XML that comes from outside, read by libxml2 into a tree and looked at by walking it: no DTD, no entities,
// no processing instructions, bounded depth, UTF-8 only. Private to src/federation.
#pragma once

#include <libxml/tree.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign::federation {

inline constexpr int xml_depth_max = 32;

struct FreeDocument {
    void operator()(xmlDoc* document) const;
};
using XmlDocument = std::unique_ptr<xmlDoc, FreeDocument>;

// Comments split texts in two, which some readers see and some do not: signed messages may have none.
enum class Comments { refused, passed_over };

// Fault::invalid: not well-formed, or something that is not allowed. The document has a root element.
Result<XmlDocument> parse_xml(std::string_view text, Comments comments);

xmlNode* root_of(const XmlDocument& document);
bool is_element(const xmlNode* node, std::string_view xmlns, std::string_view name);
// Nothing has no children.
std::vector<xmlNode*> child_elements(const xmlNode* parent);
std::vector<xmlNode*> children_of(const xmlNode* parent, std::string_view xmlns, std::string_view name);
// The one child of that name; nullptr when there is none, or more than one.
xmlNode* only_child(const xmlNode* parent, std::string_view xmlns, std::string_view name);

// The next node of the tree below `top`, in document order; nullptr after the last.
const xmlNode* next_below(const xmlNode* top, const xmlNode* node);

// The element's text, trimmed; nothing when it has any child that is not text.
std::optional<std::string> text_of(const xmlNode* element);
// The value of an attribute without a namespace.
std::optional<std::string> attribute_of(const xmlNode* element, std::string_view name);

// The attribute's value, whatever its namespace.
std::string value_of(const xmlAttr* attribute);
std::string_view view(const xmlChar* text);

}  // namespace countersign::federation
