#include "mapping/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace bauta::mapping {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;

// Ends an inflater, however its use does.
struct Inflater {
  Inflater() : ready(inflateInit2(&stream, kGzipOnly) == Z_OK) {}
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
  z_stream stream{};
  bool ready;
};

}  // namespace

bool Gunzip(std::string_view body, std::string& out) {
  std::optional<std::string> packed = Base64Decode(TrimAscii(body));
  if (!packed || packed->empty()) return false;
  const std::size_t most = std::min(kMostInflated, kMostRatio * packed->size());
  Inflater inflater;
  if (!inflater.ready) return false;
  z_stream& stream = inflater.stream;
  stream.next_in = reinterpret_cast<Bytef*>(packed->data());
  stream.avail_in = static_cast<uInt>(packed->size());
  out.clear();
  for (std::size_t size = 0;;) {
    if (size == out.size()) {
      if (size > most) return false;
      out.resize(std::min(most + 1, std::max(4 * packed->size(), 2 * size)));
    }
    stream.next_out = reinterpret_cast<Bytef*>(out.data()) + size;
    stream.avail_out = static_cast<uInt>(out.size() - size);
    const int result = inflate(&stream, Z_NO_FLUSH);
    size = out.size() - stream.avail_out;
    if (result == Z_STREAM_END) {
      out.resize(size);
      return size <= most && stream.avail_in == 0;
    }
    if (result != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) return false;
  }
}

}  // namespace bauta::mapping
