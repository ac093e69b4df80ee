// The same for XML, which offers more ways to be hostile.  What is taken as intact must be text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/query_wire.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bauta::aws::Wire& wire = bauta::aws::QueryWire();
  if (const auto got = wire.ReadReceive(text); got.ok()) {
    for (const bauta::aws::Received& message : *got) {
      if (message.intact &&
          !bauta::IsValidUtf8(message.body + message.attributes + message.group + message.system))
        std::abort();
    }
  }
  static_cast<void>(wire.ReadBatch(text, 10));
  static_cast<void>(wire.ReadQueueUrl(text));
  static_cast<void>(wire.ReadAttributes(text));
  static_cast<void>(wire.ReadFault(text, text));
  static_cast<void>(bauta::aws::KnowsQueryOnly("ReceiveMessage", 200, text));
  static_cast<void>(bauta::aws::KnowsQueryOnly("ReceiveMessage", 500, text));
  return 0;
}
