#pragma once

#include "aws/sqs_wire.h"

namespace bauta::aws {

// The query protocol: a form, answered in XML, read by pugixml.  It declares no entities and
// fetches nothing; what a document may take up in memory, and so its depth, is bounded.  Damage to
// one message leaves its neighbours alone.
const Wire& QueryWire();

// Whether a server that knows the query protocol alone would answer a JSON call so.  Never because
// of a page in HTML or an outage.
bool KnowsQueryOnly(std::string_view operation, long status, std::string_view answer);

}  // namespace bauta::aws
