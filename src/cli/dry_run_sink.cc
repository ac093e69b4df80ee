#include "cli/dry_run_sink.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "cli/value_json.h"

namespace bauta::cli {
Result<Written> DryRunSink::Write(Batch& batch) {
  Written written;
  std::string lines;
  for (const Event& event : batch.events) {
    if (event.row) {
      written.fates.push_back(Fate::kInserted);
      lines += RowLine(*event.row);
      continue;
    }
    written.fates.push_back(Fate::kQuarantined);
    written.refusals.push_back(*event.refusal);
    lines += fmt::format(
        "{{\"quarantine\":{},\"column\":{}}}\n", JsonString(Code(event.refusal->reason)),
        event.refusal->column.empty() ? "null" : JsonString(event.refusal->column));
  }
  std::fwrite(lines.data(), 1, lines.size(), stdout);
  std::fflush(stdout);
  return written;
}

std::string DryRunSink::RowLine(const Row& row) const {
  std::string line = "{";
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) line += ',';
    AppendJsonString(line, columns_[i]);
    line += ':' + ValueJson(row.values()[i]);
  }
  return line + "}\n";
}

}  // namespace bauta::cli
