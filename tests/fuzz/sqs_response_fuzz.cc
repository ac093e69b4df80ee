// What a server answers is not ours to trust: no answer may do more than be refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "aws/sqs_wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(bauta::aws::ParseReceive(text));
  static_cast<void>(bauta::aws::ParseBatch(text, 10));
  static_cast<void>(bauta::aws::ParseQueueUrl(text));
  static_cast<void>(bauta::aws::ParseAttributes(text));
  static_cast<void>(bauta::aws::ParseFault(text, text));
  return 0;
}
