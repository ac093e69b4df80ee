#pragma once

#include "aws/sqs_wire.h"

namespace bauta::aws {

// The JSON protocol, read by simdjson.  Damage to one message leaves its neighbours alone.
const Wire& JsonWire();

}  // namespace bauta::aws
