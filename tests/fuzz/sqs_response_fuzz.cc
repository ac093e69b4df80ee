// What a server answers is not ours to trust: no answer may do more than be refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "aws/json_wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bauta::aws::Wire& wire = bauta::aws::JsonWire();
  static_cast<void>(wire.ReadReceive(text));
  static_cast<void>(wire.ReadBatch(text, 10));
  static_cast<void>(wire.ReadQueueUrl(text));
  static_cast<void>(wire.ReadAttributes(text));
  static_cast<void>(wire.ReadFault(text, text));
  return 0;
}
