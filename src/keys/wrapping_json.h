// How a wrapping stands in files.  For keys/ itself: it shows simdjson.
#pragma once

#include <string_view>

#include "base/result.h"
#include "keys/json.h"
#include "keys/wrapping.h"

namespace bauta::keys {

// Reads a field of an object that may hold a wrapping; false: another one.
Result<bool> ReadWrappingField(Wrapping& wrapping, std::string_view name, json::Value value,
                               std::string_view place);

// kConfig if a field is missing, or the context is not `context`.
Result<> CheckWrapping(const Wrapping& wrapping, const WrapContext& context,
                       std::string_view place);

}  // namespace bauta::keys
