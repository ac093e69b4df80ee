#include "cli/send_entries.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <utility>

#include "base/uuid.h"

namespace bauta::cli {
namespace {

Result<> Check(bool fifo, std::size_t messages, const Grouping& grouping) {
  const bool grouped = !grouping.group.empty() || !grouping.pointer.empty();
  if (fifo && !grouped) {
    return ConfigError("messages of a FIFO queue need a message group",
                       "--group TEXT for all of them, or, with load, --group-from /POINTER");
  }
  if (!fifo && !grouping.deduplication_id.empty()) {
    return ConfigError("only FIFO queues know --deduplication-id");
  }
  if (!grouping.group.empty() && !grouping.pointer.empty()) {
    return ConfigError("--group and --group-from exclude each other");
  }
  if (messages > 1 && !grouping.deduplication_id.empty()) {
    return ConfigError("one --deduplication-id for many messages would drop all but the first");
  }
  return Ok();
}

// Nothing where there is no string and no number.
std::string GroupAt(simdjson::dom::parser& parser, const std::string& body,
                    const std::string& pointer) {
  simdjson::dom::element found;
  if (parser.parse(body).at_pointer(pointer).get(found) != simdjson::SUCCESS) return {};
  std::string_view text;
  if (found.get(text) == simdjson::SUCCESS) return std::string(text);
  return found.is_number() ? simdjson::minify(found) : std::string();
}

}  // namespace

Result<std::vector<aws::SendEntry>> ToEntries(const std::string& queue,
                                              std::vector<std::string> bodies,
                                              const Grouping& grouping) {
  const bool fifo = queue.ends_with(".fifo");
  TRY(Check(fifo, bodies.size(), grouping));
  const std::string run = ToString(RandomUuid());
  simdjson::dom::parser parser;
  std::vector<aws::SendEntry> entries;
  entries.reserve(bodies.size());
  for (std::string& body : bodies) {
    aws::SendEntry& entry = entries.emplace_back();
    entry.group = grouping.group;
    if (!grouping.pointer.empty()) {
      entry.group = GroupAt(parser, body, grouping.pointer);
      if (entry.group.empty()) {
        return Rejected(
            fmt::format("message {} has no group: neither a string nor a number is at "
                        "{}; nothing was sent",
                        entries.size(), grouping.pointer));
      }
    }
    entry.deduplication_id = grouping.deduplication_id;
    if (fifo && entry.deduplication_id.empty()) {
      entry.deduplication_id = fmt::format("{}-{}", run, entries.size());
    }
    entry.body = std::move(body);
  }
  return entries;
}

}  // namespace bauta::cli
