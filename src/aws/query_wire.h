#pragma once

#include <map>
#include <string>

#include "aws/sqs_wire.h"

namespace bauta::aws {

// The query protocol: a form, answered in XML, read by pugixml.  It declares no entities and
// fetches nothing; what a document may take up in memory, and so its depth, is bounded.  Damage to
// one message leaves its neighbours alone.
const Wire& QueryWire();

// Whether a server that knows the query protocol alone would answer a JSON call so.  Never because
// of a page in HTML or an outage.
bool KnowsQueryOnly(std::string_view operation, long status, std::string_view answer);

// The texts of a small document, as other services of the protocol answer, by the path of their
// element: "AResponse/AResult/Name"; of two with one path the first.  Empty if it is no XML.
std::map<std::string, std::string> FlatXml(std::string_view xml);

// As forms and URLs have it: all but letters, digits and -._~ as %XX.
std::string PercentEncode(std::string_view text);

}  // namespace bauta::aws
